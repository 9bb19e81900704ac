/// Are you there? On client and dial links (protocol.md 2.10, 3.2.2). Existing stateless bridges send one before `AuthSuccess`.
public struct Ping: WireMessage {
    public static let wireType: StaticString = "ping"

    public var requestID: WireRequestID?
    public var timestamp: Int64?
    public var nodeID: ClientID?
    public var from: ClientID?

    public init(
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

    public init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = fields.optional("requestId")
        timestamp = fields.optional("timestamp")
        nodeID = fields.optional("nodeId")
        from = fields.optional("from")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", ifPresent: requestID)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("nodeId", ifPresent: nodeID)
        writer.member("from", ifPresent: from)
    }
}

/// The answer to `Ping`.
public struct Pong: WireMessage {
    public static let wireType: StaticString = "pong"

    public var requestID: WireRequestID?
    public var timestamp: Int64?
    /// The `timestamp` of the ping.
    public var originalTimestamp: Int64?
    public var from: ClientID?
    /// How busy the bridge is. Ours: only where both ends announced `LinkFeatures.load`.
    public var load: BridgeLoad?

    public init(
        requestID: WireRequestID? = nil,
        timestamp: Int64? = nil,
        originalTimestamp: Int64? = nil,
        from: ClientID? = nil,
        load: BridgeLoad? = nil
    ) {
        self.requestID = requestID
        self.timestamp = timestamp
        self.originalTimestamp = originalTimestamp
        self.from = from
        self.load = load
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = fields.optional("requestId")
        timestamp = fields.optional("timestamp")
        originalTimestamp = fields.optional("originalTimestamp")
        from = fields.optional("from")
        load = fields.optional("load")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", ifPresent: requestID)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("originalTimestamp", ifPresent: originalTimestamp)
        writer.member("from", ifPresent: from)
        writer.member("load", ifPresent: load)
    }
}

/// How busy a bridge is, at one moment. Ours.
public struct BridgeLoad: WireObject, Hashable {
    /// Onboarding requests that wait, of all bootstraps together.
    public var queueDepth: Int64
    /// How many may wait before the bridge says busy.
    public var queueCapacity: Int64
    /// Onboarding requests in work.
    public var inFlight: Int64
    /// DHT peers with an open link.
    public var connectedPeers: Int64

    public init(queueDepth: Int64, queueCapacity: Int64, inFlight: Int64, connectedPeers: Int64) {
        self.queueDepth = queueDepth
        self.queueCapacity = queueCapacity
        self.inFlight = inFlight
        self.connectedPeers = connectedPeers
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        queueDepth = try fields.required("queueDepth")
        queueCapacity = try fields.required("queueCapacity")
        inFlight = try fields.required("inFlight")
        connectedPeers = try fields.required("connectedPeers")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("queueDepth", queueDepth)
        writer.member("queueCapacity", queueCapacity)
        writer.member("inFlight", inFlight)
        writer.member("connectedPeers", connectedPeers)
    }
}

/// Something went wrong, on any link. Clients read `error`, bridges read `message`: both are sent (protocol.md 2.9).
public struct ErrorNotice: WireMessage {
    public static let wireType: StaticString = "error"

    public var error: String?
    public var message: String?
    public var code: String?
    public var retryAfterMs: Int64?
    public var requestID: WireRequestID?
    public var timestamp: Int64?

    public init(
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

    public init(reading fields: WireFields) throws(WireError.Reason) {
        error = fields.optional("error")
        message = fields.optional("message")
        code = fields.optional("code")
        retryAfterMs = fields.optional("retryAfterMs")
        requestID = fields.optional("requestId")
        timestamp = fields.optional("timestamp")
    }

    public func writeMembers(to writer: inout JSONWriter) {
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
    public init(_ text: String, code: String? = nil, requestID: WireRequestID? = nil, timestamp: Int64? = nil) {
        self.init(error: text, message: text, code: code, requestID: requestID, timestamp: timestamp)
    }

    /// What it says, in whichever field.
    public var text: String? { error ?? message }
}
