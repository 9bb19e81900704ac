/// The id of a request, which its answer repeats: 1 to 128 bytes of any text (protocol.md 1.3).
public struct WireRequestID: Hashable, Sendable {
    public let text: String

    public init?(_ text: String) {
        guard (1...WireLimits.requestID).contains(text.utf8.count) else { return nil }
        self.text = text
    }
}

extension WireRequestID: ExpressibleByStringLiteral {
    /// For ids in our own source. Traps if the literal is empty or too long.
    public init(stringLiteral text: String) {
        precondition((1...WireLimits.requestID).contains(text.utf8.count), "a request id has 1 to 128 bytes")
        self.text = text
    }
}

extension WireRequestID: CustomStringConvertible {
    public var description: String { text }
}
