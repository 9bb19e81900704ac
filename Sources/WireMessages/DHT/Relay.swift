/// A browser asks for a relay session to another (protocol.md 4.8). Answered by `RelayAck`.
package struct RelayRequest: WireMessage {
    package static let wireType: StaticString = "relay_request"

    package var targetPeerID: ClientID
    package var sessionID: String
    package var publicKey: RawJSON?
    package var timestamp: Int64?
    package var from: ClientID?

    package init(
        targetPeerID: ClientID,
        sessionID: String,
        publicKey: RawJSON? = nil,
        timestamp: Int64? = nil,
        from: ClientID? = nil
    ) {
        self.targetPeerID = targetPeerID
        self.sessionID = sessionID
        self.publicKey = publicKey
        self.timestamp = timestamp
        self.from = from
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        targetPeerID = try fields.required("targetPeerId")
        sessionID = try fields.required("sessionId")
        publicKey = fields.optional("publicKey")
        timestamp = fields.optional("timestamp")
        from = fields.optional("from")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("targetPeerId", targetPeerID)
        writer.member("sessionId", sessionID)
        writer.member("publicKey", ifPresent: publicKey)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("from", ifPresent: from)
    }
}

/// The answer to `RelayRequest`.
package struct RelayAck: WireMessage {
    package static let wireType: StaticString = "relay_ack"

    package var sessionID: String
    package var success: Bool
    package var timestamp: Int64?
    /// `not_relay_capable` and others.
    package var error: String?
    package var publicKey: RawJSON?
    package var metadata: RawJSON?
    package var from: ClientID?

    package init(
        sessionID: String,
        success: Bool,
        timestamp: Int64? = nil,
        error: String? = nil,
        publicKey: RawJSON? = nil,
        metadata: RawJSON? = nil,
        from: ClientID? = nil
    ) {
        self.sessionID = sessionID
        self.success = success
        self.timestamp = timestamp
        self.error = error
        self.publicKey = publicKey
        self.metadata = metadata
        self.from = from
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        sessionID = try fields.required("sessionId")
        success = try fields.required("success")
        timestamp = fields.optional("timestamp")
        error = fields.optional("error")
        publicKey = fields.optional("publicKey")
        metadata = fields.optionalObject("metadata")
        from = fields.optional("from")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("sessionId", sessionID)
        writer.member("success", success)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("error", ifPresent: error)
        writer.member("publicKey", ifPresent: publicKey)
        writer.member("metadata", ifPresent: metadata)
        writer.member("from", ifPresent: from)
    }
}

/// A piece of a relayed conversation.
package struct RelayForward: WireMessage {
    package static let wireType: StaticString = "relay_forward"

    /// From the relay: the original sender.
    package var from: ClientID?
    package var sessionID: String
    package var to: ClientID?
    package var payload: RawJSON
    package var timestamp: Int64?

    package init(
        from: ClientID? = nil,
        sessionID: String,
        to: ClientID? = nil,
        payload: RawJSON,
        timestamp: Int64? = nil
    ) {
        self.from = from
        self.sessionID = sessionID
        self.to = to
        self.payload = payload
        self.timestamp = timestamp
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        from = fields.optional("from")
        sessionID = try fields.required("sessionId")
        to = fields.optional("to")
        payload = try fields.required("payload")
        timestamp = fields.optional("timestamp")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("from", ifPresent: from)
        writer.member("sessionId", sessionID)
        writer.member("to", ifPresent: to)
        writer.member("payload", payload)
        writer.member("timestamp", ifPresent: timestamp)
    }
}

/// Ends a relay session.
package struct RelayClose: WireMessage {
    package static let wireType: StaticString = "relay_close"

    package var sessionID: String
    package var reason: String?
    package var timestamp: Int64?
    package var from: ClientID?

    package init(sessionID: String, reason: String? = nil, timestamp: Int64? = nil, from: ClientID? = nil) {
        self.sessionID = sessionID
        self.reason = reason
        self.timestamp = timestamp
        self.from = from
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        sessionID = try fields.required("sessionId")
        reason = fields.optional("reason")
        timestamp = fields.optional("timestamp")
        from = fields.optional("from")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("sessionId", sessionID)
        writer.member("reason", ifPresent: reason)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("from", ifPresent: from)
    }
}

/// Keeps a relay session open.
package struct RelayPing: WireMessage {
    package static let wireType: StaticString = "relay_ping"

    package var sessionID: String
    /// Echoed.
    package var pingID: RawJSON?
    package var timestamp: Int64?
    package var from: ClientID?

    package init(sessionID: String, pingID: RawJSON? = nil, timestamp: Int64? = nil, from: ClientID? = nil) {
        self.sessionID = sessionID
        self.pingID = pingID
        self.timestamp = timestamp
        self.from = from
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        sessionID = try fields.required("sessionId")
        pingID = fields.optional("pingId")
        timestamp = fields.optional("timestamp")
        from = fields.optional("from")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("sessionId", sessionID)
        writer.member("pingId", ifPresent: pingID)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("from", ifPresent: from)
    }
}

/// The answer to `RelayPing`.
package struct RelayPong: WireMessage {
    package static let wireType: StaticString = "relay_pong"

    package var sessionID: String
    package var pingID: RawJSON?
    /// That of the ping.
    package var timestamp: Int64?
    package var respondedAt: Int64?
    package var from: ClientID?

    package init(
        sessionID: String,
        pingID: RawJSON? = nil,
        timestamp: Int64? = nil,
        respondedAt: Int64? = nil,
        from: ClientID? = nil
    ) {
        self.sessionID = sessionID
        self.pingID = pingID
        self.timestamp = timestamp
        self.respondedAt = respondedAt
        self.from = from
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        sessionID = try fields.required("sessionId")
        pingID = fields.optional("pingId")
        timestamp = fields.optional("timestamp")
        respondedAt = fields.optional("respondedAt")
        from = fields.optional("from")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("sessionId", sessionID)
        writer.member("pingId", ifPresent: pingID)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("respondedAt", ifPresent: respondedAt)
        writer.member("from", ifPresent: from)
    }
}
