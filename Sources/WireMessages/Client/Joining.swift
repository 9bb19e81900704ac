/// A client asks for a way into the DHT (protocol.md 2.6). Answered by `Response` with `ResponseData.join`.
public struct GetPeersOrGenesis: WireMessage {
    public static let wireType: StaticString = "get_peers_or_genesis"

    /// Usually 20; recovering bridges send an object. Use `listLimit` and `isBridgeRecovery`.
    public var maxPeers: RawJSON?
    public var nodeID: ClientID
    /// As in `Register`.
    public var metadata: RawJSON?
    public var requestID: WireRequestID

    public init(maxPeers: RawJSON? = nil, nodeID: ClientID, metadata: RawJSON? = nil, requestID: WireRequestID) {
        self.maxPeers = maxPeers
        self.nodeID = nodeID
        self.metadata = metadata
        self.requestID = requestID
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        maxPeers = fields.optional("maxPeers")
        nodeID = try fields.required("nodeId")
        metadata = fields.optionalObject("metadata")
        requestID = try fields.required("requestId")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("maxPeers", ifPresent: maxPeers)
        writer.member("nodeId", nodeID)
        writer.member("metadata", ifPresent: metadata)
        writer.member("requestId", requestID)
    }
}

extension GetPeersOrGenesis {
    /// How many peers an answer may list.
    public var listLimit: Int { Self.limit(maxPeers) }

    /// A positive number up to 20, else 20: existing senders put other things there too (protocol.md 0.5).
    fileprivate static func limit(_ maxPeers: RawJSON?) -> Int {
        guard let number = maxPeers.flatMap({ $0.withValue { $0.int64 } ?? nil }), number > 0 else {
            return WireLimits.peers
        }
        return Int(min(number, Int64(WireLimits.peers)))
    }

    /// True if a bridge that has lost all its peers asks. Current bridges say so in the wrong place (protocol.md 0.5).
    public var isBridgeRecovery: Bool { maxPeers?.isObject ?? false }
}

/// The answer to any request on the client link (protocol.md 2.6, 2.7, 2.8).
public struct Response: WireMessage {
    public static let wireType: StaticString = "response"

    public var requestID: WireRequestID
    public var success: Bool
    public var data: ResponseData?
    /// What went wrong, for people.
    public var error: String?
    /// What went wrong, for programs. Ours; existing senders have none.
    public var code: String?
    /// When to ask again. Ours.
    public var retryAfterMs: Int64?
    /// Of a question to the bridges that failed. Ours; one that did not has it in its `data`.
    public var receipt: JoinReceipt?

    public init(
        requestID: WireRequestID,
        success: Bool,
        data: ResponseData? = nil,
        error: String? = nil,
        code: String? = nil,
        retryAfterMs: Int64? = nil,
        receipt: JoinReceipt? = nil
    ) {
        self.requestID = requestID
        self.success = success
        self.data = data
        self.error = error
        self.code = code
        self.retryAfterMs = retryAfterMs
        self.receipt = receipt
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = try fields.required("requestId")
        success = try fields.required("success")
        data = fields.optional("data")
        error = fields.optional("error")
        code = fields.optional("code")
        retryAfterMs = fields.optional("retryAfterMs")
        receipt = fields.optional("receipt")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", requestID)
        writer.member("success", success)
        writer.member("data", ifPresent: data)
        writer.member("error", ifPresent: error)
        writer.member("code", ifPresent: code)
        writer.member("retryAfterMs", ifPresent: retryAfterMs)
        writer.member("receipt", ifPresent: receipt)
    }
}

extension Response {
    public static func success(_ requestID: WireRequestID, _ data: ResponseData? = nil) -> Response {
        Response(requestID: requestID, success: true, data: data)
    }

    /// Variant L of protocol.md 2.6.3, and the answer to any other request that failed.
    public static func failure(
        _ requestID: WireRequestID,
        error: String,
        code: String? = nil,
        retryAfterMs: Int64? = nil
    ) -> Response {
        Response(requestID: requestID, success: false, error: error, code: code, retryAfterMs: retryAfterMs)
    }
}

/// A client asks for peers. Existing servers have no answer (protocol.md 2.8).
public struct GetPeers: WireMessage {
    public static let wireType: StaticString = "get_peers"

    public var requestID: WireRequestID
    public var nodeID: ClientID?
    public var maxPeers: RawJSON?

    public init(requestID: WireRequestID, nodeID: ClientID? = nil, maxPeers: RawJSON? = nil) {
        self.requestID = requestID
        self.nodeID = nodeID
        self.maxPeers = maxPeers
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = try fields.required("requestId")
        nodeID = fields.optional("nodeId")
        maxPeers = fields.optional("maxPeers")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", requestID)
        writer.member("nodeId", ifPresent: nodeID)
        writer.member("maxPeers", ifPresent: maxPeers)
    }
}

extension GetPeers {
    /// How many peers an answer may list.
    public var listLimit: Int { GetPeersOrGenesis.limit(maxPeers) }
}

/// A client asks whether a peer is online. Existing servers have no answer (protocol.md 2.8).
public struct LookupPeer: WireMessage {
    public static let wireType: StaticString = "lookup_peer"

    public var requestID: WireRequestID
    public var targetPeerID: ClientID?
    public var nodeID: ClientID?

    public init(requestID: WireRequestID, targetPeerID: ClientID? = nil, nodeID: ClientID? = nil) {
        self.requestID = requestID
        self.targetPeerID = targetPeerID
        self.nodeID = nodeID
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = try fields.required("requestId")
        targetPeerID = fields.optional("targetPeerId")
        nodeID = fields.optional("nodeId")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", requestID)
        writer.member("targetPeerId", ifPresent: targetPeerID)
        writer.member("nodeId", ifPresent: nodeID)
    }
}

/// A client wants to hear of a peer when it comes. Existing servers have no answer (protocol.md 2.8).
public struct WaitForPeer: WireMessage {
    public static let wireType: StaticString = "wait_for_peer"

    public var requestID: WireRequestID
    public var targetPeerID: ClientID?
    public var nodeID: ClientID?

    public init(requestID: WireRequestID, targetPeerID: ClientID? = nil, nodeID: ClientID? = nil) {
        self.requestID = requestID
        self.targetPeerID = targetPeerID
        self.nodeID = nodeID
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = try fields.required("requestId")
        targetPeerID = fields.optional("targetPeerId")
        nodeID = fields.optional("nodeId")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", requestID)
        writer.member("targetPeerId", ifPresent: targetPeerID)
        writer.member("nodeId", ifPresent: nodeID)
    }
}

/// Tells a client to stop waiting and poll (protocol.md 2.9). Clients understand it, existing servers never send it.
public struct OnboardingFailed: WireMessage {
    public static let wireType: StaticString = "onboarding_failed"

    public var error: String?

    public init(error: String? = nil) {
        self.error = error
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        error = fields.optional("error")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("error", ifPresent: error)
    }
}
