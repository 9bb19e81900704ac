package import Kademlia

/// Hands an invitation to a bridge. On its client link it ends an existing current bridge's process (protocol.md 3.6).
package struct InvitationForBridge: WireMessage {
    package static let wireType: StaticString = "invitation_for_bridge"

    package var targetPeerID: NodeID
    package var fromPeer: ClientID
    package var invitationToken: RawJSON
    package var websocketCoordination: RawJSON?
    package var message: String?

    package init(
        targetPeerID: NodeID,
        fromPeer: ClientID,
        invitationToken: RawJSON,
        websocketCoordination: RawJSON? = nil,
        message: String? = nil
    ) {
        self.targetPeerID = targetPeerID
        self.fromPeer = fromPeer
        self.invitationToken = invitationToken
        self.websocketCoordination = websocketCoordination
        self.message = message
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        targetPeerID = try fields.required("targetPeerId")
        fromPeer = try fields.required("fromPeer")
        invitationToken = try fields.requiredObject("invitationToken")
        websocketCoordination = fields.optional("websocketCoordination")
        message = fields.optional("message")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("targetPeerId", targetPeerID)
        writer.member("fromPeer", fromPeer)
        writer.member("invitationToken", invitationToken)
        writer.member("websocketCoordination", ifPresent: websocketCoordination)
        writer.member("message", ifPresent: message)
    }
}

/// A bridge accepts an invitation.
package struct BridgeInvitationAccepted: WireMessage {
    package static let wireType: StaticString = "bridge_invitation_accepted"

    package var bridgeNodeID: NodeID
    package var inviterNodeID: ClientID
    package var bridgeServerAddress: String?
    package var timestamp: Int64?

    package init(
        bridgeNodeID: NodeID,
        inviterNodeID: ClientID,
        bridgeServerAddress: String? = nil,
        timestamp: Int64? = nil
    ) {
        self.bridgeNodeID = bridgeNodeID
        self.inviterNodeID = inviterNodeID
        self.bridgeServerAddress = bridgeServerAddress
        self.timestamp = timestamp
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        bridgeNodeID = try fields.required("bridgeNodeId")
        inviterNodeID = try fields.required("inviterNodeId")
        bridgeServerAddress = fields.optional("bridgeServerAddress")
        timestamp = fields.optional("timestamp")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("bridgeNodeId", bridgeNodeID)
        writer.member("inviterNodeId", inviterNodeID)
        writer.member("bridgeServerAddress", ifPresent: bridgeServerAddress)
        writer.member("timestamp", ifPresent: timestamp)
    }
}

/// A bridge cannot accept an invitation.
package struct BridgeInvitationFailed: WireMessage {
    package static let wireType: StaticString = "bridge_invitation_failed"

    package var bridgeNodeID: NodeID
    package var inviterNodeID: ClientID
    package var reason: String?
    package var timestamp: Int64?

    package init(bridgeNodeID: NodeID, inviterNodeID: ClientID, reason: String? = nil, timestamp: Int64? = nil) {
        self.bridgeNodeID = bridgeNodeID
        self.inviterNodeID = inviterNodeID
        self.reason = reason
        self.timestamp = timestamp
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        bridgeNodeID = try fields.required("bridgeNodeId")
        inviterNodeID = try fields.required("inviterNodeId")
        reason = fields.optional("reason")
        timestamp = fields.optional("timestamp")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("bridgeNodeId", bridgeNodeID)
        writer.member("inviterNodeId", inviterNodeID)
        writer.member("reason", ifPresent: reason)
        writer.member("timestamp", ifPresent: timestamp)
    }
}
