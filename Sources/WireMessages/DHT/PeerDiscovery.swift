public import Kademlia

/// Who are you, and would you connect? Whoever receives it answers for itself.
public struct PeerDiscoveryRequest: WireMessage {
    public static let wireType: StaticString = "peer_discovery_request"

    public var requestID: WireRequestID
    public var senderPeer: NodeID
    public var targetPeer: NodeID?
    public var timestamp: Int64?
    public var from: NodeID?

    public init(
        requestID: WireRequestID,
        senderPeer: NodeID,
        targetPeer: NodeID? = nil,
        timestamp: Int64? = nil,
        from: NodeID? = nil
    ) {
        self.requestID = requestID
        self.senderPeer = senderPeer
        self.targetPeer = targetPeer
        self.timestamp = timestamp
        self.from = from
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = try fields.required("requestId")
        senderPeer = try fields.required("senderPeer")
        targetPeer = fields.optional("targetPeer")
        timestamp = fields.optional("timestamp")
        from = fields.optional("from")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", requestID)
        writer.member("senderPeer", senderPeer)
        writer.member("targetPeer", ifPresent: targetPeer)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("from", ifPresent: from)
    }
}

/// The answer to `PeerDiscoveryRequest`.
public struct PeerDiscoveryResponse: WireMessage {
    public static let wireType: StaticString = "peer_discovery_response"

    public var requestID: WireRequestID
    /// Who answers.
    public var senderPeer: NodeID
    /// Who asked.
    public var targetPeer: NodeID?
    /// False if linked already.
    public var willing: Bool
    public var timestamp: Int64?
    public var from: NodeID?

    public init(
        requestID: WireRequestID,
        senderPeer: NodeID,
        targetPeer: NodeID? = nil,
        willing: Bool,
        timestamp: Int64? = nil,
        from: NodeID? = nil
    ) {
        self.requestID = requestID
        self.senderPeer = senderPeer
        self.targetPeer = targetPeer
        self.willing = willing
        self.timestamp = timestamp
        self.from = from
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = try fields.required("requestId")
        senderPeer = try fields.required("senderPeer")
        targetPeer = fields.optional("targetPeer")
        willing = try fields.required("willing")
        timestamp = fields.optional("timestamp")
        from = fields.optional("from")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", requestID)
        writer.member("senderPeer", senderPeer)
        writer.member("targetPeer", ifPresent: targetPeer)
        writer.member("willing", willing)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("from", ifPresent: from)
    }
}
