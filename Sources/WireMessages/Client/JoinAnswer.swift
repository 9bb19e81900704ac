/// The answer to `GetPeersOrGenesis`, in one of the variants of protocol.md 2.6.3. Clients act on `peers`, `isGenesis`,
/// `membershipToken` and one `status`; the rest is for people.
public struct JoinAnswer: WireObject {
    public var peers: [PeerEntry]
    public var isGenesis: Bool
    public var membershipToken: RawJSON?
    public var onboardingHelper: ClientID?
    public var reconnecting: Bool?
    public var emergencyRecovery: Bool?
    public var emergencyMode: Bool?
    public var status: Status?
    public var message: String?
    public var receipt: JoinReceipt?

    /// A word for the variant.
    public struct Status: Hashable, Sendable {
        public var text: String

        public init(_ text: String) {
            self.text = text
        }

        public static let peerFound = Status("peer_found")
        public static let reconnectionPeers = Status("reconnection_peers")
        public static let emergencyPeersForBridge = Status("emergency_peers_for_bridge")
        public static let emergencyBridgeRouting = Status("emergency_bridge_routing")
        public static let emergencyDirectConnect = Status("emergency_direct_connect")
        public static let emergencyGenesisConnect = Status("emergency_genesis_connect")
        public static let networkEmpty = Status("network_empty")
        /// The only one that changes what a client does: it asks again every 5 s.
        public static let helperCoordinating = Status("helper_coordinating")
    }

    public init(
        peers: [PeerEntry],
        isGenesis: Bool = false,
        membershipToken: RawJSON? = nil,
        onboardingHelper: ClientID? = nil,
        reconnecting: Bool? = nil,
        emergencyRecovery: Bool? = nil,
        emergencyMode: Bool? = nil,
        status: Status? = nil,
        message: String? = nil,
        receipt: JoinReceipt? = nil
    ) {
        self.peers = peers
        self.isGenesis = isGenesis
        self.membershipToken = membershipToken
        self.onboardingHelper = onboardingHelper
        self.reconnecting = reconnecting
        self.emergencyRecovery = emergencyRecovery
        self.emergencyMode = emergencyMode
        self.status = status
        self.message = message
        self.receipt = receipt
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        peers = try fields.required("peers")
        isGenesis = fields.optional("isGenesis") ?? false
        membershipToken = fields.optionalObject("membershipToken")
        onboardingHelper = fields.optional("onboardingHelper")
        reconnecting = fields.optional("reconnecting")
        emergencyRecovery = fields.optional("emergencyRecovery")
        emergencyMode = fields.optional("emergencyMode")
        status = fields.optional("status").map(Status.init)
        message = fields.optional("message")
        receipt = fields.optional("receipt")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("peers", peers)
        writer.member("isGenesis", isGenesis)
        writer.member("membershipToken", ifPresent: membershipToken)
        writer.member("onboardingHelper", ifPresent: onboardingHelper)
        writer.member("reconnecting", ifPresent: reconnecting)
        writer.member("emergencyRecovery", ifPresent: emergencyRecovery)
        writer.member("emergencyMode", ifPresent: emergencyMode)
        writer.member("status", ifPresent: status?.text)
        writer.member("message", ifPresent: message)
        writer.member("receipt", ifPresent: receipt)
    }
}
