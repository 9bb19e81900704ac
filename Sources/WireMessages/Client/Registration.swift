/// A client introduces itself (protocol.md 2.5). Often the second message, after `GetPeersOrGenesis`.
public struct Register: WireMessage {
    public static let wireType: StaticString = "register"

    public var nodeID: ClientID
    /// Absent or empty must be refused with `VersionMismatch` (protocol.md 1.4).
    public var protocolVersion: String?
    public var buildID: String?
    /// The sender's clock, in ms since the Unix epoch.
    public var timestamp: Int64?
    /// Read it with `PeerMetadata`.
    public var metadata: RawJSON?
    /// No existing client sends it here.
    public var membershipToken: RawJSON?
    /// Of a peer of ours, `PeerFeatures`. Without any of these, even if empty, only named by a bridge of ours: it expects
    /// `BootstrapAuth` once it is registered, and is asked on this connection like on one that the bootstrap dialled. Ours.
    public var features: [String]?

    public init(
        nodeID: ClientID,
        protocolVersion: String? = nil,
        buildID: String? = nil,
        timestamp: Int64? = nil,
        metadata: RawJSON? = nil,
        membershipToken: RawJSON? = nil,
        features: [String]? = nil
    ) {
        self.nodeID = nodeID
        self.protocolVersion = protocolVersion
        self.buildID = buildID
        self.timestamp = timestamp
        self.metadata = metadata
        self.membershipToken = membershipToken
        self.features = features
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        nodeID = try fields.required("nodeId")
        protocolVersion = fields.optional("protocolVersion")
        buildID = fields.optional("buildId")
        timestamp = fields.optional("timestamp")
        metadata = fields.optionalObject("metadata")
        membershipToken = fields.optionalObject("membershipToken")
        features = fields.optional("features")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("nodeId", nodeID)
        writer.member("protocolVersion", ifPresent: protocolVersion)
        writer.member("buildId", ifPresent: buildID)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("metadata", ifPresent: metadata)
        writer.member("membershipToken", ifPresent: membershipToken)
        writer.member("features", ifPresent: features)
    }
}

/// The answer to an accepted `Register`.
public struct Registered: WireMessage {
    public static let wireType: StaticString = "registered"

    public var nodeID: ClientID
    public var timestamp: Int64?

    public init(nodeID: ClientID, timestamp: Int64? = nil) {
        self.nodeID = nodeID
        self.timestamp = timestamp
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        nodeID = try fields.required("nodeId")
        timestamp = fields.optional("timestamp")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("nodeId", nodeID)
        writer.member("timestamp", ifPresent: timestamp)
    }
}

/// The answer to a `Register` with which we cannot talk; close with 4001 after it (protocol.md 1.4).
public struct VersionMismatch: WireMessage {
    public static let wireType: StaticString = "version_mismatch"

    public var clientVersion: String?
    public var clientBuildID: String?
    public var serverVersion: String?
    public var serverBuildID: String?
    /// Browsers show it to their user.
    public var message: String?

    public init(
        clientVersion: String? = nil,
        clientBuildID: String? = nil,
        serverVersion: String? = nil,
        serverBuildID: String? = nil,
        message: String? = nil
    ) {
        self.clientVersion = clientVersion
        self.clientBuildID = clientBuildID
        self.serverVersion = serverVersion
        self.serverBuildID = serverBuildID
        self.message = message
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        clientVersion = fields.optional("clientVersion")
        clientBuildID = fields.optional("clientBuildId")
        serverVersion = fields.optional("serverVersion")
        serverBuildID = fields.optional("serverBuildId")
        message = fields.optional("message")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("clientVersion", ifPresent: clientVersion)
        writer.member("clientBuildId", ifPresent: clientBuildID)
        writer.member("serverVersion", ifPresent: serverVersion)
        writer.member("serverBuildId", ifPresent: serverBuildID)
        writer.member("message", ifPresent: message)
    }
}

/// Asks a browser to prove that it holds the key its id is made of (protocol.md 2.5.2).
public struct AuthChallenge: WireMessage {
    public static let wireType: StaticString = "auth_challenge"

    /// 64 hex digits.
    public var nonce: String
    /// Part of what gets signed, as decimal digits.
    public var timestamp: Int64

    public init(nonce: String, timestamp: Int64) {
        self.nonce = nonce
        self.timestamp = timestamp
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        nonce = try fields.required("nonce")
        timestamp = try fields.required("timestamp")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("nonce", nonce)
        writer.member("timestamp", timestamp)
    }
}

/// The answer to `AuthChallenge`.
public struct AuthResponse: WireMessage {
    public static let wireType: StaticString = "auth_response"

    public var nodeID: ClientID
    /// 128 hex digits, ECDSA P-256 over SHA-256, r then s.
    public var signature: String?
    /// Why the client cannot sign.
    public var error: String?
    public var timestamp: Int64?

    public init(nodeID: ClientID, signature: String? = nil, error: String? = nil, timestamp: Int64? = nil) {
        self.nodeID = nodeID
        self.signature = signature
        self.error = error
        self.timestamp = timestamp
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        nodeID = try fields.required("nodeId")
        signature = fields.optional("signature")
        error = fields.optional("error")
        timestamp = fields.optional("timestamp")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("nodeId", nodeID)
        writer.member("signature", ifPresent: signature)
        writer.member("error", ifPresent: error)
        writer.member("timestamp", ifPresent: timestamp)
    }
}

/// The client has proved its id. (On a dial link the type has another shape: `AuthSuccess`.)
public struct ClientAuthSuccess: WireMessage {
    public static let wireType: StaticString = "auth_success"

    public var nodeID: ClientID
    public var timestamp: Int64?

    public init(nodeID: ClientID, timestamp: Int64? = nil) {
        self.nodeID = nodeID
        self.timestamp = timestamp
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        nodeID = try fields.required("nodeId")
        timestamp = fields.optional("timestamp")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("nodeId", nodeID)
        writer.member("timestamp", ifPresent: timestamp)
    }
}

/// The client has not proved its id. Nothing is closed for that.
public struct AuthFailure: WireMessage {
    public static let wireType: StaticString = "auth_failure"

    public var reason: String?
    public var error: String?
    public var timestamp: Int64?

    public init(reason: String? = nil, error: String? = nil, timestamp: Int64? = nil) {
        self.reason = reason
        self.error = error
        self.timestamp = timestamp
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        reason = fields.optional("reason")
        error = fields.optional("error")
        timestamp = fields.optional("timestamp")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("reason", ifPresent: reason)
        writer.member("error", ifPresent: error)
        writer.member("timestamp", ifPresent: timestamp)
    }
}
