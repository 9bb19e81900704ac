/// The answer to `GetPeersOrGenesis`, in one of the variants of protocol.md 2.6.3. Clients act on `peers`, `isGenesis`,
/// `membershipToken` and one `status`; the rest is for people.
package struct JoinAnswer: WireObject {
    package var peers: [PeerEntry]
    package var isGenesis: Bool
    package var membershipToken: RawJSON?
    package var onboardingHelper: ClientID?
    package var reconnecting: Bool?
    package var emergencyRecovery: Bool?
    package var emergencyMode: Bool?
    package var status: Status?
    package var message: String?
    package var receipt: JoinReceipt?

    /// A word for the variant.
    package struct Status: Hashable, Sendable {
        package var text: String

        package init(_ text: String) {
            self.text = text
        }

        package static let peerFound = Status("peer_found")
        package static let reconnectionPeers = Status("reconnection_peers")
        package static let emergencyPeersForBridge = Status("emergency_peers_for_bridge")
        package static let emergencyBridgeRouting = Status("emergency_bridge_routing")
        package static let emergencyDirectConnect = Status("emergency_direct_connect")
        package static let emergencyGenesisConnect = Status("emergency_genesis_connect")
        package static let networkEmpty = Status("network_empty")
        /// The only one that changes what a client does: it asks again every 5 s.
        package static let helperCoordinating = Status("helper_coordinating")
    }

    package init(
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

    package init(reading fields: WireFields) throws(WireError.Reason) {
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

    package func writeMembers(to writer: inout JSONWriter) {
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
