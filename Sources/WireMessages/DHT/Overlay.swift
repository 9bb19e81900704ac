public import Kademlia

/// A message for a node that the sender has no link to (protocol.md 4.8). Existing nodes never forward it.
public struct OverlayRoutedMessage: WireMessage {
    public static let wireType: StaticString = "overlay_routed_message"

    public var messageID: WireRequestID
    public var source: NodeID
    public var destination: NodeID
    public var route: [NodeID]
    /// A `routed_dht_request` or its response.
    public var payload: RawJSON
    public var ttl: Int64?
    public var timestamp: Int64?
    public var from: NodeID?

    public init(
        messageID: WireRequestID,
        source: NodeID,
        destination: NodeID,
        route: [NodeID] = [],
        payload: RawJSON,
        ttl: Int64? = nil,
        timestamp: Int64? = nil,
        from: NodeID? = nil
    ) {
        self.messageID = messageID
        self.source = source
        self.destination = destination
        self.route = route
        self.payload = payload
        self.ttl = ttl
        self.timestamp = timestamp
        self.from = from
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        messageID = try fields.required("messageId")
        source = try fields.required("source")
        destination = try fields.required("destination")
        route = fields.optional("route") ?? []
        payload = try fields.required("payload")
        ttl = fields.optional("ttl")
        timestamp = fields.optional("timestamp")
        from = fields.optional("from")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("messageId", messageID)
        writer.member("source", source)
        writer.member("destination", destination)
        writer.member("route", route)
        writer.member("payload", payload)
        writer.member("ttl", ifPresent: ttl)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("from", ifPresent: from)
    }
}
