public import Kademlia

/// The first message of a bootstrap on a dial link (protocol.md 3.2.1). It has the shared secret in it: its description hides that.
public struct BootstrapAuth: WireMessage {
    public static let wireType: StaticString = "bootstrap_auth"

    /// The shared secret. Compare in constant time, log never.
    public var authToken: String
    /// Who dials, for people.
    public var bootstrapServer: String?
    /// What the sender understands beyond the existing network: `LinkFeatures`. Ours.
    public var features: [String]?

    public init(authToken: String, bootstrapServer: String? = nil, features: [String]? = nil) {
        self.authToken = authToken
        self.bootstrapServer = bootstrapServer
        self.features = features
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        authToken = try fields.required("auth_token")
        bootstrapServer = fields.optional("bootstrapServer")
        features = fields.optional("features")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("auth_token", authToken)
        writer.member("bootstrapServer", ifPresent: bootstrapServer)
        writer.member("features", ifPresent: features)
    }
}

extension BootstrapAuth: CustomStringConvertible, CustomReflectable {
    public var description: String {
        "BootstrapAuth(authToken: <redacted>, bootstrapServer: \(bootstrapServer ?? "nil"))"
    }

    // Keeps `dump` and the default descriptions of whatever holds this from looking inside.
    public var customMirror: Mirror { Mirror(self, children: ["authToken": "<redacted>"]) }
}

/// The bridge accepts. Nothing may be sent to an existing bridge before this has come (protocol.md 3.2.1).
public struct AuthSuccess: WireMessage {
    public static let wireType: StaticString = "auth_success"

    public var bridgeNodeID: NodeID
    public var listeningAddress: String?
    public var publicWssAddress: String?
    public var from: NodeID?
    public var timestamp: Int64?
    /// What the bridge understands beyond the existing network: `LinkFeatures`. Ours; only to who announced features too.
    public var features: [String]?
    /// How many onboarding requests the bridge takes at once on this link. Ours.
    public var window: Int64?
    /// The Ed25519 key that the bridge signs membership tokens with, 64 lowercase hex digits. Ours.
    public var publicKey: String?

    public init(
        bridgeNodeID: NodeID,
        listeningAddress: String? = nil,
        publicWssAddress: String? = nil,
        from: NodeID? = nil,
        timestamp: Int64? = nil,
        features: [String]? = nil,
        window: Int64? = nil,
        publicKey: String? = nil
    ) {
        self.bridgeNodeID = bridgeNodeID
        self.listeningAddress = listeningAddress
        self.publicWssAddress = publicWssAddress
        self.from = from
        self.timestamp = timestamp
        self.features = features
        self.window = window
        self.publicKey = publicKey
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        bridgeNodeID = try fields.required("bridgeNodeId")
        listeningAddress = fields.optional("listeningAddress")
        publicWssAddress = fields.optional("publicWssAddress")
        from = fields.optional("from")
        timestamp = fields.optional("timestamp")
        features = fields.optional("features")
        window = fields.optional("window")
        publicKey = fields.optional("publicKey")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("bridgeNodeId", bridgeNodeID)
        writer.member("listeningAddress", ifPresent: listeningAddress)
        writer.member("publicWssAddress", ifPresent: publicWssAddress)
        writer.member("from", ifPresent: from)
        writer.member("timestamp", ifPresent: timestamp)
        writer.member("features", ifPresent: features)
        writer.member("window", ifPresent: window)
        writer.member("publicKey", ifPresent: publicKey)
    }
}

/// The bridge refuses the secret and closes. Existing bridges only close.
public struct AuthFailed: WireMessage {
    public static let wireType: StaticString = "auth_failed"

    public var message: String?
    public var error: String?
    public var timestamp: Int64?

    public init(message: String? = nil, error: String? = nil, timestamp: Int64? = nil) {
        self.message = message
        self.error = error
        self.timestamp = timestamp
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        message = fields.optional("message")
        error = fields.optional("error")
        timestamp = fields.optional("timestamp")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("message", ifPresent: message)
        writer.member("error", ifPresent: error)
        writer.member("timestamp", ifPresent: timestamp)
    }
}
