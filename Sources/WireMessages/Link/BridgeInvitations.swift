public import Kademlia

/// Hands an invitation to a bridge. On its client link it ends an existing current bridge's process (protocol.md 3.6).
public struct InvitationForBridge: WireMessage {
    public static let wireType: StaticString = "invitation_for_bridge"

    public var targetPeerID: NodeID
    public var fromPeer: ClientID
    public var invitationToken: RawJSON
    public var websocketCoordination: RawJSON?
    public var message: String?

    public init(
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

    public init(reading fields: WireFields) throws(WireError.Reason) {
        targetPeerID = try fields.required("targetPeerId")
        fromPeer = try fields.required("fromPeer")
        invitationToken = try fields.requiredObject("invitationToken")
        websocketCoordination = fields.optional("websocketCoordination")
        message = fields.optional("message")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("targetPeerId", targetPeerID)
        writer.member("fromPeer", fromPeer)
        writer.member("invitationToken", invitationToken)
        writer.member("websocketCoordination", ifPresent: websocketCoordination)
        writer.member("message", ifPresent: message)
    }
}

/// A bridge accepts an invitation.
public struct BridgeInvitationAccepted: WireMessage {
    public static let wireType: StaticString = "bridge_invitation_accepted"

    public var bridgeNodeID: NodeID
    public var inviterNodeID: ClientID
    public var bridgeServerAddress: String?
    public var timestamp: Int64?

    public init(
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

    public init(reading fields: WireFields) throws(WireError.Reason) {
        bridgeNodeID = try fields.required("bridgeNodeId")
        inviterNodeID = try fields.required("inviterNodeId")
        bridgeServerAddress = fields.optional("bridgeServerAddress")
        timestamp = fields.optional("timestamp")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("bridgeNodeId", bridgeNodeID)
        writer.member("inviterNodeId", inviterNodeID)
        writer.member("bridgeServerAddress", ifPresent: bridgeServerAddress)
        writer.member("timestamp", ifPresent: timestamp)
    }
}

/// A bridge cannot accept an invitation.
public struct BridgeInvitationFailed: WireMessage {
    public static let wireType: StaticString = "bridge_invitation_failed"

    public var bridgeNodeID: NodeID
    public var inviterNodeID: ClientID
    public var reason: String?
    public var timestamp: Int64?

    public init(bridgeNodeID: NodeID, inviterNodeID: ClientID, reason: String? = nil, timestamp: Int64? = nil) {
        self.bridgeNodeID = bridgeNodeID
        self.inviterNodeID = inviterNodeID
        self.reason = reason
        self.timestamp = timestamp
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        bridgeNodeID = try fields.required("bridgeNodeId")
        inviterNodeID = try fields.required("inviterNodeId")
        reason = fields.optional("reason")
        timestamp = fields.optional("timestamp")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("bridgeNodeId", bridgeNodeID)
        writer.member("inviterNodeId", inviterNodeID)
        writer.member("reason", ifPresent: reason)
        writer.member("timestamp", ifPresent: timestamp)
    }
}
