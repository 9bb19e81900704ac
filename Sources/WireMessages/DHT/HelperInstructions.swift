public import Kademlia

/// A bridge asks a helper to invite a newcomer (protocol.md 4.8). Not acknowledged; a helper without membership token ignores it.
public struct CreateInvitationForPeer: WireMessage {
    public static let wireType: StaticString = "create_invitation_for_peer"

    /// The helper.
    public var targetPeer: NodeID
    /// The newcomer.
    public var targetNodeID: NodeID
    public var targetNodeMetadata: RawJSON?
    public var fromBridge: NodeID
    /// That of the onboarding request.
    public var requestID: WireRequestID
    public var candidateIndex: Int64?
    public var timestamp: Int64?
    public var from: NodeID?

    public init(
        targetPeer: NodeID,
        targetNodeID: NodeID,
        targetNodeMetadata: RawJSON? = nil,
        fromBridge: NodeID,
        requestID: WireRequestID,
        candidateIndex: Int64? = nil,
        timestamp: Int64? = nil,
        from: NodeID? = nil
    ) {
        self.targetPeer = targetPeer
        self.targetNodeID = targetNodeID
        self.targetNodeMetadata = targetNodeMetadata
        self.fromBridge = fromBridge
        self.requestID = requestID
        self.candidateIndex = candidateIndex
        self.timestamp = timestamp
        self.from = from
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        targetPeer = try fields.required("targetPeer")
        targetNodeID = try fields.required("targetNodeId")
        targetNodeMetadata = fields.optionalObject("targetNodeMetadata")
        fromBridge = try fields.required("fromBridge")
        requestID = try fields.required("requestId")
        candidateIndex = fields.optional("candidateIndex")
        timestamp = fields.optional("timestamp")
        from = fields.optional("from")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("targetPeer", targetPeer)
        writer.member("targetNodeId", targetNodeID)
        writer.member("targetNodeMetadata", ifPresent: targetNodeMetadata)
        writer.member("fromBridge", fromBridge)
        writer.member("requestId", requestID)
        writer.member("candidateIndex", ifPresent: candidateIndex)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("from", ifPresent: from)
    }
}

/// A bridge hands on an invitation. No existing bridge does.
public struct ForwardInvitation: WireMessage {
    public static let wireType: StaticString = "forward_invitation"

    public var targetPeerID: NodeID
    public var invitationToken: RawJSON
    public var fromBridge: NodeID?
    public var timestamp: Int64?
    public var from: NodeID?

    public init(
        targetPeerID: NodeID,
        invitationToken: RawJSON,
        fromBridge: NodeID? = nil,
        timestamp: Int64? = nil,
        from: NodeID? = nil
    ) {
        self.targetPeerID = targetPeerID
        self.invitationToken = invitationToken
        self.fromBridge = fromBridge
        self.timestamp = timestamp
        self.from = from
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        targetPeerID = try fields.required("targetPeerId")
        invitationToken = try fields.requiredObject("invitationToken")
        fromBridge = fields.optional("fromBridge")
        timestamp = fields.optional("timestamp")
        from = fields.optional("from")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("targetPeerId", targetPeerID)
        writer.member("invitationToken", invitationToken)
        writer.member("fromBridge", ifPresent: fromBridge)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("from", ifPresent: from)
    }
}
