/// A browser sends a WebRTC signal to another through us (protocol.md 2.8). Answered by `Response`.
package struct ForwardSignal: WireMessage {
    package static let wireType: StaticString = "forward_signal"

    /// Claimed; compare with the id bound to the link.
    package var fromPeer: ClientID
    package var toPeer: ClientID
    /// Passed on unchanged.
    package var signal: RawJSON
    package var requestID: WireRequestID

    package init(fromPeer: ClientID, toPeer: ClientID, signal: RawJSON, requestID: WireRequestID) {
        self.fromPeer = fromPeer
        self.toPeer = toPeer
        self.signal = signal
        self.requestID = requestID
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        fromPeer = try fields.required("fromPeer")
        toPeer = try fields.required("toPeer")
        signal = try fields.required("signal")
        requestID = try fields.required("requestId")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("fromPeer", fromPeer)
        writer.member("toPeer", toPeer)
        writer.member("signal", signal)
        writer.member("requestId", requestID)
    }
}

/// A WebRTC signal, to its receiver or (older form) from its sender.
package struct Signal: WireMessage {
    package static let wireType: StaticString = "signal"

    package var fromPeer: ClientID
    package var toPeer: ClientID?
    package var signal: RawJSON
    package var timestamp: Int64?

    package init(fromPeer: ClientID, toPeer: ClientID? = nil, signal: RawJSON, timestamp: Int64? = nil) {
        self.fromPeer = fromPeer
        self.toPeer = toPeer
        self.signal = signal
        self.timestamp = timestamp
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        fromPeer = try fields.required("fromPeer")
        toPeer = fields.optional("toPeer")
        signal = try fields.required("signal")
        timestamp = fields.optional("timestamp")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("fromPeer", fromPeer)
        writer.member("toPeer", ifPresent: toPeer)
        writer.member("signal", signal)
        writer.member("timestamp", ifPresent: timestamp)
    }
}

/// The answer to a `Signal` that could not be delivered.
package struct SignalError: WireMessage {
    package static let wireType: StaticString = "signal_error"

    package var message: String?
    package var error: String?

    package init(message: String? = nil, error: String? = nil) {
        self.message = message
        self.error = error
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        message = fields.optional("message")
        error = fields.optional("error")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("message", ifPresent: message)
        writer.member("error", ifPresent: error)
    }
}

/// A client wants to reach a peer. Sender and server of the existing network disagree about its fields (protocol.md 2.8).
package struct JoinPeer: WireMessage {
    package static let wireType: StaticString = "join_peer"

    /// What clients send.
    package var targetPeerID: ClientID?
    /// What servers read.
    package var targetPeer: ClientID?
    package var fromPeer: ClientID?
    package var requestID: WireRequestID?

    package init(
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

    package init(reading fields: WireFields) throws(WireError.Reason) {
        targetPeerID = fields.optional("targetPeerId")
        targetPeer = fields.optional("targetPeer")
        fromPeer = fields.optional("fromPeer")
        requestID = fields.optional("requestId")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("targetPeerId", ifPresent: targetPeerID)
        writer.member("targetPeer", ifPresent: targetPeer)
        writer.member("fromPeer", ifPresent: fromPeer)
        writer.member("requestId", ifPresent: requestID)
    }
}

/// Tells a peer that another wants to reach it (protocol.md 2.8). No existing client reads it.
package struct PeerJoinRequest: WireMessage {
    package static let wireType: StaticString = "peer_join_request"

    package var fromPeer: ClientID
    package var timestamp: Int64?

    package init(fromPeer: ClientID, timestamp: Int64? = nil) {
        self.fromPeer = fromPeer
        self.timestamp = timestamp
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        fromPeer = try fields.required("fromPeer")
        timestamp = fields.optional("timestamp")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("fromPeer", fromPeer)
        writer.member("timestamp", ifPresent: timestamp)
    }
}

/// The answer to a `JoinPeer` that leads nowhere.
package struct JoinError: WireMessage {
    package static let wireType: StaticString = "join_error"

    package var message: String?
    package var error: String?

    package init(message: String? = nil, error: String? = nil) {
        self.message = message
        self.error = error
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        message = fields.optional("message")
        error = fields.optional("error")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("message", ifPresent: message)
        writer.member("error", ifPresent: error)
    }
}
