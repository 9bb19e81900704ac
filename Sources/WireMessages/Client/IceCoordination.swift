/// A browser wants to start its half of a WebRTC connection at the same time as another (protocol.md 2.11).
package struct IceCoordinate: WireMessage {
    package static let wireType: StaticString = "ice_coordinate"

    package var target: ClientID
    package var candidates: RawJSON?
    package var profile: RawJSON?
    package var sessionID: String

    package init(target: ClientID, candidates: RawJSON? = nil, profile: RawJSON? = nil, sessionID: String) {
        self.target = target
        self.candidates = candidates
        self.profile = profile
        self.sessionID = sessionID
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        target = try fields.required("target")
        candidates = fields.optional("candidates")
        profile = fields.optional("profile")
        sessionID = try fields.required("sessionId")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("target", target)
        writer.member("candidates", ifPresent: candidates)
        writer.member("profile", ifPresent: profile)
        writer.member("sessionId", sessionID)
    }
}

/// The first of the two has arrived.
package struct IceCoordinatePending: WireMessage {
    package static let wireType: StaticString = "ice_coordinate_pending"

    package var sessionID: String
    package var target: ClientID?
    package var message: String?

    package init(sessionID: String, target: ClientID? = nil, message: String? = nil) {
        self.sessionID = sessionID
        self.target = target
        self.message = message
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        sessionID = try fields.required("sessionId")
        target = fields.optional("target")
        message = fields.optional("message")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("sessionId", sessionID)
        writer.member("target", ifPresent: target)
        writer.member("message", ifPresent: message)
    }
}

/// Both have arrived: start at `timestamp`.
package struct IceStart: WireMessage {
    package static let wireType: StaticString = "ice_start"

    package var sessionID: String
    /// 100 ms from now.
    package var timestamp: Int64
    package var peer: ClientID
    package var peerCandidates: RawJSON?
    package var peerProfile: RawJSON?
    package var hardNatPair: Bool?
    package var shouldAttemptCoordinatedRestart: Bool?
    /// A number from 0 to 1.
    package var estimatedSuccessRate: RawJSON?

    package init(
        sessionID: String,
        timestamp: Int64,
        peer: ClientID,
        peerCandidates: RawJSON? = nil,
        peerProfile: RawJSON? = nil,
        hardNatPair: Bool? = nil,
        shouldAttemptCoordinatedRestart: Bool? = nil,
        estimatedSuccessRate: RawJSON? = nil
    ) {
        self.sessionID = sessionID
        self.timestamp = timestamp
        self.peer = peer
        self.peerCandidates = peerCandidates
        self.peerProfile = peerProfile
        self.hardNatPair = hardNatPair
        self.shouldAttemptCoordinatedRestart = shouldAttemptCoordinatedRestart
        self.estimatedSuccessRate = estimatedSuccessRate
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        sessionID = try fields.required("sessionId")
        timestamp = try fields.required("timestamp")
        peer = try fields.required("peer")
        peerCandidates = fields.optional("peerCandidates")
        peerProfile = fields.optional("peerProfile")
        hardNatPair = fields.optional("hardNatPair")
        shouldAttemptCoordinatedRestart = fields.optional("shouldAttemptCoordinatedRestart")
        estimatedSuccessRate = fields.optional("estimatedSuccessRate")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("sessionId", sessionID)
        writer.member("timestamp", timestamp)
        writer.member("peer", peer)
        writer.member("peerCandidates", ifPresent: peerCandidates)
        writer.member("peerProfile", ifPresent: peerProfile)
        writer.member("hardNatPair", ifPresent: hardNatPair)
        writer.member("shouldAttemptCoordinatedRestart", ifPresent: shouldAttemptCoordinatedRestart)
        writer.member("estimatedSuccessRate", ifPresent: estimatedSuccessRate)
    }
}

/// The other one did not come within 10 s.
package struct IceCoordinateTimeout: WireMessage {
    package static let wireType: StaticString = "ice_coordinate_timeout"

    package var sessionID: String
    package var message: String?
    /// The same text. Existing servers leave it out.
    package var error: String?

    package init(sessionID: String, message: String? = nil, error: String? = nil) {
        self.sessionID = sessionID
        self.message = message
        self.error = error
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        sessionID = try fields.required("sessionId")
        message = fields.optional("message")
        error = fields.optional("error")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("sessionId", sessionID)
        writer.member("message", ifPresent: message)
        writer.member("error", ifPresent: error)
    }
}

/// The coordination is over before it began.
package struct IceCoordinateError: WireMessage {
    package static let wireType: StaticString = "ice_coordinate_error"

    package var error: String?
    /// The same text. Existing servers leave it out.
    package var message: String?
    package var sessionID: String?
    package var peer: ClientID?

    package init(error: String? = nil, message: String? = nil, sessionID: String? = nil, peer: ClientID? = nil) {
        self.error = error
        self.message = message
        self.sessionID = sessionID
        self.peer = peer
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        error = fields.optional("error")
        message = fields.optional("message")
        sessionID = fields.optional("sessionId")
        peer = fields.optional("peer")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("error", ifPresent: error)
        writer.member("message", ifPresent: message)
        writer.member("sessionId", ifPresent: sessionID)
        writer.member("peer", ifPresent: peer)
    }
}
