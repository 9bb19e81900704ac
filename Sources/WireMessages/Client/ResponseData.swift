package import Kademlia

/// What a `Response` carries, told apart by its fields, as `Response` itself does not say which request it answers.
package enum ResponseData: WireField {
    /// To `GetPeersOrGenesis`: it has `peers`.
    case join(JoinAnswer)
    /// To `SendInvitation`: it has `targetPeer`.
    case invitation(InvitationReceipt)
    /// Anything else, `{}` for instance.
    case other(RawJSON)

    package init?(json: JSONValue) {
        guard json.isObject else { return nil }
        if json["peers"] != nil, let answer = JoinAnswer(json: json) {
            self = .join(answer)
        } else if json["targetPeer"] != nil, let receipt = InvitationReceipt(json: json) {
            self = .invitation(receipt)
        } else if let raw = RawJSON(json: json) {
            self = .other(raw)
        } else {
            return nil
        }
    }

    package func write(to writer: inout JSONWriter) {
        switch self {
        case .join(let answer): answer.write(to: &writer)
        case .invitation(let receipt): receipt.write(to: &writer)
        case .other(let raw): raw.write(to: &writer)
        }
    }
}

/// The answer to `SendInvitation`.
package struct InvitationReceipt: WireObject {
    package var message: String?
    package var targetPeer: ClientID
    /// If present the client dials at once. Existing servers never send it.
    package var targetPeerMetadata: RawJSON?

    package init(message: String? = nil, targetPeer: ClientID, targetPeerMetadata: RawJSON? = nil) {
        self.message = message
        self.targetPeer = targetPeer
        self.targetPeerMetadata = targetPeerMetadata
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        message = fields.optional("message")
        targetPeer = try fields.required("targetPeer")
        targetPeerMetadata = fields.optionalObject("targetPeerMetadata")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("message", ifPresent: message)
        writer.member("targetPeer", targetPeer)
        writer.member("targetPeerMetadata", ifPresent: targetPeerMetadata)
    }
}

/// A peer, as lists on the client link have it.
package struct PeerEntry: WireObject {
    package var nodeID: ClientID
    package var metadata: RawJSON?

    package init(nodeID: ClientID, metadata: RawJSON? = nil) {
        self.nodeID = nodeID
        self.metadata = metadata
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        nodeID = try fields.required("nodeId")
        metadata = fields.optionalObject("metadata")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("nodeId", nodeID)
        writer.member("metadata", ifPresent: metadata)
    }
}

/// How a join went, for whoever measures. Ours; existing clients ignore it.
package struct JoinReceipt: WireObject {
    /// Id of the request to the bridge that was answered.
    package var requestID: WireRequestID?
    package var bridge: NodeID?
    /// How many bridges were asked.
    package var attempts: Int64
    /// Milliseconds before the first bridge was asked.
    package var queueMs: Int64
    /// Milliseconds from the client's request to the answer.
    package var totalMs: Int64

    package init(
        requestID: WireRequestID? = nil,
        bridge: NodeID? = nil,
        attempts: Int64,
        queueMs: Int64,
        totalMs: Int64
    ) {
        self.requestID = requestID
        self.bridge = bridge
        self.attempts = attempts
        self.queueMs = queueMs
        self.totalMs = totalMs
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = fields.optional("requestId")
        bridge = fields.optional("bridge")
        attempts = try fields.required("attempts")
        queueMs = try fields.required("queueMs")
        totalMs = try fields.required("totalMs")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", ifPresent: requestID)
        writer.member("bridge", ifPresent: bridge)
        writer.member("attempts", attempts)
        writer.member("queueMs", queueMs)
        writer.member("totalMs", totalMs)
    }
}
