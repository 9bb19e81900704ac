public import Kademlia

/// Asks the genesis peer to invite a bridge (protocol.md 2.7).
public struct BridgeInvitationRequest: WireMessage {
    public static let wireType: StaticString = "bridge_invitation_request"

    public var targetPeerID: NodeID
    public var bridgeNodeInfo: BridgeNodeInfo
    public var message: String?

    public init(targetPeerID: NodeID, bridgeNodeInfo: BridgeNodeInfo, message: String? = nil) {
        self.targetPeerID = targetPeerID
        self.bridgeNodeInfo = bridgeNodeInfo
        self.message = message
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        targetPeerID = try fields.required("targetPeerId")
        bridgeNodeInfo = try fields.required("bridgeNodeInfo")
        message = fields.optional("message")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("targetPeerId", targetPeerID)
        writer.member("bridgeNodeInfo", bridgeNodeInfo)
        writer.member("message", ifPresent: message)
    }
}

/// What a `BridgeInvitationRequest` says of the bridge. Clients use none of it.
public struct BridgeNodeInfo: WireObject {
    public var nodeID: NodeID
    public var nodeType: String
    public var listeningAddress: String?
    public var capabilities: [String]
    public var isBridgeNode: Bool

    public init(
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

    public init(reading fields: WireFields) throws(WireError.Reason) {
        nodeID = try fields.required("nodeId")
        nodeType = fields.optional("nodeType") ?? "bridge"
        listeningAddress = fields.optional("listeningAddress")
        capabilities = fields.optional("capabilities") ?? []
        isBridgeNode = fields.optional("isBridgeNode") ?? true
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("nodeId", nodeID)
        writer.member("nodeType", nodeType)
        writer.member("listeningAddress", ifPresent: listeningAddress)
        writer.member("capabilities", capabilities)
        writer.member("isBridgeNode", isBridgeNode)
    }
}

/// Tells a peer to open a DHT link to a bridge.
public struct ConnectToBridge: WireMessage {
    public static let wireType: StaticString = "connect_to_bridge"

    public var bridgeNodeID: NodeID
    public var bridgeServerAddress: String
    public var timestamp: Int64?

    public init(bridgeNodeID: NodeID, bridgeServerAddress: String, timestamp: Int64? = nil) {
        self.bridgeNodeID = bridgeNodeID
        self.bridgeServerAddress = bridgeServerAddress
        self.timestamp = timestamp
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        bridgeNodeID = try fields.required("bridgeNodeId")
        bridgeServerAddress = try fields.required("bridgeServerAddress")
        timestamp = fields.optional("timestamp")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("bridgeNodeId", bridgeNodeID)
        writer.member("bridgeServerAddress", bridgeServerAddress)
        writer.member("timestamp", ifPresent: timestamp)
    }
}

/// Tells an inviter how its invitation of a bridge ended. Existing servers never send it.
public struct BridgeConnectionStatus: WireMessage {
    public static let wireType: StaticString = "bridge_connection_status"

    public var bridgeNodeID: NodeID
    /// `connected` or `failed`.
    public var status: String
    public var reason: String?
    public var timestamp: Int64?

    public init(bridgeNodeID: NodeID, status: String, reason: String? = nil, timestamp: Int64? = nil) {
        self.bridgeNodeID = bridgeNodeID
        self.status = status
        self.reason = reason
        self.timestamp = timestamp
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        bridgeNodeID = try fields.required("bridgeNodeId")
        status = try fields.required("status")
        reason = fields.optional("reason")
        timestamp = fields.optional("timestamp")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("bridgeNodeId", bridgeNodeID)
        writer.member("status", status)
        writer.member("reason", ifPresent: reason)
        writer.member("timestamp", ifPresent: timestamp)
    }
}
