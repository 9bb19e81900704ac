package import Kademlia

/// Asks the genesis peer to invite a bridge (protocol.md 2.7).
package struct BridgeInvitationRequest: WireMessage {
    package static let wireType: StaticString = "bridge_invitation_request"

    package var targetPeerID: NodeID
    package var bridgeNodeInfo: BridgeNodeInfo
    package var message: String?

    package init(targetPeerID: NodeID, bridgeNodeInfo: BridgeNodeInfo, message: String? = nil) {
        self.targetPeerID = targetPeerID
        self.bridgeNodeInfo = bridgeNodeInfo
        self.message = message
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        targetPeerID = try fields.required("targetPeerId")
        bridgeNodeInfo = try fields.required("bridgeNodeInfo")
        message = fields.optional("message")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("targetPeerId", targetPeerID)
        writer.member("bridgeNodeInfo", bridgeNodeInfo)
        writer.member("message", ifPresent: message)
    }
}

/// What a `BridgeInvitationRequest` says of the bridge. Clients use none of it.
package struct BridgeNodeInfo: WireObject {
    package var nodeID: NodeID
    package var nodeType: String
    package var listeningAddress: String?
    package var capabilities: [String]
    package var isBridgeNode: Bool

    package init(
        nodeID: NodeID,
        nodeType: String = "bridge",
        listeningAddress: String? = nil,
        capabilities: [String] = [],
        isBridgeNode: Bool = true
    ) {
        self.nodeID = nodeID
        self.nodeType = nodeType
        self.listeningAddress = listeningAddress
        self.capabilities = capabilities
        self.isBridgeNode = isBridgeNode
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        nodeID = try fields.required("nodeId")
        nodeType = fields.optional("nodeType") ?? "bridge"
        listeningAddress = fields.optional("listeningAddress")
        capabilities = fields.optional("capabilities") ?? []
        isBridgeNode = fields.optional("isBridgeNode") ?? true
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("nodeId", nodeID)
        writer.member("nodeType", nodeType)
        writer.member("listeningAddress", ifPresent: listeningAddress)
        writer.member("capabilities", capabilities)
        writer.member("isBridgeNode", isBridgeNode)
    }
}

/// Tells a peer to open a DHT link to a bridge.
package struct ConnectToBridge: WireMessage {
    package static let wireType: StaticString = "connect_to_bridge"

    package var bridgeNodeID: NodeID
    package var bridgeServerAddress: String
    package var timestamp: Int64?

    package init(bridgeNodeID: NodeID, bridgeServerAddress: String, timestamp: Int64? = nil) {
        self.bridgeNodeID = bridgeNodeID
        self.bridgeServerAddress = bridgeServerAddress
        self.timestamp = timestamp
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        bridgeNodeID = try fields.required("bridgeNodeId")
        bridgeServerAddress = try fields.required("bridgeServerAddress")
        timestamp = fields.optional("timestamp")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("bridgeNodeId", bridgeNodeID)
        writer.member("bridgeServerAddress", bridgeServerAddress)
        writer.member("timestamp", ifPresent: timestamp)
    }
}

/// Tells an inviter how its invitation of a bridge ended. Existing servers never send it.
package struct BridgeConnectionStatus: WireMessage {
    package static let wireType: StaticString = "bridge_connection_status"

    package var bridgeNodeID: NodeID
    /// `connected` or `failed`.
    package var status: String
    package var reason: String?
    package var timestamp: Int64?

    package init(bridgeNodeID: NodeID, status: String, reason: String? = nil, timestamp: Int64? = nil) {
        self.bridgeNodeID = bridgeNodeID
        self.status = status
        self.reason = reason
        self.timestamp = timestamp
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        bridgeNodeID = try fields.required("bridgeNodeId")
        status = try fields.required("status")
        reason = fields.optional("reason")
        timestamp = fields.optional("timestamp")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("bridgeNodeId", bridgeNodeID)
        writer.member("status", status)
        writer.member("reason", ifPresent: reason)
        writer.member("timestamp", ifPresent: timestamp)
    }
}
