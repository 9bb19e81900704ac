/// A browser asks for a relay session to another (protocol.md 4.8). Answered by `RelayAck`.
public struct RelayRequest: WireMessage {
    public static let wireType: StaticString = "relay_request"

    public var targetPeerID: ClientID
    public var sessionID: String
    public var publicKey: RawJSON?
    public var timestamp: Int64?
    public var from: ClientID?

    public init(
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

    public init(reading fields: WireFields) throws(WireError.Reason) {
        targetPeerID = try fields.required("targetPeerId")
        sessionID = try fields.required("sessionId")
        publicKey = fields.optional("publicKey")
        timestamp = fields.optional("timestamp")
        from = fields.optional("from")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("targetPeerId", targetPeerID)
        writer.member("sessionId", sessionID)
        writer.member("publicKey", ifPresent: publicKey)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("from", ifPresent: from)
    }
}

/// The answer to `RelayRequest`.
public struct RelayAck: WireMessage {
    public static let wireType: StaticString = "relay_ack"

    public var sessionID: String
    public var success: Bool
    public var timestamp: Int64?
    /// `not_relay_capable` and others.
    public var error: String?
    public var publicKey: RawJSON?
    public var metadata: RawJSON?
    public var from: ClientID?

    public init(
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

    public init(reading fields: WireFields) throws(WireError.Reason) {
        sessionID = try fields.required("sessionId")
        success = try fields.required("success")
        timestamp = fields.optional("timestamp")
        error = fields.optional("error")
        publicKey = fields.optional("publicKey")
        metadata = fields.optionalObject("metadata")
        from = fields.optional("from")
    }

    public func writeMembers(to writer: inout JSONWriter) {
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
public struct RelayForward: WireMessage {
    public static let wireType: StaticString = "relay_forward"

    /// From the relay: the original sender.
    public var from: ClientID?
    public var sessionID: String
    public var to: ClientID?
    public var payload: RawJSON
    public var timestamp: Int64?

    public init(
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

    public init(reading fields: WireFields) throws(WireError.Reason) {
        from = fields.optional("from")
        sessionID = try fields.required("sessionId")
        to = fields.optional("to")
        payload = try fields.required("payload")
        timestamp = fields.optional("timestamp")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("from", ifPresent: from)
        writer.member("sessionId", sessionID)
        writer.member("to", ifPresent: to)
        writer.member("payload", payload)
        writer.member("timestamp", ifPresent: timestamp)
    }
}

/// Ends a relay session.
public struct RelayClose: WireMessage {
    public static let wireType: StaticString = "relay_close"

    public var sessionID: String
    public var reason: String?
    public var timestamp: Int64?
    public var from: ClientID?

    public init(sessionID: String, reason: String? = nil, timestamp: Int64? = nil, from: ClientID? = nil) {
        self.sessionID = sessionID
        self.reason = reason
        self.timestamp = timestamp
        self.from = from
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        sessionID = try fields.required("sessionId")
        reason = fields.optional("reason")
        timestamp = fields.optional("timestamp")
        from = fields.optional("from")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("sessionId", sessionID)
        writer.member("reason", ifPresent: reason)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("from", ifPresent: from)
    }
}

/// Keeps a relay session open.
public struct RelayPing: WireMessage {
    public static let wireType: StaticString = "relay_ping"

    public var sessionID: String
    /// Echoed.
    public var pingID: RawJSON?
    public var timestamp: Int64?
    public var from: ClientID?

    public init(sessionID: String, pingID: RawJSON? = nil, timestamp: Int64? = nil, from: ClientID? = nil) {
        self.sessionID = sessionID
        self.pingID = pingID
        self.timestamp = timestamp
        self.from = from
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        sessionID = try fields.required("sessionId")
        pingID = fields.optional("pingId")
        timestamp = fields.optional("timestamp")
        from = fields.optional("from")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("sessionId", sessionID)
        writer.member("pingId", ifPresent: pingID)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("from", ifPresent: from)
    }
}

/// The answer to `RelayPing`.
public struct RelayPong: WireMessage {
    public static let wireType: StaticString = "relay_pong"

    public var sessionID: String
    public var pingID: RawJSON?
    /// That of the ping.
    public var timestamp: Int64?
    public var respondedAt: Int64?
    public var from: ClientID?

    public init(
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

    public init(reading fields: WireFields) throws(WireError.Reason) {
        sessionID = try fields.required("sessionId")
        pingID = fields.optional("pingId")
        timestamp = fields.optional("timestamp")
        respondedAt = fields.optional("respondedAt")
        from = fields.optional("from")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("sessionId", sessionID)
        writer.member("pingId", ifPresent: pingID)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("respondedAt", ifPresent: respondedAt)
        writer.member("from", ifPresent: from)
    }
}
