package import Kademlia

/// A bridge asks a helper to invite a newcomer (protocol.md 4.8). Not acknowledged; a helper without membership token ignores it.
package struct CreateInvitationForPeer: WireMessage {
    package static let wireType: StaticString = "create_invitation_for_peer"

    /// The helper.
    package var targetPeer: NodeID
    /// The newcomer.
    package var targetNodeID: NodeID
    package var targetNodeMetadata: RawJSON?
    package var fromBridge: NodeID
    /// That of the onboarding request.
    package var requestID: WireRequestID
    package var candidateIndex: Int64?
    package var timestamp: Int64?
    package var from: NodeID?

    package init(
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

    package init(reading fields: WireFields) throws(WireError.Reason) {
        targetPeer = try fields.required("targetPeer")
        targetNodeID = try fields.required("targetNodeId")
        targetNodeMetadata = fields.optionalObject("targetNodeMetadata")
        fromBridge = try fields.required("fromBridge")
        requestID = try fields.required("requestId")
        candidateIndex = fields.optional("candidateIndex")
        timestamp = fields.optional("timestamp")
        from = fields.optional("from")
    }

    package func writeMembers(to writer: inout JSONWriter) {
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
package struct ForwardInvitation: WireMessage {
    package static let wireType: StaticString = "forward_invitation"

    package var targetPeerID: NodeID
    package var invitationToken: RawJSON
    package var fromBridge: NodeID?
    package var timestamp: Int64?
    package var from: NodeID?

    package init(
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

    package init(reading fields: WireFields) throws(WireError.Reason) {
        targetPeerID = try fields.required("targetPeerId")
        invitationToken = try fields.requiredObject("invitationToken")
        fromBridge = fields.optional("fromBridge")
        timestamp = fields.optional("timestamp")
        from = fields.optional("from")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("targetPeerId", targetPeerID)
        writer.member("invitationToken", invitationToken)
        writer.member("fromBridge", ifPresent: fromBridge)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("from", ifPresent: from)
    }
}
