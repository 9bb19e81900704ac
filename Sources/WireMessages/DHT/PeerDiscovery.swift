package import Kademlia

/// Who are you, and would you connect? Whoever receives it answers for itself.
package struct PeerDiscoveryRequest: WireMessage {
    package static let wireType: StaticString = "peer_discovery_request"

    package var requestID: WireRequestID
    package var senderPeer: NodeID
    package var targetPeer: NodeID?
    package var timestamp: Int64?
    package var from: NodeID?

    package init(
        requestID: WireRequestID,
        senderPeer: NodeID,
        targetPeer: NodeID? = nil,
        timestamp: Int64? = nil,
        from: NodeID? = nil
    ) {
        self.requestID = requestID
        self.senderPeer = senderPeer
        self.targetPeer = targetPeer
        self.timestamp = timestamp
        self.from = from
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = try fields.required("requestId")
        senderPeer = try fields.required("senderPeer")
        targetPeer = fields.optional("targetPeer")
        timestamp = fields.optional("timestamp")
        from = fields.optional("from")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", requestID)
        writer.member("senderPeer", senderPeer)
        writer.member("targetPeer", ifPresent: targetPeer)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("from", ifPresent: from)
    }
}

/// The answer to `PeerDiscoveryRequest`.
package struct PeerDiscoveryResponse: WireMessage {
    package static let wireType: StaticString = "peer_discovery_response"

    package var requestID: WireRequestID
    /// Who answers.
    package var senderPeer: NodeID
    /// Who asked.
    package var targetPeer: NodeID?
    /// False if linked already.
    package var willing: Bool
    package var timestamp: Int64?
    package var from: NodeID?

    package init(
        requestID: WireRequestID,
        senderPeer: NodeID,
        targetPeer: NodeID? = nil,
        willing: Bool,
        timestamp: Int64? = nil,
        from: NodeID? = nil
    ) {
        self.requestID = requestID
        self.senderPeer = senderPeer
        self.targetPeer = targetPeer
        self.willing = willing
        self.timestamp = timestamp
        self.from = from
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = try fields.required("requestId")
        senderPeer = try fields.required("senderPeer")
        targetPeer = fields.optional("targetPeer")
        willing = try fields.required("willing")
        timestamp = fields.optional("timestamp")
        from = fields.optional("from")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", requestID)
        writer.member("senderPeer", senderPeer)
        writer.member("targetPeer", ifPresent: targetPeer)
        writer.member("willing", willing)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("from", ifPresent: from)
    }
}
