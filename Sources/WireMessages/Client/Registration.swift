/// A client introduces itself (protocol.md 2.5). Often the second message, after `GetPeersOrGenesis`.
package struct Register: WireMessage {
    package static let wireType: StaticString = "register"

    package var nodeID: ClientID
    /// Absent or empty must be refused with `VersionMismatch` (protocol.md 1.4).
    package var protocolVersion: String?
    package var buildID: String?
    /// The sender's clock, in ms since the Unix epoch.
    package var timestamp: Int64?
    /// Read it with `PeerMetadata`.
    package var metadata: RawJSON?
    /// No existing client sends it here.
    package var membershipToken: RawJSON?
    /// Named, even if empty, only by a bridge of ours: it expects `BootstrapAuth` once it is registered, and is asked on this
    /// connection like on one that the bootstrap dialled. Ours.
    package var features: [String]?

    package init(
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

    package init(reading fields: WireFields) throws(WireError.Reason) {
        nodeID = try fields.required("nodeId")
        protocolVersion = fields.optional("protocolVersion")
        buildID = fields.optional("buildId")
        timestamp = fields.optional("timestamp")
        metadata = fields.optionalObject("metadata")
        membershipToken = fields.optionalObject("membershipToken")
        features = fields.optional("features")
    }

    package func writeMembers(to writer: inout JSONWriter) {
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
package struct Registered: WireMessage {
    package static let wireType: StaticString = "registered"

    package var nodeID: ClientID
    package var timestamp: Int64?

    package init(nodeID: ClientID, timestamp: Int64? = nil) {
        self.nodeID = nodeID
        self.timestamp = timestamp
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        nodeID = try fields.required("nodeId")
        timestamp = fields.optional("timestamp")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("nodeId", nodeID)
        writer.member("timestamp", ifPresent: timestamp)
    }
}

/// The answer to a `Register` with which we cannot talk; close with 4001 after it (protocol.md 1.4).
package struct VersionMismatch: WireMessage {
    package static let wireType: StaticString = "version_mismatch"

    package var clientVersion: String?
    package var clientBuildID: String?
    package var serverVersion: String?
    package var serverBuildID: String?
    /// Browsers show it to their user.
    package var message: String?

    package init(
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

    package init(reading fields: WireFields) throws(WireError.Reason) {
        clientVersion = fields.optional("clientVersion")
        clientBuildID = fields.optional("clientBuildId")
        serverVersion = fields.optional("serverVersion")
        serverBuildID = fields.optional("serverBuildId")
        message = fields.optional("message")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("clientVersion", ifPresent: clientVersion)
        writer.member("clientBuildId", ifPresent: clientBuildID)
        writer.member("serverVersion", ifPresent: serverVersion)
        writer.member("serverBuildId", ifPresent: serverBuildID)
        writer.member("message", ifPresent: message)
    }
}

/// Asks a browser to prove that it holds the key its id is made of (protocol.md 2.5.2).
package struct AuthChallenge: WireMessage {
    package static let wireType: StaticString = "auth_challenge"

    /// 64 hex digits.
    package var nonce: String
    /// Part of what gets signed, as decimal digits.
    package var timestamp: Int64

    package init(nonce: String, timestamp: Int64) {
        self.nonce = nonce
        self.timestamp = timestamp
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        nonce = try fields.required("nonce")
        timestamp = try fields.required("timestamp")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("nonce", nonce)
        writer.member("timestamp", timestamp)
    }
}

/// The answer to `AuthChallenge`.
package struct AuthResponse: WireMessage {
    package static let wireType: StaticString = "auth_response"

    package var nodeID: ClientID
    /// 128 hex digits, ECDSA P-256 over SHA-256, r then s.
    package var signature: String?
    /// Why the client cannot sign.
    package var error: String?
    package var timestamp: Int64?

    package init(nodeID: ClientID, signature: String? = nil, error: String? = nil, timestamp: Int64? = nil) {
        self.nodeID = nodeID
        self.signature = signature
        self.error = error
        self.timestamp = timestamp
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        nodeID = try fields.required("nodeId")
        signature = fields.optional("signature")
        error = fields.optional("error")
        timestamp = fields.optional("timestamp")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("nodeId", nodeID)
        writer.member("signature", ifPresent: signature)
        writer.member("error", ifPresent: error)
        writer.member("timestamp", ifPresent: timestamp)
    }
}

/// The client has proved its id. (On a dial link the type has another shape: `AuthSuccess`.)
package struct ClientAuthSuccess: WireMessage {
    package static let wireType: StaticString = "auth_success"

    package var nodeID: ClientID
    package var timestamp: Int64?

    package init(nodeID: ClientID, timestamp: Int64? = nil) {
        self.nodeID = nodeID
        self.timestamp = timestamp
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        nodeID = try fields.required("nodeId")
        timestamp = fields.optional("timestamp")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("nodeId", nodeID)
        writer.member("timestamp", ifPresent: timestamp)
    }
}

/// The client has not proved its id. Nothing is closed for that.
package struct AuthFailure: WireMessage {
    package static let wireType: StaticString = "auth_failure"

    package var reason: String?
    package var error: String?
    package var timestamp: Int64?

    package init(reason: String? = nil, error: String? = nil, timestamp: Int64? = nil) {
        self.reason = reason
        self.error = error
        self.timestamp = timestamp
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        reason = fields.optional("reason")
        error = fields.optional("error")
        timestamp = fields.optional("timestamp")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("reason", ifPresent: reason)
        writer.member("error", ifPresent: error)
        writer.member("timestamp", ifPresent: timestamp)
    }
}
