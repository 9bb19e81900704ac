/// Where a WebSocket server is: `ws://host:port/path?query`, `wss://...`, or just `host:port`, which means `ws`.
public struct WebSocketURL: Hashable, Sendable, CustomStringConvertible {
    public enum Scheme: String, Sendable {
        case ws
        case wss

        fileprivate var defaultPort: Int {
            switch self {
            case .ws: 80
            case .wss: 443
            }
        }
    }

    /// Why a text is no WebSocket address. The description is made to be shown to whoever typed it.
    public enum ParseError: Error, Equatable, CustomStringConvertible {
        case empty
        case unsupportedScheme(String)
        case userInformation
        case fragment
        case missingHost
        case invalidHost(String)
        case invalidPort(String)
        case invalidPath

        public var description: String {
            switch self {
            case .empty: "the address is empty"
            case .unsupportedScheme(let scheme): "'\(scheme)' is not a WebSocket scheme: use ws or wss"
            case .userInformation: "a WebSocket address can't hold a user name or password"
            case .fragment: "a WebSocket address can't have a '#' part"
            case .missingHost: "the host is missing"
            case .invalidHost(let host): "'\(host)' is not a host name or address"
            case .invalidPort(let port): "'\(port)' is not a port: use 1 to 65535"
            case .invalidPath: "the path holds spaces, control or non-ASCII characters: percent-encode them"
            }
        }
    }

    public var scheme: Scheme
    /// Without the brackets of an IPv6 address.
    public var host: String
    public var port: Int
    /// Path and query; begins with a slash.
    public var path: String

    public init(scheme: Scheme, host: String, port: Int, path: String = "/") {
        self.scheme = scheme
        self.host = host
        self.port = port
        self.path = path
    }

    public init(_ text: String) throws(ParseError) {
        guard !text.isEmpty else { throw .empty }
        guard !text.contains("#") else { throw .fragment }
        var rest = Substring(text)
        self.scheme = .ws
        if let separator = text.firstRange(of: "://") {
            let name = text[..<separator.lowerBound].lowercased()
            guard let scheme = Scheme(rawValue: name) else { throw .unsupportedScheme(name) }
            self.scheme = scheme
            rest = text[separator.upperBound...]
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let target = rest[authority.endIndex...]
        self.path = target.hasPrefix("/") ? String(target) : "/" + target
        guard self.path.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw .invalidPath }
        guard !authority.contains("@") else { throw .userInformation }

        let (host, port) = try Self.split(authority)
        guard !host.isEmpty else { throw .missingHost }
        self.host = String(host)
        self.port = self.scheme.defaultPort
        if let port {
            guard !port.isEmpty, port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(port),
                number > 0
            else { throw .invalidPort(String(port)) }
            self.port = Int(number)
        }
    }

    private static func split(_ authority: Substring) throws(ParseError) -> (host: Substring, port: Substring?) {
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { throw .invalidHost(String(authority)) }
            let host = authority[authority.index(after: authority.startIndex)..<end]
            let isAddress = host.contains(":") && host.allSatisfy { $0.isHexDigit || ":.%".contains($0) }
            guard isAddress else { throw .invalidHost(String(authority)) }
            let rest = authority[authority.index(after: end)...]
            if rest.isEmpty { return (host, nil) }
            guard rest.hasPrefix(":") else { throw .invalidHost(String(authority)) }
            return (host, rest.dropFirst())
        }
        let parts = authority.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let host = parts.first ?? ""
        guard host.utf8.allSatisfy(Self.isHostByte) else { throw .invalidHost(String(host)) }
        // More than one colon without brackets: an IPv6 address, of which we can't tell where it ends.
        if parts.count == 2, parts[1].contains(":") { throw .invalidHost(String(authority)) }
        return (host, parts.count == 2 ? parts[1] : nil)
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default:
            false
        }
    }

    /// Host and port as in a `Host` header.
    var authority: String {
        let host = self.host.contains(":") ? "[\(self.host)]" : self.host
        return self.port == self.scheme.defaultPort ? host : "\(host):\(self.port)"
    }

    public var description: String {
        "\(self.scheme.rawValue)://\(self.authority)\(self.path == "/" ? "" : self.path)"
    }
}
