import Scheduling
public import Timekeeping

/// The pool's decisions: which bridge is asked, when a link is dialled, pinged or given up, and how each request ends.
///
/// A value without sockets or clock. Every event is one synchronous step that takes the time and, where chance is needed,
/// a generator, and appends the actions the caller now owes, in order. The caller owns the sockets: it reports what
/// happened to the link ids it was told to dial, and calls `tick` at `nextDeadline()`.
///
/// One endpoint stands for one bridge: a configured address, or a bridge that dialled in. What leads to it, its logical link,
/// may be a connection that we dialled, one that it dialled, or, for bridges of the existing network, both (protocol.md 3.5).
///
///     dialled:    waiting ──dial──▶ dialling ──opened──▶ authenticating ──authenticated──▶ ready
///                    ▲                 │ failed, timeout        │ refused, timeout           │ closed, silent
///                    └─────────────────┴────────────────────────┴────────────────────────────┘
///     dialled in: adopted ──▶ (native: authenticating ──▶) ready ──▶ closed
///
/// A request's life: `submit` ▶ waiting for a link ▶ in flight ▶ (another bridge, if this one is slow, full or lost) ▶ exactly
/// one `finish`. What arrives after that is counted and dropped.
///
/// What is asked, and what bridges answer, the pool never sees: its owner keeps both, and gives each a `Ticket`.
public struct LinkPool: Sendable {
    public struct Configuration: Sendable, Equatable {
        public var backoffBase = PoolDefaults.backoffBase
        public var backoffCap = PoolDefaults.backoffCap
        public var backoffJitter = PoolDefaults.backoffJitter
        public var stableAfter = PoolDefaults.stableAfter
        public var minimumRedialGap = PoolDefaults.minimumRedialGap
        public var connectTimeout = PoolDefaults.connectTimeout
        public var authenticationTimeout = PoolDefaults.authenticationTimeout
        public var pingInterval = PoolDefaults.pingInterval
        public var pingTimeout = PoolDefaults.pingTimeout
        public var requestDeadline = PoolDefaults.requestDeadline
        public var attemptTimeout = PoolDefaults.attemptTimeout
        public var existingEraAttemptTimeout = PoolDefaults.existingEraAttemptTimeout
        public var lonelyAttemptTimeout = PoolDefaults.lonelyAttemptTimeout
        public var maxAttempts = PoolDefaults.maxAttempts
        public var maxMoves = PoolDefaults.maxMoves
        public var readinessPatience = PoolDefaults.readinessPatience
        public var maxInFlightPerLink = PoolDefaults.maxInFlightPerLink
        public var maxWaiting = PoolDefaults.maxWaiting
        public var busyRetryAfter = PoolDefaults.busyRetryAfter
        public var retryShare = PoolDefaults.retryShare
        public var retriesPerSecond = PoolDefaults.retriesPerSecond
        public var ejectionThreshold = PoolDefaults.ejectionThreshold
        public var ejectionBase = PoolDefaults.ejectionBase
        public var ejectionCap = PoolDefaults.ejectionCap
        /// Whether a request that takes longer than most is put to a second bridge, within the retry budget. It shortens the
        /// slowest answers and costs helpers a second instruction now and then, so it is off unless asked for.
        public var hedges = false

        public init() {}
    }

    /// What the caller owes after an event, in order.
    public enum Action: Sendable {
        /// Open a connection to the address and report under this id.
        case dial(LinkID, EndpointID, address: String)
        /// The socket is open: prove the secret on it.
        case authenticate(LinkID)
        /// Put the request to the bridge at the other end. `timeLeft` is for a bridge that takes it.
        case send(RequestID, Ticket, on: LinkID, timeLeft: Duration?)
        /// Tell the bridge that nobody waits for this answer any more; it understands that.
        case withdraw(RequestID, on: LinkID)
        /// Send a WebSocket ping, or, to a bridge that reports its load, a JSON ping.
        case ping(LinkID, asksLoad: Bool)
        /// The connection asked for with `errand` is ready: say what was to be said.
        case errandReady(LinkID)
        /// Close the connection, or abandon the dial; the pool has already forgotten the id.
        case close(LinkID, LinkClosing)
        /// The request is over. Comes once for each accepted request.
        case finish(RequestID, Ticket, Outcome, Receipt)
        /// An endpoint's status word changed: tell whoever watches.
        case statusChanged(StatusChange)
        case notice(PoolNotice)
        /// The last request has ended since `drain`.
        case drained
    }

    /// How a request ended.
    public enum Outcome: Sendable {
        case answered(Ticket, by: EndpointID)
        case failed(Failure)
    }

    /// Why a request ended without a helper.
    public enum Failure: Sendable {
        /// No bridge is connected.
        case noBridge
        /// Every ready bridge said busy, or the pool is full. Try again after this long.
        case busy(retryAfter: Duration)
        /// The bridges that were asked did not answer in time.
        case timedOut
        /// A bridge answered that it cannot help; its answer may name peers for an emergency.
        case refused(Ticket)
        /// The bridges that were asked gave answers that are none.
        case unusable
        /// The pool is stopping.
        case stopping
    }

    /// What a request cost.
    public struct Receipt: Sendable, Equatable {
        /// How many bridges were asked, the answering one included.
        public var attempts: Int
        /// How often it left a lost link.
        public var moves: Int
        /// From acceptance to the first send, or to the end if there was none.
        public var queued: Duration
        /// From acceptance to the end.
        public var total: Duration
        public var trail: RequestTrail

        public init(
            attempts: Int,
            moves: Int,
            queued: Duration,
            total: Duration,
            trail: RequestTrail = RequestTrail()
        ) {
            self.attempts = attempts
            self.moves = moves
            self.queued = queued
            self.total = total
            self.trail = trail
        }
    }

    /// What a bridge's answer says, as far as the pool must know.
    public enum Verdict: Sendable {
        case success(Ticket)
        /// The bridge has no helper: another may.
        case refused(Ticket)
        /// The bridge is full: pass it over for a while.
        case busy(retryAfter: Duration)
        /// Nothing that could be read as an answer.
        case unusable
    }

    typealias Timer = PoolTimer

    enum Phase: Sendable {
        case running
        case draining
        case stopped
    }

    public let configuration: Configuration
    public internal(set) var counters = PoolCounters()
    /// In the order of the rotation.
    var endpoints: [Endpoint] = []
    var links: [LinkID: Link] = [:]
    var requests: [RequestID: PendingRequest] = [:]
    /// Requests without a link.
    var waiting: FairQueue<RequestID>
    var timers = DeadlineQueue<Timer>()
    var budget: RetryBudget
    var latencies = LatencyEstimate()
    var phase = Phase.running
    /// Somebody may wait for room on a link with the patience that is only good while there is one.
    var someWaitForRoom = false
    /// Something is to happen once the last request of some endpoint has ended.
    var isUnsettled = false
    /// Where the search for the next endpoint starts.
    var rotation = 0
    private var nextLink: UInt64 = 1
    private var nextEndpoint = 0
    private var nextSequence: UInt64 = 0

    /// - Parameter bridges: one endpoint each, in the order of the rotation; an address that stands twice counts once.
    public init(bridges: [BridgeAddress], configuration: Configuration = Configuration()) {
        self.configuration = configuration
        budget = RetryBudget(share: configuration.retryShare, floorPerSecond: configuration.retriesPerSecond)
        waiting = FairQueue(capacity: configuration.maxWaiting)
        for bridge in bridges where !endpoints.contains(where: { $0.address == bridge.address }) {
            endpoints.append(makeEndpoint(address: bridge.address, mode: bridge.mode, at: .zero))
        }
    }

    /// When `tick` is due, or nil when nothing is armed.
    public mutating func nextDeadline() -> Instant? {
        timers.next()
    }

    /// Dials every endpoint, all at once.
    public mutating func start(at now: Instant, actions: inout [Action]) {
        for index in endpoints.indices {
            endpoints[index].since = now
            dial(index, at: now, actions: &actions)
        }
    }

    /// Fires everything that is due.
    public mutating func tick(
        at now: Instant,
        using generator: inout some RandomNumberGenerator,
        actions: inout [Action]
    ) {
        while let timer = timers.popDue(at: now) {
            switch timer {
            case .redial(let id):
                if let index = index(of: id) { dial(index, at: now, actions: &actions) }
            case .opening(let link): openingTimedOut(link, at: now, using: &generator, actions: &actions)
            case .keepalive(let link): keepaliveDue(link, at: now, using: &generator, actions: &actions)
            case .request(let id): requestDue(id, at: now, actions: &actions)
            case .readmission: drainWaiting(at: now, actions: &actions)
            case .forget(let id): forget(id, at: now, actions: &actions)
            case .drainEnd: endDrain(at: now, actions: &actions)
            }
        }
    }

    mutating func makeEndpoint(address: String?, mode: LinkMode, at now: Instant) -> Endpoint {
        defer { nextEndpoint += 1 }
        return Endpoint(
            id: EndpointID(value: nextEndpoint),
            address: address,
            mode: mode,
            since: now,
            configuration: configuration
        )
    }

    mutating func makeLinkID() -> LinkID {
        defer { nextLink += 1 }
        return LinkID(value: nextLink)
    }

    mutating func makeSequence() -> UInt64 {
        defer { nextSequence += 1 }
        return nextSequence
    }

    func index(of id: EndpointID) -> Int? {
        endpoints.firstIndex { $0.id == id }
    }
}

/// What the pool did, dropped or moved, counted since start.
public struct PoolCounters: Sendable, Equatable {
    public var accepted = 0
    public var cancelled = 0
    // How requests ended: their sum, those that are pending and those that were cancelled make up `accepted`.
    public var answered = 0
    public var refused = 0
    public var busy = 0
    public var timedOut = 0
    public var noBridge = 0
    public var unusable = 0
    public var stopped = 0
    /// Requests that were put to another bridge because the first was slow, full or gave no usable answer.
    public var retries = 0
    /// Requests that were put to another bridge because the first knew nobody.
    public var secondOpinions = 0
    /// Requests that left a lost link for another bridge.
    public var moved = 0
    /// Retries that the budget did not allow.
    public var retriesDenied = 0
    public var hedges = 0
    /// Hedges whose answer came first.
    public var hedgesWon = 0
    /// Requests that found the waiting line full.
    public var turnedAway = 0
    /// Answers to requests that had already ended.
    public var lateAnswers = 0
    /// Answers from a bridge that was not asked.
    public var foreignAnswers = 0
    public var dials = 0
    public var linksOpened = 0
    public var linksLost = 0
    public var ejections = 0

    public init() {}

    /// Requests that ended otherwise than with a helper.
    public var failed: Int { refused + busy + timedOut + noBridge + unusable + stopped }
}
