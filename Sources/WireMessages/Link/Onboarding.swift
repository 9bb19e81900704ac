public import Kademlia

/// Asks a bridge who can help a newcomer (protocol.md 3.4). Answered by `OnboardingPeerResponse`.
public struct GetOnboardingPeer: WireMessage {
    public static let wireType: StaticString = "get_onboarding_peer"

    public var requestID: WireRequestID
    public var newNodeID: NodeID
    /// The newcomer's `metadata`, passed on to the helper unchanged.
    public var newNodeMetadata: RawJSON?
    /// How long the sender will wait, in ms from now. Ours.
    public var deadlineMs: Int64?

    public init(
        requestID: WireRequestID,
        newNodeID: NodeID,
        newNodeMetadata: RawJSON? = nil,
        deadlineMs: Int64? = nil
    ) {
        self.requestID = requestID
        self.newNodeID = newNodeID
        self.newNodeMetadata = newNodeMetadata
        self.deadlineMs = deadlineMs
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = try fields.required("requestId")
        newNodeID = try fields.required("newNodeId")
        newNodeMetadata = fields.optionalObject("newNodeMetadata")
        deadlineMs = fields.optional("deadlineMs")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", requestID)
        writer.member("newNodeId", newNodeID)
        writer.member("newNodeMetadata", ifPresent: newNodeMetadata)
        writer.member("deadlineMs", ifPresent: deadlineMs)
    }
}

/// Nobody waits for the answer to this request any more. Ours: only where both ends announced `LinkFeatures.cancel`. It has
/// no answer, and none may follow to the request, unless that was under way.
public struct CancelOnboardingPeer: WireMessage {
    public static let wireType: StaticString = "cancel_onboarding_peer"

    public var requestID: WireRequestID

    public init(requestID: WireRequestID) {
        self.requestID = requestID
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = try fields.required("requestId")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", requestID)
    }
}

/// A bridge's answer (protocol.md 3.4). Accept it only from the bridge that was asked, on any of its links (3.5).
public struct OnboardingPeerResponse: WireMessage {
    public static let wireType: StaticString = "onboarding_peer_response"

    public var requestID: WireRequestID
    public var success: Bool
    public var data: OnboardingData?
    public var error: String?
    /// What went wrong, for programs. Ours.
    public var code: String?
    /// Ours.
    public var retryAfterMs: Int64?
    /// Requests waiting at the bridge. Ours.
    public var queueDepth: Int64?
    public var timestamp: Int64?
    /// The bridge; only on a dial link.
    public var from: NodeID?

    public init(
        requestID: WireRequestID,
        success: Bool,
        data: OnboardingData? = nil,
        error: String? = nil,
        code: String? = nil,
        retryAfterMs: Int64? = nil,
        queueDepth: Int64? = nil,
        timestamp: Int64? = nil,
        from: NodeID? = nil
    ) {
        self.requestID = requestID
        self.success = success
        self.data = data
        self.error = error
        self.code = code
        self.retryAfterMs = retryAfterMs
        self.queueDepth = queueDepth
        self.timestamp = timestamp
        self.from = from
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = try fields.required("requestId")
        success = try fields.required("success")
        data = fields.optional("data")
        error = fields.optional("error")
        code = fields.optional("code")
        retryAfterMs = fields.optional("retryAfterMs")
        queueDepth = fields.optional("queueDepth")
        timestamp = fields.optional("timestamp")
        from = fields.optional("from")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", requestID)
        writer.member("success", success)
        writer.member("data", orNull: data)
        writer.member("error", orNull: error)
        writer.member("code", ifPresent: code)
        writer.member("retryAfterMs", ifPresent: retryAfterMs)
        writer.member("queueDepth", ifPresent: queueDepth)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("from", ifPresent: from)
    }
}

/// Who helps the newcomer.
public struct OnboardingAnswer: WireObject {
    public var inviterPeerID: NodeID
    public var inviterMetadata: RawJSON?
    /// Issued by the bridge, for the newcomer.
    public var membershipToken: RawJSON?
    public var status: String?
    public var message: String?

    public init(
        inviterPeerID: NodeID,
        inviterMetadata: RawJSON? = nil,
        membershipToken: RawJSON? = nil,
        status: String? = nil,
        message: String? = nil
    ) {
        self.inviterPeerID = inviterPeerID
        self.inviterMetadata = inviterMetadata
        self.membershipToken = membershipToken
        self.status = status
        self.message = message
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        inviterPeerID = try fields.required("inviterPeerId")
        inviterMetadata = fields.optionalObject("inviterMetadata")
        membershipToken = fields.optionalObject("membershipToken")
        status = fields.optional("status")
        message = fields.optional("message")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("inviterPeerId", inviterPeerID)
        writer.member("inviterMetadata", ifPresent: inviterMetadata)
        writer.member("membershipToken", ifPresent: membershipToken)
        writer.member("status", ifPresent: status)
        writer.member("message", ifPresent: message)
    }
}

extension OnboardingAnswer {
    /// The `status` that existing bridges send.
    public static let invitationRequested = "invitation_request_sent_to_helper"
}

/// What a bridge that found no helper knows instead (current era).
public struct EmergencyState: WireObject {
    public var emergencyMode: Bool
    public var reason: String?
    public var networkState: NetworkState

    public init(emergencyMode: Bool = true, reason: String? = nil, networkState: NetworkState) {
        self.emergencyMode = emergencyMode
        self.reason = reason
        self.networkState = networkState
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        emergencyMode = fields.optional("emergencyMode") ?? true
        reason = fields.optional("reason")
        networkState = try fields.required("networkState")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("emergencyMode", emergencyMode)
        writer.member("reason", ifPresent: reason)
        writer.member("networkState", networkState)
    }
}

/// A bridge's view of the DHT.
public struct NetworkState: WireObject {
    /// DHT links open.
    public var connectedPeerCount: Int64?
    public var routingTableSize: Int64?
    public var availablePeers: [AvailablePeer]
    public var bridgeNodeID: NodeID?
    public var timestamp: Int64?

    public init(
        connectedPeerCount: Int64? = nil,
        routingTableSize: Int64? = nil,
        availablePeers: [AvailablePeer] = [],
        bridgeNodeID: NodeID? = nil,
        timestamp: Int64? = nil
    ) {
        self.connectedPeerCount = connectedPeerCount
        self.routingTableSize = routingTableSize
        self.availablePeers = availablePeers
        self.bridgeNodeID = bridgeNodeID
        self.timestamp = timestamp
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        connectedPeerCount = fields.optional("connectedPeerCount")
        routingTableSize = fields.optional("routingTableSize")
        availablePeers = fields.optional("availablePeers") ?? []
        bridgeNodeID = fields.optional("bridgeNodeId")
        timestamp = fields.optional("timestamp")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("connectedPeerCount", ifPresent: connectedPeerCount)
        writer.member("routingTableSize", ifPresent: routingTableSize)
        writer.member("availablePeers", availablePeers)
        writer.member("bridgeNodeId", ifPresent: bridgeNodeID)
        writer.member("timestamp", ifPresent: timestamp)
    }
}

/// A peer linked to the bridge.
public struct AvailablePeer: WireObject {
    public var nodeID: NodeID
    public var metadata: RawJSON?
    public var connected: Bool

    public init(nodeID: NodeID, metadata: RawJSON? = nil, connected: Bool = true) {
        self.nodeID = nodeID
        self.metadata = metadata
        self.connected = connected
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        nodeID = try fields.required("nodeId")
        metadata = fields.optionalObject("metadata")
        connected = fields.optional("connected") ?? true
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("nodeId", nodeID)
        writer.member("metadata", ifPresent: metadata)
        writer.member("connected", connected)
    }
}
