package import Kademlia

/// The dialler's first message on a DHT link (protocol.md 4.1).
package struct DHTPeerHello: WireMessage {
    package static let wireType: StaticString = "dht_peer_hello"

    /// A claim: nothing proves it.
    package var peerID: NodeID
    /// Read it with `PeerMetadata`. Peers of the stateless era send only a `membershipToken`.
    package var metadata: RawJSON?

    package init(peerID: NodeID, metadata: RawJSON? = nil) {
        self.peerID = peerID
        self.metadata = metadata
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        peerID = try fields.required("peerId")
        metadata = fields.optionalObject("metadata")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("peerId", peerID)
        writer.member("metadata", orNull: metadata)
    }
}

/// The acceptor's first message, before anything else, or the dialler gives up.
package struct DHTPeerConnected: WireMessage {
    package static let wireType: StaticString = "dht_peer_connected"

    /// The acceptor's id, bridge or not.
    package var bridgeNodeID: NodeID
    package var success: Bool
    package var timestamp: Int64?
    package var metadata: RawJSON?

    package init(bridgeNodeID: NodeID, success: Bool = true, timestamp: Int64? = nil, metadata: RawJSON? = nil) {
        self.bridgeNodeID = bridgeNodeID
        self.success = success
        self.timestamp = timestamp
        self.metadata = metadata
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        bridgeNodeID = try fields.required("bridgeNodeId")
        success = fields.optional("success") ?? true
        timestamp = fields.optional("timestamp")
        metadata = fields.optionalObject("metadata")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("bridgeNodeId", bridgeNodeID)
        writer.member("success", success)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("metadata", orNull: metadata)
    }
}
