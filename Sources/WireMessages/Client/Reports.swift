package import Kademlia

/// A peer needs us no longer. Existing servers do not answer; an empty success spares it 10 s (protocol.md 2.10).
package struct AnnounceIndependent: WireMessage {
    package static let wireType: StaticString = "announce_independent"

    package var nodeID: ClientID
    package var requestID: WireRequestID

    package init(nodeID: ClientID, requestID: WireRequestID) {
        self.nodeID = nodeID
        self.requestID = requestID
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        nodeID = try fields.required("nodeId")
        requestID = try fields.required("requestId")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("nodeId", nodeID)
        writer.member("requestId", requestID)
    }
}

/// What a browser found out about its network. Statistics only, no answer.
package struct ProfileUpdate: WireMessage {
    package static let wireType: StaticString = "profile_update"

    package var nodeID: ClientID
    package var connectionProfile: RawJSON?

    package init(nodeID: ClientID, connectionProfile: RawJSON? = nil) {
        self.nodeID = nodeID
        self.connectionProfile = connectionProfile
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        nodeID = try fields.required("nodeId")
        connectionProfile = fields.optionalObject("connectionProfile")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("nodeId", nodeID)
        writer.member("connectionProfile", ifPresent: connectionProfile)
    }
}

/// How an attempt to connect ended. Statistics only, no answer.
package struct ConnectionOutcome: WireMessage {
    package static let wireType: StaticString = "connection_outcome"

    package var nodeID: ClientID
    package var success: Bool
    /// `webrtc`, `websocket` or `relay`.
    package var connectionType: String
    package var localNatType: String?
    package var remoteNatType: String?
    /// `host`, `srflx`, `prflx` or `relay`.
    package var iceCandidateType: String?
    package var failureReason: String?

    package init(
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

    package init(reading fields: WireFields) throws(WireError.Reason) {
        nodeID = try fields.required("nodeId")
        success = try fields.required("success")
        connectionType = try fields.required("connectionType")
        localNatType = fields.optional("localNatType")
        remoteNatType = fields.optional("remoteNatType")
        iceCandidateType = fields.optional("iceCandidateType")
        failureReason = fields.optional("failureReason")
    }

    package func writeMembers(to writer: inout JSONWriter) {
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
package struct BridgeHealthUpdate: WireMessage {
    package static let wireType: StaticString = "bridge_health_update"

    package var bridgeNodeID: NodeID
    package var bridgeHealth: BridgeHealth
    package var timestamp: Int64?

    package init(bridgeNodeID: NodeID, bridgeHealth: BridgeHealth, timestamp: Int64? = nil) {
        self.bridgeNodeID = bridgeNodeID
        self.bridgeHealth = bridgeHealth
        self.timestamp = timestamp
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        bridgeNodeID = try fields.required("bridgeNodeId")
        bridgeHealth = try fields.required("bridgeHealth")
        timestamp = fields.optional("timestamp")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("bridgeNodeId", bridgeNodeID)
        writer.member("bridgeHealth", bridgeHealth)
        writer.member("timestamp", ifPresent: timestamp)
    }
}

/// How a bridge is.
package struct BridgeHealth: WireObject {
    package var isHealthy: Bool?
    package var hasBootstrapped: Bool?
    /// DHT links open.
    package var connectedPeers: Int64?
    /// Nodes in the routing table.
    package var routingNodes: Int64?
    package var peakPeerCount: Int64?
    /// Milliseconds.
    package var uptime: Int64?

    package init(
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

    package init(reading fields: WireFields) throws(WireError.Reason) {
        isHealthy = fields.optional("isHealthy")
        hasBootstrapped = fields.optional("hasBootstrapped")
        connectedPeers = fields.optional("connectedPeers")
        routingNodes = fields.optional("routingNodes")
        peakPeerCount = fields.optional("peakPeerCount")
        uptime = fields.optional("uptime")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("isHealthy", ifPresent: isHealthy)
        writer.member("hasBootstrapped", ifPresent: hasBootstrapped)
        writer.member("connectedPeers", ifPresent: connectedPeers)
        writer.member("routingNodes", ifPresent: routingNodes)
        writer.member("peakPeerCount", ifPresent: peakPeerCount)
        writer.member("uptime", ifPresent: uptime)
    }
}

/// A bridge without peers asks whom we know (protocol.md 2.10).
package struct GetConnectedClients: WireMessage {
    package static let wireType: StaticString = "get_connected_clients"

    package var requestID: WireRequestID
    package var bridgeNodeID: NodeID
    /// `zero_peer_recovery`.
    package var reason: String?

    package init(requestID: WireRequestID, bridgeNodeID: NodeID, reason: String? = nil) {
        self.requestID = requestID
        self.bridgeNodeID = bridgeNodeID
        self.reason = reason
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = try fields.required("requestId")
        bridgeNodeID = try fields.required("bridgeNodeId")
        reason = fields.optional("reason")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", requestID)
        writer.member("bridgeNodeId", bridgeNodeID)
        writer.member("reason", ifPresent: reason)
    }
}

/// The answer to `GetConnectedClients`.
package struct ConnectedClientsResponse: WireMessage {
    package static let wireType: StaticString = "connected_clients_response"

    package var requestID: WireRequestID
    package var success: Bool
    package var clients: [PeerEntry]?
    package var totalConnected: Int64?
    package var error: String?
    package var timestamp: Int64?

    package init(
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

    package init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = try fields.required("requestId")
        success = try fields.required("success")
        clients = fields.optional("clients")
        totalConnected = fields.optional("totalConnected")
        error = fields.optional("error")
        timestamp = fields.optional("timestamp")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", requestID)
        writer.member("success", success)
        writer.member("clients", ifPresent: clients)
        writer.member("totalConnected", ifPresent: totalConnected)
        writer.member("error", ifPresent: error)
        writer.member("timestamp", ifPresent: timestamp)
    }
}
