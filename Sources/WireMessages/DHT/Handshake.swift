public import Kademlia

/// The dialler's first message on a DHT link (protocol.md 4.1).
public struct DHTPeerHello: WireMessage {
    public static let wireType: StaticString = "dht_peer_hello"

    /// A claim: nothing proves it.
    public var peerID: NodeID
    /// Read it with `PeerMetadata`. Peers of the stateless era send only a `membershipToken`.
    public var metadata: RawJSON?

    public init(peerID: NodeID, metadata: RawJSON? = nil) {
        self.peerID = peerID
        self.metadata = metadata
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        peerID = try fields.required("peerId")
        metadata = fields.optionalObject("metadata")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("peerId", peerID)
        writer.member("metadata", orNull: metadata)
    }
}

/// The acceptor's first message, before anything else, or the dialler gives up.
public struct DHTPeerConnected: WireMessage {
    public static let wireType: StaticString = "dht_peer_connected"

    /// The acceptor's id, bridge or not.
    public var bridgeNodeID: NodeID
    public var success: Bool
    public var timestamp: Int64?
    public var metadata: RawJSON?

    public init(bridgeNodeID: NodeID, success: Bool = true, timestamp: Int64? = nil, metadata: RawJSON? = nil) {
        self.bridgeNodeID = bridgeNodeID
        self.success = success
        self.timestamp = timestamp
        self.metadata = metadata
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        bridgeNodeID = try fields.required("bridgeNodeId")
        success = fields.optional("success") ?? true
        timestamp = fields.optional("timestamp")
        metadata = fields.optionalObject("metadata")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("bridgeNodeId", bridgeNodeID)
        writer.member("success", success)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("metadata", orNull: metadata)
    }
}
