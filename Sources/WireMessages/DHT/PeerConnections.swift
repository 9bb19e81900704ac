public import Kademlia

/// Asks a peer that cannot be dialled to dial back. To be forwarded to `targetPeer`.
public struct ConnectionRequest: WireMessage {
    public static let wireType: StaticString = "connection_request"

    public var senderPeer: NodeID
    public var targetPeer: NodeID
    public var connectionInfo: RawJSON?
    public var timestamp: Int64?
    public var from: NodeID?

    public init(
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

    public init(reading fields: WireFields) throws(WireError.Reason) {
        senderPeer = try fields.required("senderPeer")
        targetPeer = try fields.required("targetPeer")
        connectionInfo = fields.optionalObject("connectionInfo")
        timestamp = fields.optional("timestamp")
        from = fields.optional("from")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("senderPeer", senderPeer)
        writer.member("targetPeer", targetPeer)
        writer.member("connectionInfo", ifPresent: connectionInfo)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("from", ifPresent: from)
    }
}

/// The answer to `ConnectionRequest`, forwarded likewise.
public struct ConnectionResponse: WireMessage {
    public static let wireType: StaticString = "connection_response"

    public var senderPeer: NodeID
    public var targetPeer: NodeID
    public var success: Bool?
    public var error: String?
    public var nodeType: String?
    public var capabilities: [String]?
    public var timestamp: Int64?
    public var from: NodeID?

    public init(
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

    public init(reading fields: WireFields) throws(WireError.Reason) {
        senderPeer = try fields.required("senderPeer")
        targetPeer = try fields.required("targetPeer")
        success = fields.optional("success")
        error = fields.optional("error")
        nodeType = fields.optional("nodeType")
        capabilities = fields.optional("capabilities")
        timestamp = fields.optional("timestamp")
        from = fields.optional("from")
    }

    public func writeMembers(to writer: inout JSONWriter) {
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
public struct ConnectionOffer: WireMessage {
    public static let wireType: StaticString = "connection_offer"

    public var senderPeer: NodeID
    public var targetPeer: NodeID
    /// Passed on unchanged.
    public var offer: RawJSON
    /// Who forwarded it so far; dropped at four.
    public var hops: [NodeID]?
    public var timestamp: Int64?
    public var from: NodeID?

    public init(
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

    public init(reading fields: WireFields) throws(WireError.Reason) {
        senderPeer = try fields.required("senderPeer")
        targetPeer = try fields.required("targetPeer")
        offer = try fields.required("offer")
        hops = fields.optional("hops")
        timestamp = fields.optional("timestamp")
        from = fields.optional("from")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("senderPeer", senderPeer)
        writer.member("targetPeer", targetPeer)
        writer.member("offer", offer)
        writer.member("hops", ifPresent: hops)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("from", ifPresent: from)
    }
}

/// A browser's WebRTC answer.
public struct ConnectionAnswer: WireMessage {
    public static let wireType: StaticString = "connection_answer"

    public var senderPeer: NodeID
    public var targetPeer: NodeID
    /// Passed on unchanged.
    public var answer: RawJSON
    /// Who forwarded it so far; dropped at four.
    public var hops: [NodeID]?
    public var timestamp: Int64?
    public var from: NodeID?

    public init(
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

    public init(reading fields: WireFields) throws(WireError.Reason) {
        senderPeer = try fields.required("senderPeer")
        targetPeer = try fields.required("targetPeer")
        answer = try fields.required("answer")
        hops = fields.optional("hops")
        timestamp = fields.optional("timestamp")
        from = fields.optional("from")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("senderPeer", senderPeer)
        writer.member("targetPeer", targetPeer)
        writer.member("answer", answer)
        writer.member("hops", ifPresent: hops)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("from", ifPresent: from)
    }
}

/// A browser's ICE candidate.
public struct ConnectionCandidate: WireMessage {
    public static let wireType: StaticString = "connection_candidate"

    public var senderPeer: NodeID
    public var targetPeer: NodeID
    /// Passed on unchanged.
    public var candidate: RawJSON
    /// Who forwarded it so far; dropped at four.
    public var hops: [NodeID]?
    public var timestamp: Int64?
    public var from: NodeID?

    public init(
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

    public init(reading fields: WireFields) throws(WireError.Reason) {
        senderPeer = try fields.required("senderPeer")
        targetPeer = try fields.required("targetPeer")
        candidate = try fields.required("candidate")
        hops = fields.optional("hops")
        timestamp = fields.optional("timestamp")
        from = fields.optional("from")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("senderPeer", senderPeer)
        writer.member("targetPeer", targetPeer)
        writer.member("candidate", candidate)
        writer.member("hops", ifPresent: hops)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("from", ifPresent: from)
    }
}
