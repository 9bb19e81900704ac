package import Kademlia

/// The WebSocket address a node announced for itself: nobody checked it, but some say by themselves who can't use them.
package struct PeerAddress: Sendable, Hashable {
    /// From where the host can be reached, as far as its text tells.
    package enum Scope: Sendable, Hashable {
        /// `0.0.0.0` or `::`: what a server listens on, and nobody else can dial (protocol.md 4.9).
        case nowhere
        /// The same host or the same private network.
        case nearby
        /// A name, or an address of the open internet.
        case everywhere
    }

    package let text: String
    package let isSecure: Bool
    package let scope: Scope
    /// Nil for a name, and for addresses that say nothing about where a node is.
    package let group: NetworkGroup?

    /// Nil unless the text is `ws` or `wss`, a host, and no longer than an address needs to be (protocol.md 8, S14).
    package init?(_ text: String) {
        let utf8 = text.utf8
        guard utf8.count <= WireLimits.address, utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            return nil
        }
        let rest: Substring
        if text.hasPrefix("ws://") {
            rest = text.dropFirst(5)
            isSecure = false
        } else if text.hasPrefix("wss://") {
            rest = text.dropFirst(6)
            isSecure = true
        } else {
            return nil
        }
        guard let first = rest.first, first.isLetter || first.isNumber || first == "[" else { return nil }
        self.text = text
        let host = Self.host(of: rest)
        scope = Self.scope(ofHost: host)
        group = NetworkGroup(host: host)
    }

    /// Whether a browser on an https page can be expected to connect: only over TLS, and nobody vouches for the certificate
    /// of an address that means another machine in every network.
    package var isOpenToWebPages: Bool { isSecure && scope == .everywhere }

    /// What stands before port and path, IPv6 without its brackets.
    private static func host(of rest: Substring) -> Substring {
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        if authority.first == "[" { return authority.dropFirst().prefix { $0 != "]" } }
        return authority.prefix { $0 != ":" }
    }

    private static func scope(ofHost host: Substring) -> Scope {
        let host = host.lowercased()
        let ending = host.hasPrefix("::ffff:") ? host.dropFirst(7) : host[...]
        if ending.utf8.allSatisfy({ $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }) {
            return .nowhere
        }
        if host == "localhost" || host.hasSuffix(".localhost") || host == "::1" || isLoopback(ending) { return .nearby }
        return NetworkGroup(host: host)?.isPrivate == true ? .nearby : .everywhere
    }

    /// 127.0.0.0/8; a name may begin with `127.`, too.
    private static func isLoopback(_ host: Substring) -> Bool {
        host.hasPrefix("127.") && host.utf8.allSatisfy { $0 == UInt8(ascii: ".") || (0x30...0x39).contains($0) }
    }
}
