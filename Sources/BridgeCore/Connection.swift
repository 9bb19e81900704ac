import Kademlia
import Scheduling
import Timekeeping
import WireMessages

/// One socket of the bridge: counted up by the shell, never used again.
public struct ConnectionID: Sendable, Hashable, Comparable {
    public let value: UInt64

    public init(value: UInt64) {
        self.value = value
    }

    public static func < (left: ConnectionID, right: ConnectionID) -> Bool {
        left.value < right.value
    }
}

/// How a socket ended.
public struct SocketEnding: Sendable, Equatable {
    /// The other end sent the first close frame.
    public var isRemote: Bool
    /// The code of that frame, or of ours; nil if there was none.
    public var code: UInt16?
    public var reason: String

    public init(isRemote: Bool, code: UInt16?, reason: String) {
        self.isRemote = isRemote
        self.code = code
        self.reason = reason
    }
}

/// What the core keeps per socket.
///
///     accepted ─► undecided ──bootstrap_auth──► link ◄──registered── registering ◄── bootstrap dialled
///                     │
///                     ├──dht_peer_hello──► peer ◄──dht_peer_connected── greeting ◄── peer dialled
///                     └──anything else, 10 s, close──► closing ◄── all others
struct Connection: Sendable {
    enum Role: Sendable {
        /// Somebody dialled in and has not said what it is.
        case undecided
        /// We dialled this peer and sent our hello.
        case greeting(NodeID)
        /// We dialled this bootstrap and asked it to register us.
        case registering
        /// A bootstrap that proved the secret, or one of those we dialled that registered us. `features` is what both ends
        /// named; nil for an existing bootstrap, which must see nothing it does not know.
        case link(features: LinkFeatures?)
        case peer(NodeID)
        /// Told to close; what still arrives is ignored.
        case closing
    }

    /// An attempt of ours that led, or may lead, to this socket.
    struct Dial: Sendable, Equatable {
        var address: String
        /// How many attempts there were, this one included.
        var attempts: Int
    }

    var role: Role = .undecided
    /// How we came to dial it; nil for a socket that was opened by the other side.
    var dial: Dial?
    /// The bootstrap that we dialled; nil for any other socket.
    var bootstrap: BootstrapID?
    /// Which bootstrap it is of, for turns in the queue; nil unless it said so.
    var source: SourceID?
    /// Where it comes from, if that was seen and means anything.
    var network: NetworkGroup?
    /// When the last message came in on it, or the answer to a ping of this socket on another.
    var lastHeard: Instant
    var rate: MessageRate
    /// Whom it was opened to, if that one did not answer our hello.
    var unreached: NodeID?
    /// Messages above its rate.
    var dropped = 0
    /// When it was pinged last.
    var lastPing: Instant?
    /// Our ping that waits for its pong.
    var ping: (request: WireRequestID, sentAt: Instant)?
    /// An earlier ping was never answered, and nothing came in since.
    var missedPing = false

    init(role: Role = .undecided, dial: Dial? = nil, at now: Instant) {
        self.role = role
        self.dial = dial
        self.lastHeard = now
        self.rate = MessageRate(
            perSecond: BridgeDefaults.messagesPerSecond,
            burst: BridgeDefaults.messageBurst,
            at: now
        )
    }

    /// An existing bootstrap on a connection that we opened. There, existing bridges name themselves in no answer
    /// (protocol.md 2.10, 3.4).
    var isClientLink: Bool {
        switch role {
        case .registering, .link(features: nil): bootstrap != nil
        case .undecided, .greeting, .link, .peer, .closing: false
        }
    }

    /// What both ends of a link named.
    var features: LinkFeatures {
        switch role {
        case .link(let features): features ?? []
        case .undecided, .greeting, .registering, .peer, .closing: []
        }
    }

    /// A bootstrap that answers `get_connected_clients` here: one of ours, or one that we dialled (protocol.md 2.10).
    var answersForClients: Bool {
        switch role {
        case .link(features: nil): bootstrap != nil
        case .link(let features?): features.contains(.clients)
        case .undecided, .greeting, .registering, .peer, .closing: false
        }
    }

    /// A ping went unanswered and nothing else came since: the other end may have forgotten this socket (protocol.md 4.7).
    func isSuspect(at now: Instant, after timeout: Duration = BridgeDefaults.pingTimeout) -> Bool {
        guard let ping else { return missedPing }
        return missedPing || (lastHeard <= ping.sentAt && now - ping.sentAt >= timeout)
    }
}
