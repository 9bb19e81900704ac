/// The id of a request, which its answer repeats: 1 to 128 bytes of any text (protocol.md 1.3).
package struct WireRequestID: Hashable, Sendable {
    package let text: String

    package init?(_ text: String) {
        guard (1...WireLimits.requestID).contains(text.utf8.count) else { return nil }
        self.text = text
    }
}

extension WireRequestID: ExpressibleByStringLiteral {
    /// For ids in our own source. Traps if the literal is empty or too long.
    package init(stringLiteral text: String) {
        precondition((1...WireLimits.requestID).contains(text.utf8.count), "a request id has 1 to 128 bytes")
        self.text = text
    }
}

extension WireRequestID: CustomStringConvertible {
    package var description: String { text }
}
