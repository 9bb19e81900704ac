/// Why a message was refused, with what its sender needs to be told so.
public struct WireError: Error, Hashable, Sendable {
    public enum Reason: Error, Hashable, Sendable {
        /// Not JSON that we accept. Existing servers close with 1002 (protocol.md 2.3).
        case notJSON(JSONError)
        /// JSON, but no object.
        case notAnObject
        /// No `type`, or it is not a string.
        case missingType
        /// A field that the message makes no sense without is absent or null.
        case missingField(String)
        /// Such a field is there, with a value that cannot be it.
        case invalidField(String)
    }

    public var reason: Reason
    /// The message's `type`, cut to `WireLimits.messageType` bytes.
    public var messageType: String?
    /// The message's `requestId`, so that an error answer can name it.
    public var requestID: WireRequestID?

    public init(reason: Reason, messageType: String? = nil, requestID: WireRequestID? = nil) {
        self.reason = reason
        self.messageType = messageType
        self.requestID = requestID
    }
}
