public import Kademlia
public import Timekeeping
public import WireMessages

/// One simulated peer of the DHT: a well-behaved Node peer as protocol.md section 9 describes it, without its sockets.
///
/// Events go in, actions come out; time and chance are arguments. The shell carries the actions out in their order and calls
/// ``tick(at:using:)`` once ``nextDeadline`` has passed.
///
///     start ──► unanswered ──answer names helpers──► answered ──link to one of them──► member
///                   │                                   │                               ▲
///                   └──────told to be genesis───────────┼───────────────────────────────┘
///                   └──────given up, or too late────────┴──► failed
public struct SimulatedPeer: Sendable {
    public struct Settings: Sendable {
        /// A join that has not succeeded by then has failed.
        public var joinTimeout: Duration

        public init(joinTimeout: Duration = PeerDefaults.joinTimeout) {
            self.joinTimeout = joinTimeout
        }
    }

    /// What the shell owes after an event, in this order.
    public enum Action: Sendable, Equatable {
        /// Connect to the bootstrap server; report `clientLinkOpened` or `clientLinkClosed`.
        case openClientLink
        /// Close the client link; report `clientLinkClosed`.
        case closeClientLink
        /// Send on the client link.
        case tell(PeerToBootstrap)
        /// Connect to `address`; report `linkOpened` or `linkClosed`.
        case dial(DHTLinkID, address: String)
        /// Send on a DHT link.
        case send(DHTMessage, on: DHTLinkID)
        /// Close a DHT link. The machine has forgotten it already; a report of its end is ignored.
        case close(DHTLinkID)
        /// Something an observer wants to know.
        case report(JoinReport)
    }

    /// Everything that waits for a moment.
    enum Alarm: Hashable, Sendable {
        case joinDeadline
        case register
        case reopenClientLink
        case answer
        case askAgain
        case waitingInvitations
        case upkeep
        case dialUnlessLinked(NodeID)
        case handshake(DHTLinkID)
        case ping(DHTLinkID)
        case firstQuestion(DHTLinkID)
    }

    public let identity: PeerIdentity
    let settings: Settings
    let mint: TokenMint

    var clientLink = ClientLink()
    var join = JoinProgress()
    var links = LinkTable()
    var neighbours: Neighbours
    var invitations = InvitationDesk()
    var expectedLink = ExpectedLink()
    var values = ValueStore()
    /// The membership we hold, if any: what makes us a helper.
    var membership: RawJSON?
    /// When we started, by the wall clock; it goes out in our build id and metadata.
    var startedAtMilliseconds: Int64 = 0
    /// Whether the server made us the first of the network.
    var isGenesis = false
    var upkeepPause = PeerDefaults.shortRound
    var nextUpkeep: Instant?

    private var alarms = DeadlineQueue<Alarm>()
    private var outbox: [Action] = []
    private var lastRequest: UInt64 = 0

    public init(identity: PeerIdentity, settings: Settings = Settings()) {
        self.identity = identity
        self.settings = settings
        self.mint = TokenMint(identity: identity)
        self.neighbours = Neighbours(localID: identity.id)
    }

    public var id: NodeID { identity.id }

    /// How many ids this peer has a DHT link to.
    public var linkedPeerCount: Int { links.linkedPeers.count }

    /// Whether a DHT link of our making is on its way.
    public var isDialling: Bool { links.attemptCount > 0 }

    /// Whether a DHT link to `peer` is up.
    public func isLinked(to peer: NodeID) -> Bool { links.isLinked(to: peer) }

    // MARK: Life

    /// Begins the join.
    public mutating func start(at now: Moment) -> [Action] {
        startedAtMilliseconds = now.unixMilliseconds
        join.begin()
        arm(.joinDeadline, after: settings.joinTimeout, from: now)
        openClientLink()
        return drain()
    }

    /// Closes everything. No event means anything afterwards.
    public mutating func stop() -> [Action] {
        alarms = DeadlineQueue()
        if clientLink.stop() { act(.closeClientLink) }
        for link in links.all {
            _ = links.remove(link)
            act(.close(link))
        }
        return drain()
    }

    /// When the next call of ``tick(at:using:)`` is due; nil when nothing waits.
    public var nextDeadline: Instant? {
        mutating get { alarms.next() }
    }

    /// Does what has become due.
    public mutating func tick(at now: Moment, using generator: inout some RandomNumberGenerator) -> [Action] {
        while let alarm = alarms.popDue(at: now.instant) {
            switch alarm {
            case .joinDeadline: joinDeadlinePassed()
            case .register: register(at: now)
            case .reopenClientLink: openClientLink()
            case .answer: answerOverdue(at: now)
            case .askAgain: askAgain(at: now, using: &generator)
            case .waitingInvitations: invitations.dropWaiting()
            case .upkeep: upkeep(at: now, using: &generator)
            case .dialUnlessLinked(let peer): dialUnlessLinked(peer, at: now)
            case .handshake(let link): handshakeOverdue(link, at: now)
            case .ping(let link): pingDue(on: link, at: now)
            case .firstQuestion(let link): askForOurselves(on: link, at: now)
            }
        }
        return drain()
    }

    // MARK: Shared by the aspects

    mutating func act(_ action: Action) { outbox.append(action) }

    mutating func drain() -> [Action] {
        defer { outbox.removeAll() }
        return outbox
    }

    mutating func arm(_ alarm: Alarm, after pause: Duration, from now: Moment) {
        alarms.set(alarm, at: now.instant + pause)
    }

    mutating func disarm(_ alarm: Alarm) { alarms.cancel(alarm) }

    /// `req_<ms>_` and nine characters, as peers name their requests to the bootstrap server (protocol.md 1.3).
    func clientRequestID(at now: Moment, using generator: inout some RandomNumberGenerator) -> WireRequestID {
        let alphabet = Array("0123456789abcdefghijklmnopqrstuvwxyz")
        let suffix = String((0..<9).map { _ in alphabet[Int.random(in: alphabet.indices, using: &generator)] })
        return WireRequestID("req_\(now.unixMilliseconds)_\(suffix)") ?? "req"
    }

    /// The first 8 digits of our id and a counter: unique per sender (protocol.md 1.3).
    mutating func nextRequestID() -> WireRequestID {
        lastRequest += 1
        return WireRequestID("\(id.short)_\(lastRequest)") ?? "req"
    }
}
