/// Are you there? On client and dial links (protocol.md 2.10, 3.2.2). Existing stateless bridges send one before `AuthSuccess`.
package struct Ping: WireMessage {
    package static let wireType: StaticString = "ping"

    package var requestID: WireRequestID?
    package var timestamp: Int64?
    package var nodeID: ClientID?
    package var from: ClientID?

    package init(
        requestID: WireRequestID? = nil,
        timestamp: Int64? = nil,
        nodeID: ClientID? = nil,
        from: ClientID? = nil
    ) {
        self.requestID = requestID
        self.timestamp = timestamp
        self.nodeID = nodeID
        self.from = from
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = fields.optional("requestId")
        timestamp = fields.optional("timestamp")
        nodeID = fields.optional("nodeId")
        from = fields.optional("from")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", ifPresent: requestID)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("nodeId", ifPresent: nodeID)
        writer.member("from", ifPresent: from)
    }
}

/// The answer to `Ping`.
package struct Pong: WireMessage {
    package static let wireType: StaticString = "pong"

    package var requestID: WireRequestID?
    package var timestamp: Int64?
    /// The `timestamp` of the ping.
    package var originalTimestamp: Int64?
    package var from: ClientID?

    package init(
        requestID: WireRequestID? = nil,
        timestamp: Int64? = nil,
        originalTimestamp: Int64? = nil,
        from: ClientID? = nil
    ) {
        self.requestID = requestID
        self.timestamp = timestamp
        self.originalTimestamp = originalTimestamp
        self.from = from
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = fields.optional("requestId")
        timestamp = fields.optional("timestamp")
        originalTimestamp = fields.optional("originalTimestamp")
        from = fields.optional("from")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", ifPresent: requestID)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("originalTimestamp", ifPresent: originalTimestamp)
        writer.member("from", ifPresent: from)
    }
}

/// Something went wrong, on any link. Clients read `error`, bridges read `message`: both are sent (protocol.md 2.9).
package struct ErrorNotice: WireMessage {
    package static let wireType: StaticString = "error"

    package var error: String?
    package var message: String?
    package var code: String?
    package var retryAfterMs: Int64?
    package var requestID: WireRequestID?
    package var timestamp: Int64?

    package init(
        error: String? = nil,
        message: String? = nil,
        code: String? = nil,
        retryAfterMs: Int64? = nil,
        requestID: WireRequestID? = nil,
        timestamp: Int64? = nil
    ) {
        self.error = error
        self.message = message
        self.code = code
        self.retryAfterMs = retryAfterMs
        self.requestID = requestID
        self.timestamp = timestamp
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        error = fields.optional("error")
        message = fields.optional("message")
        code = fields.optional("code")
        retryAfterMs = fields.optional("retryAfterMs")
        requestID = fields.optional("requestId")
        timestamp = fields.optional("timestamp")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("error", ifPresent: error)
        writer.member("message", ifPresent: message)
        writer.member("code", ifPresent: code)
        writer.member("retryAfterMs", ifPresent: retryAfterMs)
        writer.member("requestId", ifPresent: requestID)
        writer.member("timestamp", ifPresent: timestamp)
    }
}

extension ErrorNotice {
    /// A notice with `text` where each kind of receiver looks for it.
    package init(_ text: String, code: String? = nil, requestID: WireRequestID? = nil, timestamp: Int64? = nil) {
        self.init(error: text, message: text, code: code, requestID: requestID, timestamp: timestamp)
    }

    /// What it says, in whichever field.
    package var text: String? { error ?? message }
}
