/// As `IceCoordinate`, for a restart.
public struct IceRestartCoordinate: WireMessage {
    public static let wireType: StaticString = "ice_restart_coordinate"

    public var target: ClientID
    /// What clients send.
    public var profile: RawJSON?
    /// What existing servers read.
    public var myProfile: RawJSON?
    public var sessionID: String

    public init(target: ClientID, profile: RawJSON? = nil, myProfile: RawJSON? = nil, sessionID: String) {
        self.target = target
        self.profile = profile
        self.myProfile = myProfile
        self.sessionID = sessionID
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        target = try fields.required("target")
        profile = fields.optional("profile")
        myProfile = fields.optional("myProfile")
        sessionID = try fields.required("sessionId")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("target", target)
        writer.member("profile", ifPresent: profile)
        writer.member("myProfile", ifPresent: myProfile)
        writer.member("sessionId", sessionID)
    }
}

/// As `IceCoordinatePending`. Existing clients ignore it.
public struct IceRestartPending: WireMessage {
    public static let wireType: StaticString = "ice_restart_pending"

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

/// Both have arrived: restart at `timestamp`.
public struct IceRestartGo: WireMessage {
    public static let wireType: StaticString = "ice_restart_go"

    public var sessionID: String
    public var timestamp: Int64
    public var peer: ClientID
    public var peerProfile: RawJSON?
    public var hardNatPair: Bool?
    public var estimatedSuccessRate: RawJSON?

    public init(
        sessionID: String,
        timestamp: Int64,
        peer: ClientID,
        peerProfile: RawJSON? = nil,
        hardNatPair: Bool? = nil,
        estimatedSuccessRate: RawJSON? = nil
    ) {
        self.sessionID = sessionID
        self.timestamp = timestamp
        self.peer = peer
        self.peerProfile = peerProfile
        self.hardNatPair = hardNatPair
        self.estimatedSuccessRate = estimatedSuccessRate
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        sessionID = try fields.required("sessionId")
        timestamp = try fields.required("timestamp")
        peer = try fields.required("peer")
        peerProfile = fields.optional("peerProfile")
        hardNatPair = fields.optional("hardNatPair")
        estimatedSuccessRate = fields.optional("estimatedSuccessRate")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("sessionId", sessionID)
        writer.member("timestamp", timestamp)
        writer.member("peer", peer)
        writer.member("peerProfile", ifPresent: peerProfile)
        writer.member("hardNatPair", ifPresent: hardNatPair)
        writer.member("estimatedSuccessRate", ifPresent: estimatedSuccessRate)
    }
}

/// As `IceCoordinateTimeout`. Existing clients ignore it.
public struct IceRestartTimeout: WireMessage {
    public static let wireType: StaticString = "ice_restart_timeout"

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

/// As `IceCoordinateError`. Existing clients ignore it.
public struct IceRestartError: WireMessage {
    public static let wireType: StaticString = "ice_restart_error"

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
