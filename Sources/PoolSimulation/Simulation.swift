import DHTTestKit
import HeapModule
import LinkCore
package import Timekeeping

/// One seed's life: a pool between scripted bridges, on a clock, a network and chances of the simulation's own.
///
/// The pool under test is the production value, driven through its package surface exactly as the socket shell drives it. Each
/// step takes the earliest of what is due, moves the clock there, tells the pool, does what the pool asks for, and has the
/// checker look at everything. No step depends on a wall clock, a hash order or a thread, so a seed is its whole history.
package struct Simulation: Sendable {
    /// Something that is due at some instant.
    enum Event: Sendable {
        case planned(Int)
        case dialEnds(LinkID, succeeds: Bool)
        case earlyPing(LinkID)
        case authenticationEnds(LinkID)
        case answer(Answer)
        case pong(LinkID, withLoad: Bool)
        case closed(LinkID)
        case dialsIn(Int)
        case bridgeUp(Int, generation: Int)
        case writable(LinkID)
        case stop
    }

    struct Answer: Sendable {
        var id: RequestID
        var asked: LinkID
        var askedAt: Instant
        var bridge: Int
        var generation: Int
        var kind: InvariantChecker.AnswerKind
    }

    struct Entry: Comparable, Sendable {
        var at: Instant
        var sequence: Int
        var event: Event

        static func < (left: Entry, right: Entry) -> Bool { (left.at, left.sequence) < (right.at, right.sequence) }
        static func == (left: Entry, right: Entry) -> Bool { left.sequence == right.sequence }
    }

    /// A connection, as the network knows it.
    struct Connection: Sendable {
        let id: LinkID
        /// Who is at the other end; nil: nobody.
        var bridge: Int?
        var generation: Int
        var isDialIn: Bool
        var endpoint: EndpointID?
        var isStatelessMode = false
        var isOpen = false
        var isAuthenticated = false
        /// Nothing arrives in either direction any more, and nobody is told.
        var isSilent = false
    }

    struct BridgeState: Sendable {
        var script: ScriptedBridge
        var isUp = true
        /// Counts its lives; what one life began, the next does not finish.
        var generation = 0
        var dialIn: LinkID?
        var isDialInPlanned = false
        var refusesSecretUntil = Instant.zero
        var wedgedUntil = Instant.zero
        var questions = 0
    }

    package let scenario: Scenario
    /// The planned events that happen; nil: all.
    let only: Set<Int>?
    var pool: LinkPool
    package internal(set) var checker: InvariantChecker
    /// The pool's chances.
    var generator: SeededGenerator
    package internal(set) var now = Instant.zero
    package internal(set) var steps = 0
    package internal(set) var hash = TraceHash()
    package internal(set) var rarities = RarityCounts()
    package internal(set) var trace: Trace

    var heap = Heap<Entry>()
    var nextSequence = 0
    var actions: [LinkPool.Action] = []
    var connections: [LinkID: Connection] = [:]
    var bridges: [BridgeState]
    /// Which bridge is at which site.
    var residents: [Int?]
    /// How each site is configured; nil: not.
    var modes: [LinkMode?]
    var joins = 0
    var dials = 0
    /// The latest requests and who was asked.
    var recent: [(id: RequestID, bridge: Int)] = []
    /// Connections that the pool closed lately.
    var buried: [LinkID] = []
    /// Faults have stopped.
    var isCalm = false
    var isStopped = false
    var watch = Watch()
    /// Events in a row at one instant.
    private var spins = 0

    package init(scenario: Scenario, only: Set<Int>? = nil, keepsTrace: Bool = false) {
        self.scenario = scenario
        self.only = only
        trace = Trace(isKept: keepsTrace)
        modes = scenario.sites.map(\.mode)
        residents = scenario.sites.map(\.bridge)
        bridges = scenario.bridges.map { BridgeState(script: $0) }
        generator = SeededGenerator(seed: scenario.seed ^ 0x706f_6f6c)
        let configured = scenario.sites.compactMap { site in site.mode.map { BridgeAddress(site.address, mode: $0) } }
        pool = LinkPool(bridges: configured, configuration: scenario.configuration)
        checker = InvariantChecker(
            configured: Dictionary(uniqueKeysWithValues: configured.map { ($0.address, $0.mode) }),
            configuration: scenario.configuration,
            lateness: scenario.lateness
        )
    }

    /// Lives through so many events, then through calm, until a promise is broken or the end.
    package mutating func run(events: Int) {
        for index in scenario.plan.indices where only?.contains(index) ?? true {
            schedule(.planned(index), at: scenario.plan[index].at)
        }
        for index in bridges.indices where bridges[index].script.dialsIn { planDialIn(index) }
        tell("start")
        feed { pool, now, _, actions in pool.start(at: now, actions: &actions) }
        while steps < events, checker.violation == nil, !isStopped, step(until: nil) {}
        if checker.violation == nil { settle() }
        if checker.violation != nil, trace.isKept { describe() }
    }

    /// The state in which a promise was broken, for people.
    private mutating func describe() {
        for report in pool.reports(at: now) {
            trace.append(
                "= endpoint \(report.id.value) \(report.address ?? "-") \(report.mode) \(report.bridge ?? "?")"
                    + " \(report.era.map { "\($0)" } ?? "?") \(report.status) \(report.rotation)"
                    + " alias of \(report.aliasOf.map { "\($0.value)" } ?? "none")"
                    + (report.hasDialledIn ? ", dialled in" : "") + ", \(report.inFlight)/\(report.window) in flight"
                    + (report.nextAttempt.map { ", dials at \($0.text)" } ?? "")
            )
        }
        for connection in connections.values.sorted(by: { $0.id.value < $1.id.value }) {
            let direction = connection.isDialIn ? "dialled in" : "dialled"
            let state = connection.isAuthenticated ? "ready" : connection.isOpen ? "open" : "closed"
            let life = connection.isSilent ? ", silent" : ""
            trace.append("= link \(connection.id.value) \(direction), \(name(of: connection.bridge)), \(state)\(life)")
        }
    }

    // MARK: Steps

    /// So many events in one instant are no coincidence: the largest burst and the largest line are far below.
    private static let tooManySpins = 5_000

    /// Lives through the next thing that is due; false if there is none up to the limit, where the clock then stands.
    mutating func step(until limit: Instant?) -> Bool {
        let event = heap.min
        let deadline = checker.nextDeadline
        let tick = deadline.map { max(now, $0 + lateness(of: $0)) }
        let isTick: Bool
        switch (event?.at, tick) {
        case (nil, nil):
            now = max(now, limit ?? now)
            return false
        case (_?, nil): isTick = false
        case (nil, _?): isTick = true
        case (let event?, let tick?):
            var coin = draw(.tie, steps)
            isTick = tick < event || (tick == event && coin.oneIn(2))
        }
        let at = max(now, (isTick ? tick : event?.at) ?? now)
        if let limit, at > limit {
            now = limit
            return false
        }
        spins = at == now ? spins + 1 : 0
        checker.require(spins < Self.tooManySpins, .books, "the pool is busy and no time passes")
        now = at
        steps += 1
        if isTick {
            tell("tick")
            feed { pool, now, generator, actions in pool.tick(at: now, using: &generator, actions: &actions) }
        } else if let entry = heap.popMin() {
            apply(entry.event)
        }
        return true
    }

    /// Has the pool hear of something, does what it asks for, and checks.
    mutating func feed(
        _ body: (inout LinkPool, Instant, inout SeededGenerator, inout [LinkPool.Action]) -> Void
    ) {
        var batch: [LinkPool.Action] = []
        swap(&batch, &actions)
        batch.removeAll(keepingCapacity: true)
        body(&pool, now, &generator, &batch)
        finishFeeding(&batch)
    }

    mutating func finishFeeding(_ batch: inout [LinkPool.Action]) {
        for action in batch {
            checker.acted(action, at: now)
            perform(action)
        }
        swap(&batch, &actions)
        let reports = checker.look(at: &pool, at: now)
        observe(reports)
    }

    // MARK: Chance

    enum Topic: UInt64 {
        case tie = 1
        case lateness, dial, authentication, answer, pong, dialIn, closing, claim, round
    }

    /// Chances for one matter: the same for equal arguments, whatever else happens.
    func draw(_ topic: Topic, _ number: Int, _ other: Int = 0) -> SeededGenerator {
        var mixer = SeededGenerator(
            seed: scenario.seed &* 0x9fb2_1c65_1e98_df25 ^ topic.rawValue << 56 ^ UInt64(bitPattern: Int64(number))
                << 20
                ^ UInt64(bitPattern: Int64(other))
        )
        return SeededGenerator(seed: mixer.next())
    }

    private func lateness(of deadline: Instant) -> Duration {
        guard scenario.lateness > .zero, !isCalm else { return .zero }
        var chance = draw(.lateness, Int(truncatingIfNeeded: deadline.nanoseconds))
        guard chance.oneIn(8) else { return .zero }
        return .nanoseconds(Int64.random(in: 0...scenario.lateness.wholeNanoseconds, using: &chance))
    }

    mutating func schedule(_ event: Event, at instant: Instant) {
        nextSequence += 1
        heap.insert(Entry(at: max(instant, now), sequence: nextSequence, event: event))
    }

    /// Notes what happens, for the hash and, if it is kept, for people.
    mutating func tell(_ text: @autoclosure () -> String, _ code: UInt64 = 0, _ number: Int = 0) {
        hash.absorb(UInt64(bitPattern: now.nanoseconds))
        hash.absorb(code)
        hash.absorb(number)
        if trace.isKept { trace.append("\(now.text) \(text())") }
    }
}

/// What happened, in lines; kept only when somebody will read it.
package struct Trace: Sendable {
    package let isKept: Bool
    package private(set) var lines: [String] = []

    init(isKept: Bool) {
        self.isKept = isKept
    }

    mutating func append(_ line: String) {
        lines.append(line)
    }
}

extension Instant {
    /// Seconds with microseconds.
    var text: String {
        let micros = nanoseconds / 1_000
        let fraction = String(micros % 1_000_000)
        return "\(micros / 1_000_000)." + String(repeating: "0", count: 6 - fraction.count) + fraction
    }
}
