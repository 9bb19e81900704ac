/// A client asks for a way into the DHT (protocol.md 2.6). Answered by `Response` with `ResponseData.join`.
package struct GetPeersOrGenesis: WireMessage {
    package static let wireType: StaticString = "get_peers_or_genesis"

    /// Usually 20; recovering bridges send an object. Use `listLimit` and `isBridgeRecovery`.
    package var maxPeers: RawJSON?
    package var nodeID: ClientID
    /// As in `Register`.
    package var metadata: RawJSON?
    package var requestID: WireRequestID

    package init(maxPeers: RawJSON? = nil, nodeID: ClientID, metadata: RawJSON? = nil, requestID: WireRequestID) {
        self.maxPeers = maxPeers
        self.nodeID = nodeID
        self.metadata = metadata
        self.requestID = requestID
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        maxPeers = fields.optional("maxPeers")
        nodeID = try fields.required("nodeId")
        metadata = fields.optionalObject("metadata")
        requestID = try fields.required("requestId")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("maxPeers", ifPresent: maxPeers)
        writer.member("nodeId", nodeID)
        writer.member("metadata", ifPresent: metadata)
        writer.member("requestId", requestID)
    }
}

extension GetPeersOrGenesis {
    /// How many peers an answer may list.
    package var listLimit: Int { Self.limit(maxPeers) }

    /// A positive number up to 20, else 20: existing senders put other things there too (protocol.md 0.5).
    fileprivate static func limit(_ maxPeers: RawJSON?) -> Int {
        guard let number = maxPeers.flatMap({ $0.withValue { $0.int64 } ?? nil }), number > 0 else {
            return WireLimits.peers
        }
        return Int(min(number, Int64(WireLimits.peers)))
    }

    /// True if a bridge that has lost all its peers asks. Current bridges say so in the wrong place (protocol.md 0.5).
    package var isBridgeRecovery: Bool { maxPeers?.isObject ?? false }
}

/// The answer to any request on the client link (protocol.md 2.6, 2.7, 2.8).
package struct Response: WireMessage {
    package static let wireType: StaticString = "response"

    package var requestID: WireRequestID
    package var success: Bool
    package var data: ResponseData?
    /// What went wrong, for people.
    package var error: String?
    /// What went wrong, for programs. Ours; existing senders have none.
    package var code: String?
    /// When to ask again. Ours.
    package var retryAfterMs: Int64?

    package init(
        requestID: WireRequestID,
        success: Bool,
        data: ResponseData? = nil,
        error: String? = nil,
        code: String? = nil,
        retryAfterMs: Int64? = nil
    ) {
        self.requestID = requestID
        self.success = success
        self.data = data
        self.error = error
        self.code = code
        self.retryAfterMs = retryAfterMs
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = try fields.required("requestId")
        success = try fields.required("success")
        data = fields.optional("data")
        error = fields.optional("error")
        code = fields.optional("code")
        retryAfterMs = fields.optional("retryAfterMs")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", requestID)
        writer.member("success", success)
        writer.member("data", ifPresent: data)
        writer.member("error", ifPresent: error)
        writer.member("code", ifPresent: code)
        writer.member("retryAfterMs", ifPresent: retryAfterMs)
    }
}

extension Response {
    package static func success(_ requestID: WireRequestID, _ data: ResponseData? = nil) -> Response {
        Response(requestID: requestID, success: true, data: data)
    }

    /// Variant L of protocol.md 2.6.3, and the answer to any other request that failed.
    package static func failure(
        _ requestID: WireRequestID,
        error: String,
        code: String? = nil,
        retryAfterMs: Int64? = nil
    ) -> Response {
        Response(requestID: requestID, success: false, error: error, code: code, retryAfterMs: retryAfterMs)
    }
}

/// A client asks for peers. Existing servers have no answer (protocol.md 2.8).
package struct GetPeers: WireMessage {
    package static let wireType: StaticString = "get_peers"

    package var requestID: WireRequestID
    package var nodeID: ClientID?
    package var maxPeers: RawJSON?

    package init(requestID: WireRequestID, nodeID: ClientID? = nil, maxPeers: RawJSON? = nil) {
        self.requestID = requestID
        self.nodeID = nodeID
        self.maxPeers = maxPeers
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = try fields.required("requestId")
        nodeID = fields.optional("nodeId")
        maxPeers = fields.optional("maxPeers")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", requestID)
        writer.member("nodeId", ifPresent: nodeID)
        writer.member("maxPeers", ifPresent: maxPeers)
    }
}

extension GetPeers {
    /// How many peers an answer may list.
    package var listLimit: Int { GetPeersOrGenesis.limit(maxPeers) }
}

/// A client asks whether a peer is online. Existing servers have no answer (protocol.md 2.8).
package struct LookupPeer: WireMessage {
    package static let wireType: StaticString = "lookup_peer"

    package var requestID: WireRequestID
    package var targetPeerID: ClientID?
    package var nodeID: ClientID?

    package init(requestID: WireRequestID, targetPeerID: ClientID? = nil, nodeID: ClientID? = nil) {
        self.requestID = requestID
        self.targetPeerID = targetPeerID
        self.nodeID = nodeID
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = try fields.required("requestId")
        targetPeerID = fields.optional("targetPeerId")
        nodeID = fields.optional("nodeId")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", requestID)
        writer.member("targetPeerId", ifPresent: targetPeerID)
        writer.member("nodeId", ifPresent: nodeID)
    }
}

/// A client wants to hear of a peer when it comes. Existing servers have no answer (protocol.md 2.8).
package struct WaitForPeer: WireMessage {
    package static let wireType: StaticString = "wait_for_peer"

    package var requestID: WireRequestID
    package var targetPeerID: ClientID?
    package var nodeID: ClientID?

    package init(requestID: WireRequestID, targetPeerID: ClientID? = nil, nodeID: ClientID? = nil) {
        self.requestID = requestID
        self.targetPeerID = targetPeerID
        self.nodeID = nodeID
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = try fields.required("requestId")
        targetPeerID = fields.optional("targetPeerId")
        nodeID = fields.optional("nodeId")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", requestID)
        writer.member("targetPeerId", ifPresent: targetPeerID)
        writer.member("nodeId", ifPresent: nodeID)
    }
}

/// Tells a client to stop waiting and poll (protocol.md 2.9). Clients understand it, existing servers never send it.
package struct OnboardingFailed: WireMessage {
    package static let wireType: StaticString = "onboarding_failed"

    package var error: String?

    package init(error: String? = nil) {
        self.error = error
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        error = fields.optional("error")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("error", ifPresent: error)
    }
}
