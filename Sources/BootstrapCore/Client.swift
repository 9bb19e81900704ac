import WireMessages

/// One connection, as the server that holds the socket numbers it.
package struct ConnectionID: Sendable, Hashable {
    package let value: UInt64

    package init(_ value: UInt64) {
        self.value = value
    }
}

/// One newcomer's question to the bridges.
package struct JoinID: Sendable, Hashable {
    package let value: UInt64

    package init(_ value: UInt64) {
        self.value = value
    }
}

/// Why the server closes a connection: code and text (protocol.md 2.3; ours where it has none).
package enum ClientClosing: Sendable, Equatable {
    case invalidJSON
    case missingNodeID
    case versionMismatch
    case serverFull
    case neverRegistered
    /// The same id registered on a newer socket.
    case replaced

    package var code: UInt16 {
        switch self {
        case .invalidJSON, .missingNodeID: 1002
        case .versionMismatch: 4001
        case .serverFull, .replaced: 1000
        case .neverRegistered: 1008
        }
    }

    package var text: String {
        switch self {
        case .invalidJSON: "Invalid JSON"
        case .missingNodeID: "Missing nodeId"
        case .versionMismatch: "Version mismatch"
        case .serverFull: "Server full"
        case .neverRegistered: "Not registered in time"
        case .replaced: "Replaced by a newer connection"
        }
    }
}

extension Bootstrap {
    /// One open connection.
    struct Client: Sendable {
        let connection: ConnectionID
        /// Whoever is behind several connections has one source, as far as the server can tell.
        let source: UInt64
        /// As named by the first message that names one; it never changes afterwards.
        var id: ClientID?
        var isRegistered = false
        /// A newer socket holds its id, and this one is being closed: what it still says is too late.
        var isReplaced = false
        /// What others may be shown of it; the rest is not kept.
        var metadata = RawJSON.emptyObject
        var kind = PeerMetadata.NodeType.browser
        /// Says of itself that it is a bridge. That proves nothing, so it is neither asked nor listed as one, and never
        /// made genesis.
        var claimsBridge = false
        /// Registered as a bridge with the secret. That is true of the connection, whatever it says later.
        var isProvenBridge = false
        /// Says that it is a bridge which has lost all its peers (protocol.md 2.5.1).
        var claimsRecovery = false
        var isHiddenTab = false
        /// Names an address.
        var isDialable = false
        var join: Join?
        var answered: [WireRequestID] = []
        /// Came before the registration, or before the answer that names the helper; delivered after it, so that a client
        /// knows its helper, and holds its token, when the helper invites it.
        var heldInvitations: [InvitationReceived] = []

        init(connection: ConnectionID, source: UInt64) {
            self.connection = connection
            self.source = source
        }

        /// - Parameter view: of that metadata.
        mutating func adopt(_ metadata: RawJSON, _ view: PeerMetadata) {
            self.metadata = PeerListing.shown(metadata)
            kind = view.nodeType
            claimsBridge = view.claimsToBeBridge
            claimsRecovery = view.emergencyRecovery || view.needsPeers
            isHiddenTab = view.isHiddenTab
            isDialable = view.listeningAddress != nil || view.publicWssAddress != nil
        }

        /// Whether its answer is on its way: a helper is often faster than the bridge that named it.
        var awaitsHelper: Bool {
            switch join?.progress {
            case .asking, .ended: true
            case nil, .asked, .awaitingGenesis, .holding: false
            }
        }

        /// Whether other peers may be led to it.
        var isListable: Bool { isRegistered && !isBridge && !isHiddenTab && id?.node != nil }

        /// Proven or not: nobody who says that it is a bridge is treated as a newcomer to a network that we start.
        var isBridge: Bool { isProvenBridge || claimsBridge }
    }

    /// A newcomer's question, from its first request to its answer.
    struct Join: Sendable {
        enum Progress: Sendable {
            /// Nothing has been done about it yet; some answers wait for the registration.
            case asked
            /// Waits for the genesis decision, its own or somebody else's, to be written.
            case awaitingGenesis
            case asking(JoinID)
            /// The bridges know nobody yet; they are asked again in a moment.
            case holding
            /// The answer is known and waits for the registration.
            case ended(OnboardingOutcome, JoinReceipt?)
        }

        var waiters: [WireRequestID]
        var listLimit: Int
        /// A bridge that has lost all its peers asks.
        var isRecovery: Bool
        var progress: Progress
        /// How often the bridges were asked again because they knew nobody.
        var retries = 0
    }
}
