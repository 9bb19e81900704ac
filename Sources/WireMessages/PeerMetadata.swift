/// What we use of a `metadata` object: of `register` and `get_peers_or_genesis` (protocol.md 2.5.1), of DHT links (4.2).
///
/// A view: a field of a wrong type reads as absent, unknown fields are not looked at, and the object itself stays `RawJSON`.
/// All of it is what the peer says of itself.
public struct PeerMetadata: Hashable, Sendable {
    /// What a node runs as.
    public enum NodeType: Hashable, Sendable {
        /// Also when `nodeType` is missing.
        case browser
        /// `nodejs` or `nodejs-active`.
        case node
        case bridge
        case other(String)
    }

    /// `nodeType` as it was sent.
    public var nodeTypeText: String?
    public var isBridgeNode = false
    public var listeningAddress: String?
    public var publicWssAddress: String?
    public var capabilities: [String] = []
    public var canRelay: Bool?
    public var canAcceptConnections: Bool?
    public var canInitiateConnections: Bool?
    /// Milliseconds since the Unix epoch, by the peer's clock.
    public var startTime: Int64?
    public var tabVisible: Bool?
    /// A string of Node peers and bridges, a JWK object of browsers.
    public var publicKey: RawJSON?
    public var membershipToken: RawJSON?
    /// The shared secret, or what the sender believes it is. Compare in constant time, never log or pass on.
    public var bridgeAuthToken: String?
    public var emergencyRecovery = false
    public var needsPeers = false

    public init() {}

    /// - Parameter metadata: anything; all is absent unless it is an object.
    public init(_ metadata: RawJSON?) {
        guard let metadata else { return }
        let view: PeerMetadata? = metadata.withValue { value in
            value.isObject ? PeerMetadata(fields: WireFields(object: value)) : PeerMetadata()
        }
        if let view { self = view }
    }

    private init(fields: WireFields) {
        nodeTypeText = fields.optional("nodeType")
        isBridgeNode = fields.optional("isBridgeNode") ?? false
        listeningAddress = fields.optional("listeningAddress")
        publicWssAddress = fields.optional("publicWssAddress")
        capabilities = fields.optional("capabilities") ?? []
        canRelay = fields.optional("canRelay")
        canAcceptConnections = fields.optional("canAcceptConnections")
        canInitiateConnections = fields.optional("canInitiateConnections")
        startTime = fields.optional("startTime")
        tabVisible = fields.optional("tabVisible")
        publicKey = fields.optional("publicKey")
        membershipToken = fields.optionalObject("membershipToken")
        bridgeAuthToken = fields.optional("bridgeAuthToken")
        emergencyRecovery = fields.optional("emergencyRecovery") ?? false
        needsPeers = fields.optional("needsPeers") ?? false
    }

    public var nodeType: NodeType {
        switch nodeTypeText {
        case nil, "browser": .browser
        case "nodejs", "nodejs-active": .node
        case "bridge": .bridge
        case .some(let text): .other(text)
        }
    }

    /// True if the peer calls itself a bridge in either way. It is one only once it has proved it (protocol.md 8, S4).
    public var claimsToBeBridge: Bool { isBridgeNode || nodeType == .bridge }

    /// A hidden browser tab disconnects within 30 s (protocol.md 5.6).
    public var isHiddenTab: Bool { tabVisible == false }

    /// What may be passed on of a peer's metadata (protocol.md 8, S12 and S19): no tokens, no secrets.
    public static let forwardable = forwardableWithoutAddresses.with("listeningAddress").with("publicWssAddress")

    /// The same for whoever must not dial.
    public static let forwardableWithoutAddresses: MemberNames = [
        "nodeType", "isBridgeNode", "capabilities", "canRelay", "relayLoad",
        "relayCapacity", "canAcceptConnections", "canInitiateConnections", "publicKey", "startTime", "tabVisible",
        "emergencyTarget", "directConnection", "fromBridgeRouting",
    ]
}
