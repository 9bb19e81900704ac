public import Kademlia

/// The WebSocket address a node announced for itself: nobody checked it, but some say by themselves who can't use them.
public struct PeerAddress: Sendable, Hashable {
    /// From where the host can be reached, as far as its text tells.
    public enum Scope: Sendable, Hashable {
        /// `0.0.0.0` or `::`: what a server listens on, and nobody else can dial (protocol.md 4.9).
        case nowhere
        /// The same host or the same private network.
        case nearby
        /// A name, or an address of the open internet.
        case everywhere
    }

    public let text: String
    public let isSecure: Bool
    public let scope: Scope
    /// Nil for a name, and for addresses that say nothing about where a node is.
    public let group: NetworkGroup?

    /// Nil unless the text is `ws` or `wss`, a host, and no longer than an address needs to be (protocol.md 8, S14).
    public init?(_ text: String) {
        // Bytes throughout: it is read for each peer that registers, and walking characters costs ten times as much.
        let utf8 = text[...].utf8
        guard utf8.count <= WireLimits.address, utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            return nil
        }
        let rest: Substring.UTF8View
        if utf8.starts(with: "ws://".utf8) {
            rest = utf8.dropFirst(5)
            isSecure = false
        } else if utf8.starts(with: "wss://".utf8) {
            rest = utf8.dropFirst(6)
            isSecure = true
        } else {
            return nil
        }
        guard let first = rest.first else { return nil }
        switch first {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "["):
            break
        default:
            return nil
        }
        self.text = text
        let host = Self.host(of: rest)
        group = NetworkGroup(host: Substring(host))
        scope = Self.scope(ofHost: host, in: group)
    }

    /// Whether a browser on an https page can be expected to connect: only over TLS, and nobody vouches for the certificate
    /// of an address that means another machine in every network.
    public var isOpenToWebPages: Bool { isSecure && scope == .everywhere }

    /// What stands before port and path, IPv6 without its brackets.
    private static func host(of rest: Substring.UTF8View) -> Substring.UTF8View {
        let authority = rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        if authority.first == UInt8(ascii: "[") { return authority.dropFirst().prefix { $0 != UInt8(ascii: "]") } }
        return authority.prefix { $0 != UInt8(ascii: ":") }
    }

    private static func scope(ofHost host: Substring.UTF8View, in group: NetworkGroup?) -> Scope {
        let ending = host.prefix(7).isName("::ffff:") ? host.dropFirst(7) : host
        if ending.allSatisfy({ $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }) {
            return .nowhere
        }
        if host.isName("localhost") || host.suffix(10).isName(".localhost") || host.isName("::1") || isLoopback(ending)
        {
            return .nearby
        }
        return group?.isPrivate == true ? .nearby : .everywhere
    }

    /// 127.0.0.0/8; a name may begin with `127.`, too.
    private static func isLoopback(_ host: Substring.UTF8View) -> Bool {
        host.starts(with: "127.".utf8) && host.allSatisfy { $0 == UInt8(ascii: ".") || (0x30...0x39).contains($0) }
    }
}

extension Substring.UTF8View {
    /// Whether this is `name`, which is in lower case, without regard to case.
    fileprivate func isName(_ name: StaticString) -> Bool {
        let expected = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        return elementsEqual(expected) { byte, lower in
            byte == lower || (UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte && byte | 0x20 == lower)
        }
    }
}
