public import Kademlia

/// A peer needs us no longer. Existing servers do not answer; an empty success spares it 10 s (protocol.md 2.10).
public struct AnnounceIndependent: WireMessage {
    public static let wireType: StaticString = "announce_independent"

    public var nodeID: ClientID
    public var requestID: WireRequestID

    public init(nodeID: ClientID, requestID: WireRequestID) {
        self.nodeID = nodeID
        self.requestID = requestID
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        nodeID = try fields.required("nodeId")
        requestID = try fields.required("requestId")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("nodeId", nodeID)
        writer.member("requestId", requestID)
    }
}

/// What a browser found out about its network. Statistics only, no answer.
public struct ProfileUpdate: WireMessage {
    public static let wireType: StaticString = "profile_update"

    public var nodeID: ClientID
    public var connectionProfile: RawJSON?

    public init(nodeID: ClientID, connectionProfile: RawJSON? = nil) {
        self.nodeID = nodeID
        self.connectionProfile = connectionProfile
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        nodeID = try fields.required("nodeId")
        connectionProfile = fields.optionalObject("connectionProfile")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("nodeId", nodeID)
        writer.member("connectionProfile", ifPresent: connectionProfile)
    }
}

/// How an attempt to connect ended. Statistics only, no answer.
public struct ConnectionOutcome: WireMessage {
    public static let wireType: StaticString = "connection_outcome"

    public var nodeID: ClientID
    public var success: Bool
    /// `webrtc`, `websocket` or `relay`.
    public var connectionType: String
    public var localNatType: String?
    public var remoteNatType: String?
    /// `host`, `srflx`, `prflx` or `relay`.
    public var iceCandidateType: String?
    public var failureReason: String?

    public init(
        nodeID: ClientID,
        success: Bool,
        connectionType: String,
        localNatType: String? = nil,
        remoteNatType: String? = nil,
        iceCandidateType: String? = nil,
        failureReason: String? = nil
    ) {
        self.nodeID = nodeID
        self.success = success
        self.connectionType = connectionType
        self.localNatType = localNatType
        self.remoteNatType = remoteNatType
        self.iceCandidateType = iceCandidateType
        self.failureReason = failureReason
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        nodeID = try fields.required("nodeId")
        success = try fields.required("success")
        connectionType = try fields.required("connectionType")
        localNatType = fields.optional("localNatType")
        remoteNatType = fields.optional("remoteNatType")
        iceCandidateType = fields.optional("iceCandidateType")
        failureReason = fields.optional("failureReason")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("nodeId", nodeID)
        writer.member("success", success)
        writer.member("connectionType", connectionType)
        writer.member("localNatType", ifPresent: localNatType)
        writer.member("remoteNatType", ifPresent: remoteNatType)
        writer.member("iceCandidateType", ifPresent: iceCandidateType)
        writer.member("failureReason", ifPresent: failureReason)
    }
}

/// A bridge tells how it is, at most every 30 s. No answer.
public struct BridgeHealthUpdate: WireMessage {
    public static let wireType: StaticString = "bridge_health_update"

    public var bridgeNodeID: NodeID
    public var bridgeHealth: BridgeHealth
    public var timestamp: Int64?

    public init(bridgeNodeID: NodeID, bridgeHealth: BridgeHealth, timestamp: Int64? = nil) {
        self.bridgeNodeID = bridgeNodeID
        self.bridgeHealth = bridgeHealth
        self.timestamp = timestamp
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        bridgeNodeID = try fields.required("bridgeNodeId")
        bridgeHealth = try fields.required("bridgeHealth")
        timestamp = fields.optional("timestamp")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("bridgeNodeId", bridgeNodeID)
        writer.member("bridgeHealth", bridgeHealth)
        writer.member("timestamp", ifPresent: timestamp)
    }
}

/// How a bridge is.
public struct BridgeHealth: WireObject {
    public var isHealthy: Bool?
    public var hasBootstrapped: Bool?
    /// DHT links open.
    public var connectedPeers: Int64?
    /// Nodes in the routing table.
    public var routingNodes: Int64?
    public var peakPeerCount: Int64?
    /// Milliseconds.
    public var uptime: Int64?

    public init(
        isHealthy: Bool? = nil,
        hasBootstrapped: Bool? = nil,
        connectedPeers: Int64? = nil,
        routingNodes: Int64? = nil,
        peakPeerCount: Int64? = nil,
        uptime: Int64? = nil
    ) {
        self.isHealthy = isHealthy
        self.hasBootstrapped = hasBootstrapped
        self.connectedPeers = connectedPeers
        self.routingNodes = routingNodes
        self.peakPeerCount = peakPeerCount
        self.uptime = uptime
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        isHealthy = fields.optional("isHealthy")
        hasBootstrapped = fields.optional("hasBootstrapped")
        connectedPeers = fields.optional("connectedPeers")
        routingNodes = fields.optional("routingNodes")
        peakPeerCount = fields.optional("peakPeerCount")
        uptime = fields.optional("uptime")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("isHealthy", ifPresent: isHealthy)
        writer.member("hasBootstrapped", ifPresent: hasBootstrapped)
        writer.member("connectedPeers", ifPresent: connectedPeers)
        writer.member("routingNodes", ifPresent: routingNodes)
        writer.member("peakPeerCount", ifPresent: peakPeerCount)
        writer.member("uptime", ifPresent: uptime)
    }
}

/// A bridge without peers asks whom we know (protocol.md 2.10).
public struct GetConnectedClients: WireMessage {
    public static let wireType: StaticString = "get_connected_clients"

    public var requestID: WireRequestID
    public var bridgeNodeID: NodeID
    /// `zero_peer_recovery`.
    public var reason: String?

    public init(requestID: WireRequestID, bridgeNodeID: NodeID, reason: String? = nil) {
        self.requestID = requestID
        self.bridgeNodeID = bridgeNodeID
        self.reason = reason
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = try fields.required("requestId")
        bridgeNodeID = try fields.required("bridgeNodeId")
        reason = fields.optional("reason")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", requestID)
        writer.member("bridgeNodeId", bridgeNodeID)
        writer.member("reason", ifPresent: reason)
    }
}

/// The answer to `GetConnectedClients`.
public struct ConnectedClientsResponse: WireMessage {
    public static let wireType: StaticString = "connected_clients_response"

    public var requestID: WireRequestID
    public var success: Bool
    public var clients: [PeerEntry]?
    public var totalConnected: Int64?
    public var error: String?
    public var timestamp: Int64?

    public init(
        requestID: WireRequestID,
        success: Bool,
        clients: [PeerEntry]? = nil,
        totalConnected: Int64? = nil,
        error: String? = nil,
        timestamp: Int64? = nil
    ) {
        self.requestID = requestID
        self.success = success
        self.clients = clients
        self.totalConnected = totalConnected
        self.error = error
        self.timestamp = timestamp
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = try fields.required("requestId")
        success = try fields.required("success")
        clients = fields.optional("clients")
        totalConnected = fields.optional("totalConnected")
        error = fields.optional("error")
        timestamp = fields.optional("timestamp")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", requestID)
        writer.member("success", success)
        writer.member("clients", ifPresent: clients)
        writer.member("totalConnected", ifPresent: totalConnected)
        writer.member("error", ifPresent: error)
        writer.member("timestamp", ifPresent: timestamp)
    }
}
