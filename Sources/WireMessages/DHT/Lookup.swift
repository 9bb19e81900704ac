public import Kademlia

/// Are you there? Answered by `DHTPong` (protocol.md 4.4).
public struct DHTPing: WireMessage {
    public static let wireType: StaticString = "ping"

    public var requestID: WireRequestID
    public var timestamp: Int64?
    public var nodeID: NodeID?
    public var from: NodeID?

    public init(requestID: WireRequestID, timestamp: Int64? = nil, nodeID: NodeID? = nil, from: NodeID? = nil) {
        self.requestID = requestID
        self.timestamp = timestamp
        self.nodeID = nodeID
        self.from = from
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = try fields.required("requestId")
        timestamp = fields.optional("timestamp")
        nodeID = fields.optional("nodeId")
        from = fields.optional("from")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", requestID)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("nodeId", ifPresent: nodeID)
        writer.member("from", ifPresent: from)
    }
}

/// The answer to `DHTPing`, possibly on another link of the same peer.
public struct DHTPong: WireMessage {
    public static let wireType: StaticString = "pong"

    public var requestID: WireRequestID
    public var timestamp: Int64?
    public var originalTimestamp: Int64?
    public var nodeID: NodeID?
    /// Bit 0: the browser's tab is visible. Never seen on WebSocket links.
    public var metaFlags: Int64?
    public var from: NodeID?

    public init(
        requestID: WireRequestID,
        timestamp: Int64? = nil,
        originalTimestamp: Int64? = nil,
        nodeID: NodeID? = nil,
        metaFlags: Int64? = nil,
        from: NodeID? = nil
    ) {
        self.requestID = requestID
        self.timestamp = timestamp
        self.originalTimestamp = originalTimestamp
        self.nodeID = nodeID
        self.metaFlags = metaFlags
        self.from = from
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = try fields.required("requestId")
        timestamp = fields.optional("timestamp")
        originalTimestamp = fields.optional("originalTimestamp")
        nodeID = fields.optional("nodeId")
        metaFlags = fields.optional("metaFlags")
        from = fields.optional("from")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", requestID)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("originalTimestamp", ifPresent: originalTimestamp)
        writer.member("nodeId", ifPresent: nodeID)
        writer.member("metaFlags", ifPresent: metaFlags)
        writer.member("from", ifPresent: from)
    }
}

/// Asks for the nodes closest to `target` (protocol.md 4.5). Without `nodeID` it is a discovery request.
public struct FindNode: WireMessage {
    public static let wireType: StaticString = "find_node"

    public var requestID: WireRequestID
    public var target: NodeID
    public var nodeID: NodeID?
    public var from: NodeID?
    public var timestamp: Int64?

    public init(
        requestID: WireRequestID,
        target: NodeID,
        nodeID: NodeID? = nil,
        from: NodeID? = nil,
        timestamp: Int64? = nil
    ) {
        self.requestID = requestID
        self.target = target
        self.nodeID = nodeID
        self.from = from
        self.timestamp = timestamp
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = try fields.required("requestId")
        target = try fields.required("target")
        nodeID = fields.optional("nodeId")
        from = fields.optional("from")
        timestamp = fields.optional("timestamp")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", requestID)
        writer.member("target", target)
        writer.member("nodeId", ifPresent: nodeID)
        writer.member("from", ifPresent: from)
        writer.member("timestamp", ifPresent: timestamp)
    }
}

/// The answer to `FindNode`, and to `FindNode` inside an overlay message.
public struct FindNodeResponse: WireMessage {
    public static let wireType: StaticString = "find_node_response"

    public var requestID: WireRequestID
    public var nodes: [CompactNode]
    public var from: NodeID?
    public var timestamp: Int64?

    public init(requestID: WireRequestID, nodes: [CompactNode] = [], from: NodeID? = nil, timestamp: Int64? = nil) {
        self.requestID = requestID
        self.nodes = nodes
        self.from = from
        self.timestamp = timestamp
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = try fields.required("requestId")
        nodes = fields.optional("nodes") ?? []
        from = fields.optional("from")
        timestamp = fields.optional("timestamp")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", requestID)
        writer.member("nodes", nodes)
        writer.member("from", ifPresent: from)
        writer.member("timestamp", ifPresent: timestamp)
    }
}

/// What one node tells of another (protocol.md 4.5).
public struct CompactNode: WireObject {
    public var id: NodeID
    /// Not an address: null, or the id again.
    public var endpoint: String?
    /// Milliseconds since the Unix epoch, by the sender's clock.
    public var lastSeen: Int64?
    /// Always empty; the real ones are in `metadata`.
    public var capabilities: [String]
    public var metadata: RawJSON?

    public init(
        id: NodeID,
        endpoint: String? = nil,
        lastSeen: Int64? = nil,
        capabilities: [String] = [],
        metadata: RawJSON? = nil
    ) {
        self.id = id
        self.endpoint = endpoint
        self.lastSeen = lastSeen
        self.capabilities = capabilities
        self.metadata = metadata
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        id = try fields.required("id")
        endpoint = fields.optional("endpoint")
        lastSeen = fields.optional("lastSeen")
        capabilities = fields.optional("capabilities") ?? []
        metadata = fields.optionalObject("metadata")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("id", id)
        writer.member("endpoint", orNull: endpoint)
        writer.member("lastSeen", ifPresent: lastSeen)
        writer.member("capabilities", capabilities)
        writer.member("metadata", ifPresent: metadata)
    }
}
