/// As `IceCoordinate`, for a restart.
package struct IceRestartCoordinate: WireMessage {
    package static let wireType: StaticString = "ice_restart_coordinate"

    package var target: ClientID
    /// What clients send.
    package var profile: RawJSON?
    /// What existing servers read.
    package var myProfile: RawJSON?
    package var sessionID: String

    package init(target: ClientID, profile: RawJSON? = nil, myProfile: RawJSON? = nil, sessionID: String) {
        self.target = target
        self.profile = profile
        self.myProfile = myProfile
        self.sessionID = sessionID
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        target = try fields.required("target")
        profile = fields.optional("profile")
        myProfile = fields.optional("myProfile")
        sessionID = try fields.required("sessionId")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("target", target)
        writer.member("profile", ifPresent: profile)
        writer.member("myProfile", ifPresent: myProfile)
        writer.member("sessionId", sessionID)
    }
}

/// As `IceCoordinatePending`. Existing clients ignore it.
package struct IceRestartPending: WireMessage {
    package static let wireType: StaticString = "ice_restart_pending"

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

/// Both have arrived: restart at `timestamp`.
package struct IceRestartGo: WireMessage {
    package static let wireType: StaticString = "ice_restart_go"

    package var sessionID: String
    package var timestamp: Int64
    package var peer: ClientID
    package var peerProfile: RawJSON?
    package var hardNatPair: Bool?
    package var estimatedSuccessRate: RawJSON?

    package init(
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

    package init(reading fields: WireFields) throws(WireError.Reason) {
        sessionID = try fields.required("sessionId")
        timestamp = try fields.required("timestamp")
        peer = try fields.required("peer")
        peerProfile = fields.optional("peerProfile")
        hardNatPair = fields.optional("hardNatPair")
        estimatedSuccessRate = fields.optional("estimatedSuccessRate")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("sessionId", sessionID)
        writer.member("timestamp", timestamp)
        writer.member("peer", peer)
        writer.member("peerProfile", ifPresent: peerProfile)
        writer.member("hardNatPair", ifPresent: hardNatPair)
        writer.member("estimatedSuccessRate", ifPresent: estimatedSuccessRate)
    }
}

/// As `IceCoordinateTimeout`. Existing clients ignore it.
package struct IceRestartTimeout: WireMessage {
    package static let wireType: StaticString = "ice_restart_timeout"

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

/// As `IceCoordinateError`. Existing clients ignore it.
package struct IceRestartError: WireMessage {
    package static let wireType: StaticString = "ice_restart_error"

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
