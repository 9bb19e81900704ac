import Timekeeping
import WireMessages

/// One connection, as the server that holds the socket numbers it.
public struct ConnectionID: Sendable, Hashable {
    public let value: UInt64

    public init(_ value: UInt64) {
        self.value = value
    }
}

/// One newcomer's question to the bridges.
public struct JoinID: Sendable, Hashable {
    public let value: UInt64

    public init(_ value: UInt64) {
        self.value = value
    }
}

/// Why the server closes a connection: code and text (protocol.md 2.3; ours where it has none).
public enum ClientClosing: Sendable, Equatable {
    case invalidJSON
    case missingNodeID
    case versionMismatch
    case serverFull
    case neverRegistered
    /// The same id registered on a newer socket.
    case replaced
    /// A live connection holds the id, and the newer one did not prove that it is its owner.
    case idInUse
    /// Proof of the id is required, and was not given.
    case authRequired
    /// The server stops ...
    case goingAway
    /// ... and has told the client when to come back.
    case restarting

    public var code: UInt16 {
        switch self {
        case .invalidJSON, .missingNodeID: 1002
        case .versionMismatch: 4001
        case .serverFull, .replaced: 1000
        case .neverRegistered, .idInUse, .authRequired: 1008
        case .goingAway: 1001
        // Service Restart, in IANA's registry of close codes.
        case .restarting: 1012
        }
    }

    public var text: String {
        switch self {
        case .invalidJSON: "Invalid JSON"
        case .missingNodeID: "Missing nodeId"
        case .versionMismatch: "Version mismatch"
        case .serverFull: "Server full"
        case .neverRegistered: "Not registered in time"
        case .replaced: "Replaced by a newer connection"
        case .idInUse: "Id in use"
        case .authRequired: "Proof of identity required"
        case .goingAway: "going away"
        case .restarting: "service restart"
        }
    }
}

extension Bootstrap {
    /// One open connection.
    struct Client: Sendable {
        let connection: ConnectionID
        let origin: ClientOrigin
        /// As named by the first message that names one; it never changes afterwards.
        var id: ClientID?
        var isRegistered = false
        /// It is being closed, since its id belongs to another: what it still says is too late.
        var isClosing = false
        /// The challenge that it has not answered.
        @Rare var challenge: Challenge?
        /// Its answer, which is being checked.
        @Rare var verification: KeyProof?
        /// The key that it has proved to hold, and its id is made of.
        @Rare var provenKey: RawJSON?
        /// Followed once it has proved its key, where that is required.
        @Rare var pendingRegistration: Register?
        /// When it was last pinged because another claims its id ...
        var probedAt: Instant?
        /// ... and last answered that, or was heard meanwhile.
        var answeredAt: Instant?
        var standing = Standing.newcomer
        /// Whom it waits for, by the request that is answered then.
        var waits: [WireRequestID: ClientID] = [:]
        /// The last question ended without anybody to connect to.
        var isStranded = false
        /// What others may be shown of it; the rest is not kept.
        var metadata = RawJSON.emptyObject
        /// The hash of what that was made of: most say the same with their question and when they register. A hash, as secrets are
        /// in it that are not kept; it is keyed anew in each process, so nobody makes two that have the same.
        var adopted: Int?
        /// Some of it is of use only to those who are near it.
        var hasNearbyAddress = false
        var kind = PeerMetadata.NodeType.browser
        /// As what it is among `peerKinds`.
        var countedAs: PeerKind?
        /// Says of itself that it is a bridge. That proves nothing, so it is neither asked nor listed as one, and never
        /// made genesis.
        var claimsBridge = false
        /// Registered as a bridge with the secret. That is true of the connection, whatever it says later.
        var isProvenBridge = false
        /// Says that it is a bridge which has lost all its peers (protocol.md 2.5.1).
        var claimsRecovery = false
        /// What it says that it understands.
        var features: PeerFeatures = []
        var isHiddenTab = false
        /// Names an address.
        var isDialable = false
        /// A bridge that was answered before on this connection.
        var hasAsked = false
        @Rare var join: Join?
        var answered: [WireRequestID] = []
        init(connection: ConnectionID, origin: ClientOrigin) {
            self.connection = connection
            self.origin = origin
        }

        /// - Parameter view: of that metadata.
        mutating func adopt(_ metadata: RawJSON, _ view: PeerMetadata) {
            // One token is looked at for each question; clients send theirs with every message.
            if let token = view.membershipToken, standing != .judging { standing = .presented(token) }
            var hasher = Hasher()
            metadata.bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
            let hash = hasher.finalize()
            guard hash != adopted else { return }
            adopted = hash
            let addresses = PeerListing.Addresses(view, usableFrom: origin)
            self.metadata = PeerListing.shown(metadata, addresses).compact()
            hasNearbyAddress = addresses.hasNearby
            kind = view.nodeType
            claimsBridge = view.claimsToBeBridge
            claimsRecovery = view.emergencyRecovery || view.needsPeers
            isHiddenTab = view.isHiddenTab
            isDialable = !addresses.isEmpty
        }

        /// As another one may be told of it.
        func metadata(for other: ClientOrigin) -> RawJSON {
            guard hasNearbyAddress, other.reach == .everywhere else { return metadata }
            return PeerListing.shown(metadata, to: other)
        }

        /// Whether its answer is on its way: a helper is often faster than the bridge that named it.
        var awaitsHelper: Bool {
            switch join?.progress {
            case .asking, .ended: true
            case nil, .asked, .judging, .awaitingBridges, .awaitingGenesis, .holding: false
            }
        }

        /// Whether it seems to be in the DHT: it looks for nobody, and did not look in vain.
        var isSettled: Bool { join == nil && !isStranded }

        /// Whether other peers may be led to it.
        var isListable: Bool { isRegistered && !isBridge && !isHiddenTab && id?.node != nil }

        /// Proven or not: nobody who says that it is a bridge is treated as a newcomer to a network that we start.
        var isBridge: Bool { isProvenBridge || claimsBridge }
    }

    /// Whether a client was in the DHT before, as far as it is known (protocol.md 2.6.1, step 1).
    enum Standing: Sendable, Equatable {
        case newcomer
        /// It shows a membership token that nobody has looked at.
        case presented(RawJSON)
        case judging
        case member
    }

    /// A newcomer's question, from its first request to its answer.
    struct Join: Sendable {
        enum Progress: Sendable {
            /// Nothing has been done about it yet; some answers wait for the registration.
            case asked
            /// Its membership token is being checked.
            case judging
            /// No network is known, and bridges that could tell of one are not linked yet; it is looked again in a moment.
            case awaitingBridges
            /// Waits for the genesis decision, its own or somebody else's, to be written.
            case awaitingGenesis
            case asking(JoinID)
            /// The bridges know nobody yet; they are asked again in a moment. With the receipt of the last time.
            case holding(JoinReceipt?)
            /// The answer is known and waits for the registration.
            case ended(OnboardingOutcome, JoinReceipt?)
        }

        var waiters: [WireRequestID]
        /// When the question was taken up; nil as long as it is nobody's business but ours.
        var askedAt: Instant?
        let arrivedAt: Instant
        var listLimit: Int
        /// A bridge that has lost all its peers asks.
        var isRecovery: Bool
        var progress: Progress
        /// How often the bridges were asked again because they knew nobody.
        var retries = 0

        /// Of the bridges' last answer, while that is not passed on.
        var receipt: JoinReceipt? {
            switch progress {
            case .holding(let receipt), .ended(_, let receipt): receipt
            case .asked, .judging, .awaitingBridges, .awaitingGenesis, .asking: nil
            }
        }
    }
}
