import DequeModule
package import Timekeeping

/// The pool's decisions: which bridge is asked, when a link is dialled, pinged or given up, and how each request ends.
///
/// A value without sockets or clock. Every event is one synchronous step that takes the time and, where chance is needed,
/// a generator, and appends the actions the caller now owes, in order. The caller owns the sockets: it reports what
/// happened to the link ids it was told to dial, and calls `tick` at `nextDeadline()`.
///
/// An endpoint's life (each box also reachable from `stop()` into the end):
///
///     waiting ──dial──▶ dialling ──opened──▶ authenticating ──authenticated──▶ ready
///        ▲                 │ failed, timeout        │ refused, timeout           │ closed, silent
///        └─────────────────┴────────────────────────┴────────────────────────────┘
///
/// A request's life: `submit` ▶ waiting for a link ▶ in flight ▶ (another bridge, at most `maxAttempts`) ▶ exactly one
/// `finish`. What arrives after that is counted and dropped.
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
        package var maxAttempts = PoolDefaults.maxAttempts
        package var maxMoves = PoolDefaults.maxMoves
        package var readinessPatience = PoolDefaults.readinessPatience
        package var maxInFlightPerLink = PoolDefaults.maxInFlightPerLink
        package var maxWaiting = PoolDefaults.maxWaiting
        package var busyRetryAfter = PoolDefaults.busyRetryAfter
        package var retryShare = PoolDefaults.retryShare
        package var retriesPerSecond = PoolDefaults.retriesPerSecond

        package init() {}
    }

    /// What the caller owes after an event, in order.
    package enum Action: Sendable {
        /// Open a connection to the endpoint's address and report under this id.
        case dial(LinkID, EndpointID)
        /// The socket is open: prove the secret on it.
        case authenticate(LinkID)
        /// Put the request to the bridge at the other end.
        case send(RequestID, Request, on: LinkID, deadline: Instant)
        /// Send a WebSocket ping.
        case ping(LinkID)
        /// Close the connection, or abandon the dial; the pool has already forgotten the id.
        case close(LinkID, LinkClosing)
        /// The request is over. Comes once for each accepted request.
        case finish(RequestID, Request, Outcome)
        /// The endpoint's status word changed: tell whoever watches.
        case statusChanged(EndpointID, LinkStatus)
    }

    /// How a request ended.
    package enum Outcome: Sendable {
        case answered(Answer, Receipt)
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
        /// The pool is stopping.
        case stopping
    }

    /// What an answered request cost.
    package struct Receipt: Sendable, Equatable {
        package var endpoint: EndpointID
        /// How many bridges were asked, the answering one included.
        package var attempts: Int
        /// From acceptance to the first send.
        package var queued: Duration
        /// From acceptance to the answer.
        package var total: Duration
    }

    /// What a bridge's answer says, as far as the pool must know.
    package enum Verdict: Sendable {
        case success(Answer)
        /// The bridge has no helper: another may.
        case refused(Answer)
        /// The bridge is full: pass it over for a while.
        case busy(retryAfter: Duration)
    }

    package enum Timer: Hashable, Sendable {
        case redial(EndpointID)
        case opening(EndpointID)
        case keepalive(EndpointID)
        case request(RequestID)
    }

    package let configuration: Configuration
    package internal(set) var counters = PoolCounters()
    var endpoints: [Endpoint]
    var endpointOfLink: [LinkID: EndpointID] = [:]
    var requests: [RequestID: PendingRequest] = [:]
    /// Requests without a link, oldest first. Ids of requests that ended meanwhile stay behind and are skipped.
    var waiting = Deque<RequestID>()
    var waitingCount = 0
    var timers = DeadlineQueue<Timer>()
    var budget: RetryBudget
    private(set) var stopping = false
    private var nextLink: UInt64 = 1
    private var nextSequence: UInt64 = 0
    /// The endpoint the next request goes to, if it is ready.
    var rotation = 0

    /// - Parameter addresses: one endpoint each, in the order of their `EndpointID`.
    package init(addresses: [String], configuration: Configuration = Configuration()) {
        self.configuration = configuration
        budget = RetryBudget(share: configuration.retryShare, floorPerSecond: configuration.retriesPerSecond)
        endpoints = addresses.enumerated().map { index, address in
            Endpoint(id: EndpointID(index: index), address: address, configuration: configuration)
        }
    }

    /// When `tick` is due, or nil when nothing is armed.
    package mutating func nextDeadline() -> Instant? {
        timers.next()
    }

    /// Dials every endpoint, all at once.
    package mutating func start(at now: Instant, actions: inout [Action]) {
        for endpoint in endpoints.indices {
            dial(endpoint, at: now, actions: &actions)
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
            case .redial(let id): dial(id.index, at: now, actions: &actions)
            case .opening(let id): openingTimedOut(id.index, at: now, using: &generator, actions: &actions)
            case .keepalive(let id): keepaliveDue(id.index, at: now, using: &generator, actions: &actions)
            case .request(let id): requestDue(id, at: now, using: &generator, actions: &actions)
            }
        }
    }

    /// Ends every request and closes every link. The pool accepts nothing afterwards.
    package mutating func stop(at now: Instant, actions: inout [Action]) {
        stopping = true
        for request in requests.values.sorted(by: { $0.sequence < $1.sequence }) {
            finish(request, .failed(.stopping), actions: &actions)
        }
        waiting.removeAll()
        waitingCount = 0
        for index in endpoints.indices {
            timers.cancel(.redial(endpoints[index].id))
            guard let link = detachLink(index) else { continue }
            actions.append(.close(link, .stopping))
            setStatus(index, .disconnected, error: nil, at: now, actions: &actions)
        }
    }

    mutating func makeLinkID() -> LinkID {
        defer { nextLink += 1 }
        return LinkID(value: nextLink)
    }

    mutating func makeSequence() -> UInt64 {
        defer { nextSequence += 1 }
        return nextSequence
    }
}

/// What the pool dropped or moved, counted since start.
package struct PoolCounters: Sendable, Equatable {
    package var accepted = 0
    package var answered = 0
    package var failed = 0
    package var cancelled = 0
    package var retries = 0
    /// Requests that left a lost link for another bridge.
    package var moved = 0
    /// Answers to requests that had already ended.
    package var lateAnswers = 0
    /// Answers from a bridge that was not asked.
    package var foreignAnswers = 0

    package init() {}
}
