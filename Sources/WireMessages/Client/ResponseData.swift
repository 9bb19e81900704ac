public import Kademlia

/// What a `Response` carries, told apart by its fields, as `Response` itself does not say which request it answers.
public enum ResponseData: WireField {
    /// To `GetPeersOrGenesis`: it has `peers`.
    case join(JoinAnswer)
    /// To `SendInvitation`: it has `targetPeer`.
    case invitation(InvitationReceipt)
    /// Anything else, `{}` for instance.
    case other(RawJSON)

    public init?(json: JSONValue) {
        guard json.isObject else { return nil }
        if json["peers"] != nil, let answer = JoinAnswer(json: json) {
            self = .join(answer)
        } else if json["targetPeer"] != nil, let receipt = InvitationReceipt(json: json) {
            self = .invitation(receipt)
        } else if let raw = RawJSON(json: json) {
            self = .other(raw)
        } else {
            return nil
        }
    }

    public func write(to writer: inout JSONWriter) {
        switch self {
        case .join(let answer): answer.write(to: &writer)
        case .invitation(let receipt): receipt.write(to: &writer)
        case .other(let raw): raw.write(to: &writer)
        }
    }
}

/// The answer to `SendInvitation`.
public struct InvitationReceipt: WireObject {
    public var message: String?
    public var targetPeer: ClientID
    /// If present the client dials at once. Existing servers never send it.
    public var targetPeerMetadata: RawJSON?

    public init(message: String? = nil, targetPeer: ClientID, targetPeerMetadata: RawJSON? = nil) {
        self.message = message
        self.targetPeer = targetPeer
        self.targetPeerMetadata = targetPeerMetadata
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        message = fields.optional("message")
        targetPeer = try fields.required("targetPeer")
        targetPeerMetadata = fields.optionalObject("targetPeerMetadata")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("message", ifPresent: message)
        writer.member("targetPeer", targetPeer)
        writer.member("targetPeerMetadata", ifPresent: targetPeerMetadata)
    }
}

/// A peer, as lists on the client link have it.
public struct PeerEntry: WireObject {
    public var nodeID: ClientID
    public var metadata: RawJSON?

    public init(nodeID: ClientID, metadata: RawJSON? = nil) {
        self.nodeID = nodeID
        self.metadata = metadata
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        nodeID = try fields.required("nodeId")
        metadata = fields.optionalObject("metadata")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("nodeId", nodeID)
        writer.member("metadata", ifPresent: metadata)
    }
}

/// How a join went, for whoever measures. Ours; existing clients ignore it.
public struct JoinReceipt: WireObject {
    /// Id of the request to the bridge that was answered.
    public var requestID: WireRequestID?
    public var bridge: NodeID?
    /// How many bridges were asked.
    public var attempts: Int64
    /// Milliseconds before the first bridge was asked.
    public var queueMs: Int64
    /// Milliseconds from the client's request to the answer.
    public var totalMs: Int64

    public init(
        requestID: WireRequestID? = nil,
        bridge: NodeID? = nil,
        attempts: Int64,
        queueMs: Int64,
        totalMs: Int64
    ) {
        self.requestID = requestID
        self.bridge = bridge
        self.attempts = attempts
        self.queueMs = queueMs
        self.totalMs = totalMs
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = fields.optional("requestId")
        bridge = fields.optional("bridge")
        attempts = try fields.required("attempts")
        queueMs = try fields.required("queueMs")
        totalMs = try fields.required("totalMs")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", ifPresent: requestID)
        writer.member("bridge", ifPresent: bridge)
        writer.member("attempts", attempts)
        writer.member("queueMs", queueMs)
        writer.member("totalMs", totalMs)
    }
}
