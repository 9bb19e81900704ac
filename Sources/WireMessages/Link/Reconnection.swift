public import Kademlia

/// Asks a bridge whether a peer that was a member before may come back (protocol.md 3.6). Answered by `ReconnectionResult`. On
/// its client link it ends an existing current bridge's process.
public struct ValidateReconnection: WireMessage {
    public static let wireType: StaticString = "validate_reconnection"

    public var nodeID: NodeID
    /// Whatever the peer shows; absent when it shows none.
    public var membershipToken: RawJSON?
    public var requestID: WireRequestID
    public var timestamp: Int64?

    public init(
        nodeID: NodeID,
        membershipToken: RawJSON? = nil,
        requestID: WireRequestID,
        timestamp: Int64? = nil
    ) {
        self.nodeID = nodeID
        self.membershipToken = membershipToken
        self.requestID = requestID
        self.timestamp = timestamp
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        nodeID = try fields.required("nodeId")
        membershipToken = fields.optionalObject("membershipToken")
        requestID = try fields.required("requestId")
        timestamp = fields.optional("timestamp")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("nodeId", nodeID)
        writer.member("membershipToken", ifPresent: membershipToken)
        writer.member("requestId", requestID)
        writer.member("timestamp", ifPresent: timestamp)
    }
}

/// The answer to `ValidateReconnection`. What follows `from` is there on success only.
public struct ReconnectionResult: WireMessage {
    public static let wireType: StaticString = "reconnection_result"

    public var nodeID: NodeID
    public var requestID: WireRequestID
    public var success: Bool
    public var reason: String?
    public var timestamp: Int64?
    public var from: NodeID?
    /// SHA-256 over a summary of what the bridge sees, 64 hex digits. Informational.
    public var networkFingerprint: String?
    public var activePeerCount: Int64?
    public var validAnnouncementCount: Int64?
    /// A connected peer that was heard lately.
    public var selectedActiveMember: NodeID?

    public init(
        nodeID: NodeID,
        requestID: WireRequestID,
        success: Bool,
        reason: String? = nil,
        timestamp: Int64? = nil,
        from: NodeID? = nil,
        networkFingerprint: String? = nil,
        activePeerCount: Int64? = nil,
        validAnnouncementCount: Int64? = nil,
        selectedActiveMember: NodeID? = nil
    ) {
        self.nodeID = nodeID
        self.requestID = requestID
        self.success = success
        self.reason = reason
        self.timestamp = timestamp
        self.from = from
        self.networkFingerprint = networkFingerprint
        self.activePeerCount = activePeerCount
        self.validAnnouncementCount = validAnnouncementCount
        self.selectedActiveMember = selectedActiveMember
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        nodeID = try fields.required("nodeId")
        requestID = try fields.required("requestId")
        success = try fields.required("success")
        reason = fields.optional("reason")
        timestamp = fields.optional("timestamp")
        from = fields.optional("from")
        networkFingerprint = fields.optional("networkFingerprint")
        activePeerCount = fields.optional("activePeerCount")
        validAnnouncementCount = fields.optional("validAnnouncementCount")
        selectedActiveMember = fields.optional("selectedActiveMember")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("nodeId", nodeID)
        writer.member("requestId", requestID)
        writer.member("success", success)
        writer.member("reason", ifPresent: reason)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("from", ifPresent: from)
        writer.member("networkFingerprint", ifPresent: networkFingerprint)
        writer.member("activePeerCount", ifPresent: activePeerCount)
        writer.member("validAnnouncementCount", ifPresent: validAnnouncementCount)
        writer.member("selectedActiveMember", ifPresent: selectedActiveMember)
    }
}

/// Asks a bridge to connect the first peer of a network (protocol.md 3.6). Answered by `GenesisConnectionResult`. The same
/// danger as with `ValidateReconnection`.
public struct ConnectGenesisPeer: WireMessage {
    public static let wireType: StaticString = "connect_genesis_peer"

    public var nodeID: NodeID
    public var metadata: RawJSON?
    public var requestID: WireRequestID

    public init(nodeID: NodeID, metadata: RawJSON? = nil, requestID: WireRequestID) {
        self.nodeID = nodeID
        self.metadata = metadata
        self.requestID = requestID
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        nodeID = try fields.required("nodeId")
        metadata = fields.optionalObject("metadata")
        requestID = try fields.required("requestId")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("nodeId", nodeID)
        writer.member("metadata", ifPresent: metadata)
        writer.member("requestId", requestID)
    }
}

/// The answer to `ConnectGenesisPeer`. What follows `from` is there on success only.
public struct GenesisConnectionResult: WireMessage {
    public static let wireType: StaticString = "genesis_connection_result"

    public var nodeID: NodeID
    public var requestID: WireRequestID
    public var success: Bool
    public var reason: String?
    public var timestamp: Int64?
    public var from: NodeID?
    public var bridgeNodeID: NodeID?
    public var membershipToken: RawJSON?
    public var networkFingerprint: String?
    public var message: String?

    public init(
        nodeID: NodeID,
        requestID: WireRequestID,
        success: Bool,
        reason: String? = nil,
        timestamp: Int64? = nil,
        from: NodeID? = nil,
        bridgeNodeID: NodeID? = nil,
        membershipToken: RawJSON? = nil,
        networkFingerprint: String? = nil,
        message: String? = nil
    ) {
        self.nodeID = nodeID
        self.requestID = requestID
        self.success = success
        self.reason = reason
        self.timestamp = timestamp
        self.from = from
        self.bridgeNodeID = bridgeNodeID
        self.membershipToken = membershipToken
        self.networkFingerprint = networkFingerprint
        self.message = message
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        nodeID = try fields.required("nodeId")
        requestID = try fields.required("requestId")
        success = try fields.required("success")
        reason = fields.optional("reason")
        timestamp = fields.optional("timestamp")
        from = fields.optional("from")
        bridgeNodeID = fields.optional("bridgeNodeId")
        membershipToken = fields.optionalObject("membershipToken")
        networkFingerprint = fields.optional("networkFingerprint")
        message = fields.optional("message")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("nodeId", nodeID)
        writer.member("requestId", requestID)
        writer.member("success", success)
        writer.member("reason", ifPresent: reason)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("from", ifPresent: from)
        writer.member("bridgeNodeId", ifPresent: bridgeNodeID)
        writer.member("membershipToken", ifPresent: membershipToken)
        writer.member("networkFingerprint", ifPresent: networkFingerprint)
        writer.member("message", ifPresent: message)
    }
}
