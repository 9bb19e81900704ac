/// A browser wants to start its half of a WebRTC connection at the same time as another (protocol.md 2.11).
public struct IceCoordinate: WireMessage {
    public static let wireType: StaticString = "ice_coordinate"

    public var target: ClientID
    public var candidates: RawJSON?
    public var profile: RawJSON?
    public var sessionID: String

    public init(target: ClientID, candidates: RawJSON? = nil, profile: RawJSON? = nil, sessionID: String) {
        self.target = target
        self.candidates = candidates
        self.profile = profile
        self.sessionID = sessionID
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        target = try fields.required("target")
        candidates = fields.optional("candidates")
        profile = fields.optional("profile")
        sessionID = try fields.required("sessionId")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("target", target)
        writer.member("candidates", ifPresent: candidates)
        writer.member("profile", ifPresent: profile)
        writer.member("sessionId", sessionID)
    }
}

/// The first of the two has arrived.
public struct IceCoordinatePending: WireMessage {
    public static let wireType: StaticString = "ice_coordinate_pending"

    public var sessionID: String
    public var target: ClientID?
    public var message: String?

    public init(sessionID: String, target: ClientID? = nil, message: String? = nil) {
        self.sessionID = sessionID
        self.target = target
        self.message = message
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        sessionID = try fields.required("sessionId")
        target = fields.optional("target")
        message = fields.optional("message")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("sessionId", sessionID)
        writer.member("target", ifPresent: target)
        writer.member("message", ifPresent: message)
    }
}

/// Both have arrived: start at `timestamp`.
public struct IceStart: WireMessage {
    public static let wireType: StaticString = "ice_start"

    public var sessionID: String
    /// 100 ms from now.
    public var timestamp: Int64
    public var peer: ClientID
    public var peerCandidates: RawJSON?
    public var peerProfile: RawJSON?
    public var hardNatPair: Bool?
    public var shouldAttemptCoordinatedRestart: Bool?
    /// A number from 0 to 1.
    public var estimatedSuccessRate: RawJSON?

    public init(
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

    public init(reading fields: WireFields) throws(WireError.Reason) {
        sessionID = try fields.required("sessionId")
        timestamp = try fields.required("timestamp")
        peer = try fields.required("peer")
        peerCandidates = fields.optional("peerCandidates")
        peerProfile = fields.optional("peerProfile")
        hardNatPair = fields.optional("hardNatPair")
        shouldAttemptCoordinatedRestart = fields.optional("shouldAttemptCoordinatedRestart")
        estimatedSuccessRate = fields.optional("estimatedSuccessRate")
    }

    public func writeMembers(to writer: inout JSONWriter) {
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
public struct IceCoordinateTimeout: WireMessage {
    public static let wireType: StaticString = "ice_coordinate_timeout"

    public var sessionID: String
    public var message: String?
    /// The same text. Existing servers leave it out.
    public var error: String?

    public init(sessionID: String, message: String? = nil, error: String? = nil) {
        self.sessionID = sessionID
        self.message = message
        self.error = error
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        sessionID = try fields.required("sessionId")
        message = fields.optional("message")
        error = fields.optional("error")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("sessionId", sessionID)
        writer.member("message", ifPresent: message)
        writer.member("error", ifPresent: error)
    }
}

/// The coordination is over before it began.
public struct IceCoordinateError: WireMessage {
    public static let wireType: StaticString = "ice_coordinate_error"

    public var error: String?
    /// The same text. Existing servers leave it out.
    public var message: String?
    public var sessionID: String?
    public var peer: ClientID?

    public init(error: String? = nil, message: String? = nil, sessionID: String? = nil, peer: ClientID? = nil) {
        self.error = error
        self.message = message
        self.sessionID = sessionID
        self.peer = peer
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        error = fields.optional("error")
        message = fields.optional("message")
        sessionID = fields.optional("sessionId")
        peer = fields.optional("peer")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("error", ifPresent: error)
        writer.member("message", ifPresent: message)
        writer.member("sessionId", ifPresent: sessionID)
        writer.member("peer", ifPresent: peer)
    }
}
