public import Kademlia

/// Keep a value (protocol.md 4.6). A bridge refuses.
public struct Store: WireMessage {
    public static let wireType: StaticString = "store"

    public var requestID: WireRequestID
    public var key: String
    public var value: RawJSON
    public var nodeID: NodeID?
    public var from: NodeID?
    public var timestamp: Int64?

    public init(
        requestID: WireRequestID,
        key: String,
        value: RawJSON,
        nodeID: NodeID? = nil,
        from: NodeID? = nil,
        timestamp: Int64? = nil
    ) {
        self.requestID = requestID
        self.key = key
        self.value = value
        self.nodeID = nodeID
        self.from = from
        self.timestamp = timestamp
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = try fields.required("requestId")
        key = try fields.required("key")
        value = try fields.requiredValue("value")
        nodeID = fields.optional("nodeId")
        from = fields.optional("from")
        timestamp = fields.optional("timestamp")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", requestID)
        writer.member("key", key)
        writer.member("value", value)
        writer.member("nodeId", ifPresent: nodeID)
        writer.member("from", ifPresent: from)
        writer.member("timestamp", ifPresent: timestamp)
    }
}

/// The answer to `Store`. Senders count a refusal as success.
public struct StoreResponse: WireMessage {
    public static let wireType: StaticString = "store_response"

    public var requestID: WireRequestID
    public var success: Bool
    public var error: String?
    public var from: NodeID?
    public var timestamp: Int64?

    public init(
        requestID: WireRequestID,
        success: Bool,
        error: String? = nil,
        from: NodeID? = nil,
        timestamp: Int64? = nil
    ) {
        self.requestID = requestID
        self.success = success
        self.error = error
        self.from = from
        self.timestamp = timestamp
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = try fields.required("requestId")
        success = try fields.required("success")
        error = fields.optional("error")
        from = fields.optional("from")
        timestamp = fields.optional("timestamp")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", requestID)
        writer.member("success", success)
        writer.member("error", ifPresent: error)
        writer.member("from", ifPresent: from)
        writer.member("timestamp", ifPresent: timestamp)
    }
}

/// Asks for a value, or for nodes closer to it.
public struct FindValue: WireMessage {
    public static let wireType: StaticString = "find_value"

    public var requestID: WireRequestID
    public var key: String
    public var nodeID: NodeID?
    public var from: NodeID?
    public var timestamp: Int64?

    public init(
        requestID: WireRequestID,
        key: String,
        nodeID: NodeID? = nil,
        from: NodeID? = nil,
        timestamp: Int64? = nil
    ) {
        self.requestID = requestID
        self.key = key
        self.nodeID = nodeID
        self.from = from
        self.timestamp = timestamp
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = try fields.required("requestId")
        key = try fields.required("key")
        nodeID = fields.optional("nodeId")
        from = fields.optional("from")
        timestamp = fields.optional("timestamp")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", requestID)
        writer.member("key", key)
        writer.member("nodeId", ifPresent: nodeID)
        writer.member("from", ifPresent: from)
        writer.member("timestamp", ifPresent: timestamp)
    }
}

/// The answer to `FindValue`: the value, or nodes.
public struct FindValueResponse: WireMessage {
    public static let wireType: StaticString = "find_value_response"

    public var requestID: WireRequestID
    public var found: Bool
    public var value: RawJSON?
    public var nodes: [CompactNode]?
    public var from: NodeID?
    public var timestamp: Int64?

    public init(
        requestID: WireRequestID,
        found: Bool,
        value: RawJSON? = nil,
        nodes: [CompactNode]? = nil,
        from: NodeID? = nil,
        timestamp: Int64? = nil
    ) {
        self.requestID = requestID
        self.found = found
        self.value = value
        self.nodes = nodes
        self.from = from
        self.timestamp = timestamp
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = try fields.required("requestId")
        found = try fields.required("found")
        value = fields.optional("value")
        nodes = fields.optional("nodes")
        from = fields.optional("from")
        timestamp = fields.optional("timestamp")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", requestID)
        writer.member("found", found)
        writer.member("value", ifPresent: value)
        writer.member("nodes", ifPresent: nodes)
        writer.member("from", ifPresent: from)
        writer.member("timestamp", ifPresent: timestamp)
    }
}
