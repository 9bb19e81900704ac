/// A browser sends a WebRTC signal to another through us (protocol.md 2.8). Answered by `Response`.
public struct ForwardSignal: WireMessage {
    public static let wireType: StaticString = "forward_signal"

    /// Claimed; compare with the id bound to the link.
    public var fromPeer: ClientID
    public var toPeer: ClientID
    /// Passed on unchanged.
    public var signal: RawJSON
    public var requestID: WireRequestID

    public init(fromPeer: ClientID, toPeer: ClientID, signal: RawJSON, requestID: WireRequestID) {
        self.fromPeer = fromPeer
        self.toPeer = toPeer
        self.signal = signal
        self.requestID = requestID
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        fromPeer = try fields.required("fromPeer")
        toPeer = try fields.required("toPeer")
        signal = try fields.required("signal")
        requestID = try fields.required("requestId")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("fromPeer", fromPeer)
        writer.member("toPeer", toPeer)
        writer.member("signal", signal)
        writer.member("requestId", requestID)
    }
}

/// A WebRTC signal, to its receiver or (older form) from its sender.
public struct Signal: WireMessage {
    public static let wireType: StaticString = "signal"

    public var fromPeer: ClientID
    public var toPeer: ClientID?
    public var signal: RawJSON
    public var timestamp: Int64?

    public init(fromPeer: ClientID, toPeer: ClientID? = nil, signal: RawJSON, timestamp: Int64? = nil) {
        self.fromPeer = fromPeer
        self.toPeer = toPeer
        self.signal = signal
        self.timestamp = timestamp
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        fromPeer = try fields.required("fromPeer")
        toPeer = fields.optional("toPeer")
        signal = try fields.required("signal")
        timestamp = fields.optional("timestamp")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("fromPeer", fromPeer)
        writer.member("toPeer", ifPresent: toPeer)
        writer.member("signal", signal)
        writer.member("timestamp", ifPresent: timestamp)
    }
}

/// The answer to a `Signal` that could not be delivered.
public struct SignalError: WireMessage {
    public static let wireType: StaticString = "signal_error"

    public var message: String?
    public var error: String?

    public init(message: String? = nil, error: String? = nil) {
        self.message = message
        self.error = error
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        message = fields.optional("message")
        error = fields.optional("error")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("message", ifPresent: message)
        writer.member("error", ifPresent: error)
    }
}

/// A client wants to reach a peer. Sender and server of the existing network disagree about its fields (protocol.md 2.8).
public struct JoinPeer: WireMessage {
    public static let wireType: StaticString = "join_peer"

    /// What clients send.
    public var targetPeerID: ClientID?
    /// What servers read.
    public var targetPeer: ClientID?
    public var fromPeer: ClientID?
    public var requestID: WireRequestID?

    public init(
        targetPeerID: ClientID? = nil,
        targetPeer: ClientID? = nil,
        fromPeer: ClientID? = nil,
        requestID: WireRequestID? = nil
    ) {
        self.targetPeerID = targetPeerID
        self.targetPeer = targetPeer
        self.fromPeer = fromPeer
        self.requestID = requestID
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        targetPeerID = fields.optional("targetPeerId")
        targetPeer = fields.optional("targetPeer")
        fromPeer = fields.optional("fromPeer")
        requestID = fields.optional("requestId")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("targetPeerId", ifPresent: targetPeerID)
        writer.member("targetPeer", ifPresent: targetPeer)
        writer.member("fromPeer", ifPresent: fromPeer)
        writer.member("requestId", ifPresent: requestID)
    }
}

/// Tells a peer that another wants to reach it (protocol.md 2.8). No existing client reads it.
public struct PeerJoinRequest: WireMessage {
    public static let wireType: StaticString = "peer_join_request"

    public var fromPeer: ClientID
    public var timestamp: Int64?

    public init(fromPeer: ClientID, timestamp: Int64? = nil) {
        self.fromPeer = fromPeer
        self.timestamp = timestamp
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        fromPeer = try fields.required("fromPeer")
        timestamp = fields.optional("timestamp")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("fromPeer", fromPeer)
        writer.member("timestamp", ifPresent: timestamp)
    }
}

/// The answer to a `JoinPeer` that leads nowhere.
public struct JoinError: WireMessage {
    public static let wireType: StaticString = "join_error"

    public var message: String?
    public var error: String?

    public init(message: String? = nil, error: String? = nil) {
        self.message = message
        self.error = error
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        message = fields.optional("message")
        error = fields.optional("error")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("message", ifPresent: message)
        writer.member("error", ifPresent: error)
    }
}
