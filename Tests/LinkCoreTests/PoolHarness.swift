import DHTTestKit
public import LinkCore
import Scheduling
import Testing
import Timekeeping

typealias Pool = LinkPool

/// Tests call requests and answers by a word.
extension Ticket: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    public init(stringLiteral word: String) {
        // FNV-1a: another number for another word, the same in each run.
        self.init(value: word.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 })
    }
}

/// Drives one pool by hand: holds the clock, the generator and the actions of the last event.
struct PoolHarness {
    var pool: Pool
    var now = Instant.zero
    var generator: SeededGenerator
    /// What the last event asked for.
    var actions: [Pool.Action] = []

    /// Whether the pool's books are audited after each event, which costs a walk over all it knows.
    var auditsBooks = true

    init(
        bridges: Int,
        mode: LinkMode = .persistent,
        seed: UInt64 = 1,
        configure: (inout Pool.Configuration) -> Void = { _ in }
    ) {
        self.init(
            (0..<bridges).map { BridgeAddress("ws://bridge-\($0)", mode: mode) },
            seed: seed,
            configure: configure
        )
    }

    init(_ bridges: [BridgeAddress], seed: UInt64 = 1, configure: (inout Pool.Configuration) -> Void = { _ in }) {
        var configuration = Pool.Configuration()
        configure(&configuration)
        pool = Pool(bridges: bridges, configuration: configuration)
        generator = SeededGenerator(seed: seed)
    }

    mutating func event(_ body: (inout Pool, Instant, inout SeededGenerator, inout [Pool.Action]) -> Void) {
        actions = []
        body(&pool, now, &generator, &actions)
        guard auditsBooks else { return }
        for contradiction in pool.contradictions(at: now) { Issue.record("\(contradiction), after \(actions)") }
    }

    mutating func start() {
        event { pool, now, _, actions in pool.start(at: now, actions: &actions) }
    }

    mutating func open(_ link: LinkID) {
        event { pool, now, _, actions in pool.opened(link, at: now, actions: &actions) }
    }

    /// The pool's reports at the harness's time.
    var reports: [EndpointReport] { pool.reports(at: now) }

    var ready: [String] { pool.readyBridges(at: now).map(\.bridge) }

    /// The bridge is a native one, unless `traits` says otherwise.
    mutating func authenticate(_ link: LinkID, as bridge: String, window: Int? = nil) {
        var traits = BridgeTraits(era: .native)
        traits.window = window
        authenticate(link, as: bridge, traits: traits)
    }

    mutating func authenticate(_ link: LinkID, as bridge: String, traits: BridgeTraits?) {
        event { pool, now, generator, actions in
            pool.authenticated(
                link,
                bridge: bridge,
                traits: traits,
                at: now,
                using: &generator,
                actions: &actions
            )
        }
    }

    mutating func close(_ link: LinkID) {
        event { pool, now, generator, actions in
            pool.closed(link, reason: "reset", at: now, using: &generator, actions: &actions)
        }
    }

    @discardableResult
    mutating func submit(_ request: Ticket, source: UInt64 = 0) -> RequestID {
        var id = RequestID(high: 0, low: 0)
        event { pool, now, generator, actions in
            id = pool.submit(request, source: SourceID(value: source), at: now, using: &generator, actions: &actions)
        }
        return id
    }

    mutating func answer(_ id: RequestID, on link: LinkID, _ verdict: Pool.Verdict) {
        event { pool, now, generator, actions in
            pool.answered(id, on: link, verdict, at: now, using: &generator, actions: &actions)
        }
    }

    /// Moves the clock and fires what is due there, timer by timer.
    mutating func advance(by duration: Duration) {
        let end = now + duration
        var collected: [Pool.Action] = []
        while let next = pool.nextDeadline(), next <= end {
            now = max(now, next)
            event { pool, now, generator, actions in pool.tick(at: now, using: &generator, actions: &actions) }
            collected += actions
        }
        now = end
        actions = collected
    }

    /// Brings every endpoint to `connected`; answers their links.
    mutating func connectAll() -> [LinkID] {
        start()
        let links = actions.compactMap(\.dialled)
        for (index, link) in links.enumerated() {
            open(link)
            authenticate(link, as: "bridge-\(index)")
        }
        return links
    }
}

extension LinkPool.Action {
    var dialled: LinkID? {
        if case .dial(let link, _, _) = self { link } else { nil }
    }

    var sent: (id: RequestID, link: LinkID)? {
        if case .send(let id, _, let link, _) = self { (id, link) } else { nil }
    }

    var closed: LinkClosing? {
        if case .close(_, let reason) = self { reason } else { nil }
    }

    var status: LinkStatus? {
        if case .statusChanged(let change) = self { change.status } else { nil }
    }

    var finished: (request: Ticket, outcome: LinkPool.Outcome, receipt: LinkPool.Receipt)? {
        if case .finish(_, let request, let outcome, let receipt) = self { (request, outcome, receipt) } else { nil }
    }
}

extension LinkPool.Outcome {
    /// The outcome in a word, for short expectations.
    var word: String {
        switch self {
        case .answered: "answered"
        case .failed(.noBridge): "no bridge"
        case .failed(.busy): "busy"
        case .failed(.timedOut): "timed out"
        case .failed(.refused): "refused"
        case .failed(.unusable): "unusable"
        case .failed(.stopping): "stopping"
        }
    }
}
