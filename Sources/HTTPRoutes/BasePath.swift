/// Where a proxy mounts a server that it does not tell about it: `/ws`, if the world asks for `/ws/health` and the request
/// arrives unchanged (protocol.md 7.3).
package struct BasePath: Sendable, Equatable {
    private let segments: [Substring]

    package static let root = BasePath(segments: [])

    /// Longer ones are mistakes.
    private static let maxBytes = 128

    private init(segments: [Substring]) {
        self.segments = segments
    }

    /// Reads `/ws` or `/one/two`, with or without a slash at the end. nil for what is no path, or one that clients could write
    /// in more than one way: only letters, digits and `-._~` (RFC 3986 2.3), and no dots alone.
    package init?(_ text: String) {
        guard text.first == "/", text.utf8.count <= Self.maxBytes else { return nil }
        let segments = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        for (index, segment) in segments.enumerated() {
            let isEnd = index == segments.count - 1 && segment.isEmpty
            guard isEnd || Self.isPlain(segment) else { return nil }
        }
        self.init(segments: segments.filter { !$0.isEmpty })
    }

    private static func isPlain(_ segment: Substring) -> Bool {
        guard !segment.isEmpty, segment != ".", segment != ".." else { return false }
        return segment.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                true
            default: false
            }
        }
    }

    /// The server's own path in a request target, under this base or not: `/health` for `/health`, `/ws/health`, `//health`,
    /// `/health?x` and `http://host/ws/health` (RFC 9112 3.2). Nothing is decoded, so no dots come out of `%2e`.
    package func path(in target: String) -> String {
        var rest = target[...]
        if rest.first != "/", let scheme = rest.firstRange(of: "://") {
            rest = rest[scheme.upperBound...]
            rest = rest.firstIndex(of: "/").map { rest[$0...] } ?? ""
        }
        rest = rest.prefix { $0 != "?" && $0 != "#" }
        var path = rest.split(separator: "/")[...]
        if path.starts(with: segments) { path = path.dropFirst(segments.count) }
        return "/" + path.joined(separator: "/")
    }
}

extension BasePath: CustomStringConvertible {
    package var description: String { "/" + segments.joined(separator: "/") }

    /// To put before a path of the server: empty for the root.
    package var prefix: String { segments.map { "/\($0)" }.joined() }
}
