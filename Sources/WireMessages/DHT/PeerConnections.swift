package import Kademlia

/// Asks a peer that cannot be dialled to dial back. To be forwarded to `targetPeer`.
package struct ConnectionRequest: WireMessage {
    package static let wireType: StaticString = "connection_request"

    package var senderPeer: NodeID
    package var targetPeer: NodeID
    package var connectionInfo: RawJSON?
    package var timestamp: Int64?
    package var from: NodeID?

    package init(
        senderPeer: NodeID,
        targetPeer: NodeID,
        connectionInfo: RawJSON? = nil,
        timestamp: Int64? = nil,
        from: NodeID? = nil
    ) {
        self.senderPeer = senderPeer
        self.targetPeer = targetPeer
        self.connectionInfo = connectionInfo
        self.timestamp = timestamp
        self.from = from
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        senderPeer = try fields.required("senderPeer")
        targetPeer = try fields.required("targetPeer")
        connectionInfo = fields.optionalObject("connectionInfo")
        timestamp = fields.optional("timestamp")
        from = fields.optional("from")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("senderPeer", senderPeer)
        writer.member("targetPeer", targetPeer)
        writer.member("connectionInfo", ifPresent: connectionInfo)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("from", ifPresent: from)
    }
}

/// The answer to `ConnectionRequest`, forwarded likewise.
package struct ConnectionResponse: WireMessage {
    package static let wireType: StaticString = "connection_response"

    package var senderPeer: NodeID
    package var targetPeer: NodeID
    package var success: Bool?
    package var error: String?
    package var nodeType: String?
    package var capabilities: [String]?
    package var timestamp: Int64?
    package var from: NodeID?

    package init(
        senderPeer: NodeID,
        targetPeer: NodeID,
        success: Bool? = nil,
        error: String? = nil,
        nodeType: String? = nil,
        capabilities: [String]? = nil,
        timestamp: Int64? = nil,
        from: NodeID? = nil
    ) {
        self.senderPeer = senderPeer
        self.targetPeer = targetPeer
        self.success = success
        self.error = error
        self.nodeType = nodeType
        self.capabilities = capabilities
        self.timestamp = timestamp
        self.from = from
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        senderPeer = try fields.required("senderPeer")
        targetPeer = try fields.required("targetPeer")
        success = fields.optional("success")
        error = fields.optional("error")
        nodeType = fields.optional("nodeType")
        capabilities = fields.optional("capabilities")
        timestamp = fields.optional("timestamp")
        from = fields.optional("from")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("senderPeer", senderPeer)
        writer.member("targetPeer", targetPeer)
        writer.member("success", ifPresent: success)
        writer.member("error", ifPresent: error)
        writer.member("nodeType", ifPresent: nodeType)
        writer.member("capabilities", ifPresent: capabilities)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("from", ifPresent: from)
    }
}

/// A browser's WebRTC offer, forwarded by peers of both (protocol.md 4.8).
package struct ConnectionOffer: WireMessage {
    package static let wireType: StaticString = "connection_offer"

    package var senderPeer: NodeID
    package var targetPeer: NodeID
    /// Passed on unchanged.
    package var offer: RawJSON
    /// Who forwarded it so far; dropped at four.
    package var hops: [NodeID]?
    package var timestamp: Int64?
    package var from: NodeID?

    package init(
        senderPeer: NodeID,
        targetPeer: NodeID,
        offer: RawJSON,
        hops: [NodeID]? = nil,
        timestamp: Int64? = nil,
        from: NodeID? = nil
    ) {
        self.senderPeer = senderPeer
        self.targetPeer = targetPeer
        self.offer = offer
        self.hops = hops
        self.timestamp = timestamp
        self.from = from
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        senderPeer = try fields.required("senderPeer")
        targetPeer = try fields.required("targetPeer")
        offer = try fields.required("offer")
        hops = fields.optional("hops")
        timestamp = fields.optional("timestamp")
        from = fields.optional("from")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("senderPeer", senderPeer)
        writer.member("targetPeer", targetPeer)
        writer.member("offer", offer)
        writer.member("hops", ifPresent: hops)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("from", ifPresent: from)
    }
}

/// A browser's WebRTC answer.
package struct ConnectionAnswer: WireMessage {
    package static let wireType: StaticString = "connection_answer"

    package var senderPeer: NodeID
    package var targetPeer: NodeID
    /// Passed on unchanged.
    package var answer: RawJSON
    /// Who forwarded it so far; dropped at four.
    package var hops: [NodeID]?
    package var timestamp: Int64?
    package var from: NodeID?

    package init(
        senderPeer: NodeID,
        targetPeer: NodeID,
        answer: RawJSON,
        hops: [NodeID]? = nil,
        timestamp: Int64? = nil,
        from: NodeID? = nil
    ) {
        self.senderPeer = senderPeer
        self.targetPeer = targetPeer
        self.answer = answer
        self.hops = hops
        self.timestamp = timestamp
        self.from = from
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        senderPeer = try fields.required("senderPeer")
        targetPeer = try fields.required("targetPeer")
        answer = try fields.required("answer")
        hops = fields.optional("hops")
        timestamp = fields.optional("timestamp")
        from = fields.optional("from")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("senderPeer", senderPeer)
        writer.member("targetPeer", targetPeer)
        writer.member("answer", answer)
        writer.member("hops", ifPresent: hops)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("from", ifPresent: from)
    }
}

/// A browser's ICE candidate.
package struct ConnectionCandidate: WireMessage {
    package static let wireType: StaticString = "connection_candidate"

    package var senderPeer: NodeID
    package var targetPeer: NodeID
    /// Passed on unchanged.
    package var candidate: RawJSON
    /// Who forwarded it so far; dropped at four.
    package var hops: [NodeID]?
    package var timestamp: Int64?
    package var from: NodeID?

    package init(
        senderPeer: NodeID,
        targetPeer: NodeID,
        candidate: RawJSON,
        hops: [NodeID]? = nil,
        timestamp: Int64? = nil,
        from: NodeID? = nil
    ) {
        self.senderPeer = senderPeer
        self.targetPeer = targetPeer
        self.candidate = candidate
        self.hops = hops
        self.timestamp = timestamp
        self.from = from
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        senderPeer = try fields.required("senderPeer")
        targetPeer = try fields.required("targetPeer")
        candidate = try fields.required("candidate")
        hops = fields.optional("hops")
        timestamp = fields.optional("timestamp")
        from = fields.optional("from")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("senderPeer", senderPeer)
        writer.member("targetPeer", targetPeer)
        writer.member("candidate", candidate)
        writer.member("hops", ifPresent: hops)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("from", ifPresent: from)
    }
}
