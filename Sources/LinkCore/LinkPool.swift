import Scheduling
package import Timekeeping

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
/// - `Request` is whatever the caller wants back with the outcome; `Answer` is a bridge's answer.
package struct LinkPool<Request: Sendable, Answer: Sendable>: Sendable {
    package struct Configuration: Sendable, Equatable {
        package var backoffBase = PoolDefaults.backoffBase
        package var backoffCap = PoolDefaults.backoffCap
        package var backoffJitter = PoolDefaults.backoffJitter
        package var stableAfter = PoolDefaults.stableAfter
        package var minimumRedialGap = PoolDefaults.minimumRedialGap
        package var connectTimeout = PoolDefaults.connectTimeout
        package var authenticationTimeout = PoolDefaults.authenticationTimeout
        package var pingInterval = PoolDefaults.pingInterval
        package var pingTimeout = PoolDefaults.pingTimeout
        package var requestDeadline = PoolDefaults.requestDeadline
        package var attemptTimeout = PoolDefaults.attemptTimeout
        package var existingEraAttemptTimeout = PoolDefaults.existingEraAttemptTimeout
        package var lonelyAttemptTimeout = PoolDefaults.lonelyAttemptTimeout
        package var maxAttempts = PoolDefaults.maxAttempts
        package var maxMoves = PoolDefaults.maxMoves
        package var readinessPatience = PoolDefaults.readinessPatience
        package var maxInFlightPerLink = PoolDefaults.maxInFlightPerLink
        package var maxWaiting = PoolDefaults.maxWaiting
        package var busyRetryAfter = PoolDefaults.busyRetryAfter
        package var retryShare = PoolDefaults.retryShare
        package var retriesPerSecond = PoolDefaults.retriesPerSecond
        package var ejectionThreshold = PoolDefaults.ejectionThreshold
        package var ejectionBase = PoolDefaults.ejectionBase
        package var ejectionCap = PoolDefaults.ejectionCap
        /// Whether a request that takes longer than most is put to a second bridge, within the retry budget. It shortens the
        /// slowest answers and costs helpers a second instruction now and then, so it is off unless asked for.
        package var hedges = false

        package init() {}
    }

    /// What the caller owes after an event, in order.
    package enum Action: Sendable {
        /// Open a connection to the address and report under this id.
        case dial(LinkID, EndpointID, address: String)
        /// The socket is open: prove the secret on it.
        case authenticate(LinkID)
        /// Put the request to the bridge at the other end. `timeLeft` is for a bridge that takes it.
        case send(RequestID, Request, on: LinkID, timeLeft: Duration?)
        /// Tell the bridge that nobody waits for this answer any more; it understands that.
        case withdraw(RequestID, on: LinkID)
        /// Send a WebSocket ping, or, to a bridge that reports its load, a JSON ping.
        case ping(LinkID, asksLoad: Bool)
        /// The connection asked for with `errand` is ready: say what was to be said.
        case errandReady(LinkID)
        /// Close the connection, or abandon the dial; the pool has already forgotten the id.
        case close(LinkID, LinkClosing)
        /// The request is over. Comes once for each accepted request.
        case finish(RequestID, Request, Outcome, Receipt)
        /// An endpoint's status word changed: tell whoever watches.
        case statusChanged(StatusChange)
        case notice(PoolNotice)
        /// The last request has ended since `drain`.
        case drained
    }

    /// How a request ended.
    package enum Outcome: Sendable {
        case answered(Answer, by: EndpointID)
        case failed(Failure)
    }

    /// Why a request ended without a helper.
    package enum Failure: Sendable {
        /// No bridge is connected.
        case noBridge
        /// Every ready bridge said busy, or the pool is full. Try again after this long.
        case busy(retryAfter: Duration)
        /// The bridges that were asked did not answer in time.
        case timedOut
        /// A bridge answered that it cannot help; its answer may name peers for an emergency.
        case refused(Answer)
        /// The bridges that were asked gave answers that are none.
        case unusable
        /// The pool is stopping.
        case stopping
    }

    /// What a request cost.
    package struct Receipt: Sendable, Equatable {
        /// How many bridges were asked, the answering one included.
        package var attempts: Int
        /// How often it left a lost link.
        package var moves: Int
        /// From acceptance to the first send, or to the end if there was none.
        package var queued: Duration
        /// From acceptance to the end.
        package var total: Duration

        package init(attempts: Int, moves: Int, queued: Duration, total: Duration) {
            self.attempts = attempts
            self.moves = moves
            self.queued = queued
            self.total = total
        }
    }

    /// What a bridge's answer says, as far as the pool must know.
    package enum Verdict: Sendable {
        case success(Answer)
        /// The bridge has no helper: another may.
        case refused(Answer)
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

    package let configuration: Configuration
    package internal(set) var counters = PoolCounters()
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
    package init(bridges: [BridgeAddress], configuration: Configuration = Configuration()) {
        self.configuration = configuration
        budget = RetryBudget(share: configuration.retryShare, floorPerSecond: configuration.retriesPerSecond)
        waiting = FairQueue(capacity: configuration.maxWaiting)
        for bridge in bridges where !endpoints.contains(where: { $0.address == bridge.address }) {
            endpoints.append(makeEndpoint(address: bridge.address, mode: bridge.mode, at: .zero))
        }
    }

    /// When `tick` is due, or nil when nothing is armed.
    package mutating func nextDeadline() -> Instant? {
        timers.next()
    }

    /// Dials every endpoint, all at once.
    package mutating func start(at now: Instant, actions: inout [Action]) {
        for index in endpoints.indices {
            endpoints[index].since = now
            dial(index, at: now, actions: &actions)
        }
    }

    /// Fires everything that is due.
    package mutating func tick(
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
package struct PoolCounters: Sendable, Equatable {
    package var accepted = 0
    package var cancelled = 0
    // How requests ended: their sum, those that are pending and those that were cancelled make up `accepted`.
    package var answered = 0
    package var refused = 0
    package var busy = 0
    package var timedOut = 0
    package var noBridge = 0
    package var unusable = 0
    package var stopped = 0
    /// Requests that were put to another bridge because the first was slow, full or gave no usable answer.
    package var retries = 0
    /// Requests that were put to another bridge because the first knew nobody.
    package var secondOpinions = 0
    /// Requests that left a lost link for another bridge.
    package var moved = 0
    /// Retries that the budget did not allow.
    package var retriesDenied = 0
    package var hedges = 0
    /// Hedges whose answer came first.
    package var hedgesWon = 0
    /// Requests that found the waiting line full.
    package var turnedAway = 0
    /// Answers to requests that had already ended.
    package var lateAnswers = 0
    /// Answers from a bridge that was not asked.
    package var foreignAnswers = 0
    package var dials = 0
    package var linksOpened = 0
    package var linksLost = 0
    package var ejections = 0

    package init() {}

    /// Requests that ended otherwise than with a helper.
    package var failed: Int { refused + busy + timedOut + noBridge + unusable + stopped }
}
