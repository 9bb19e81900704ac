import BootstrapCore
import BridgeLink
import LinkCore
import Logging
import NIOPosix
import Observation
import StateStore
import Synchronization
import Telemetry
import Timekeeping

/// Looks at the server once a second, and keeps what people ask about later: how joins went over time, how each bridge was,
/// and what happened.
final class Observatory: Sendable {
    private struct State: Sendable {
        var series: JoinSeries
        var book = EventBook()
        var bridges: [EndpointID: StateHistory] = [:]
        var probe: ProbeStatus?
        var resources: ProcessResources
        /// Readings of the processor time, of the last minute.
        var costs: [(at: Instant, time: Duration, joins: Int)] = []
        var emptyBytes: Int?
        var room = RoomEstimate()
        /// Whether newcomers can be led in, as it was told last, and how often it was otherwise since.
        var isReady: Bool?
        var differences = 0
        var wasFull = false
        var drainsUntil: Int64?
    }

    /// Seconds for which a server must be ready, or not, before that is news: a link that is redialled at once is none.
    private static let readinessPatience = 3
    /// Seconds between readings of what the process uses.
    private static let resourceInterval = 5
    private static let costWindow = Duration.seconds(60)

    let feed = OverviewFeed()
    private let name: String
    private let startedAt: Int64
    private let clock: SystemClock
    private let limits: MachineLimits
    private let history: any HistoryStore
    private let logger: Logger
    private let state: Mutex<State>

    init(name: String, history: any HistoryStore, clock: SystemClock, logger: Logger) {
        self.name = name
        self.history = history
        self.clock = clock
        self.logger = logger
        let now = clock.moment()
        startedAt = now.unixMilliseconds
        limits = MachineLimits.current()
        state = Mutex(
            State(
                series: JoinSeries(startingAt: now.unixMilliseconds),
                resources: ProcessResources.read(at: now.instant)
            )
        )
        restore()
    }

    /// What happened before this process began.
    private func restore() {
        do {
            let earlier = try history.events(from: nil, until: nil, kinds: nil, limit: Overview.maxEvents)
            let lastID = try history.lastEventID()
            state.withLock { $0.book = EventBook(earlier: earlier, lastID: lastID) }
        } catch {
            logger.warning("earlier events cannot be read", [.reason: "\(error)"])
        }
    }

    // MARK: What happens

    /// Keeps an event. Whoever calls has logged it, or does.
    func note(_ kind: OperatorEvent.Kind, _ level: OperatorEvent.Level, subject: String? = nil, _ text: String) {
        let event = OperatorEvent(
            at: clock.moment().unixMilliseconds,
            level: level,
            kind: kind,
            subject: subject,
            text: text
        )
        state.withLock { _ = $0.book.append(event) }
    }

    func probed(_ result: ProbeResult) {
        let change = state.withLock { state -> Bool? in
            let was = state.probe?.last.isGood
            var probe = state.probe ?? ProbeStatus(last: result)
            probe.last = result
            if result.isGood { probe.succeeded += 1 } else { probe.failed += 1 }
            state.probe = probe
            return result.isGood == (was ?? true) ? nil : result.isGood
        }
        switch change {
        case true?:
            logger.notice("trial join succeeded again")
            note(.probeRecovered, .info, "trial join succeeded again")
        case false?:
            let reason = "\(result.step ?? "join"): \(result.error ?? "failed")"
            logger.error("trial join failed", [.reason: "\(reason)"])
            note(.probeFailed, .error, "trial join failed at \(reason)")
        case nil: break
        }
    }

    func drains(until unixMilliseconds: Int64) {
        state.withLock { $0.drainsUntil = unixMilliseconds }
        feed.finish()
    }

    var probe: ProbeStatus? { state.withLock { $0.probe } }

    /// - Parameter peaks: the most questions that were at the bridges, and that waited, since the last call.
    func tick(_ status: BootstrapStatus, peaks: (inFlight: Int, waiting: Int)) {
        let now = clock.moment()
        let obstacles = status.obstacles
        let news = state.withLock { state -> [OperatorEvent] in
            state.series.advance(
                to: now.unixMilliseconds,
                status.observed,
                inFlight: peaks.inFlight,
                waiting: peaks.waiting
            )
            observe(status.pool, at: now, &state)
            measure(status, at: now, &state)
            noteReadiness(obstacles, at: now, &state)
            noteFullness(status, at: now, &state)
            return state.book.takeUnwritten()
        }
        write(news)
        if feed.hasReaders { feed.publish(overview(status, at: now).json(.update), at: now.unixMilliseconds) }
    }

    private func observe(_ pool: PoolReport, at now: Moment, _ state: inout State) {
        var bridges: [EndpointID: StateHistory] = [:]
        for endpoint in pool.endpoints {
            let word = BridgeState(endpoint)
            var history = state.bridges[endpoint.id] ?? StateHistory(word, at: now.unixMilliseconds)
            history.observe(word, at: now.unixMilliseconds)
            bridges[endpoint.id] = history
        }
        state.bridges = bridges
    }

    private func measure(_ status: BootstrapStatus, at now: Moment, _ state: inout State) {
        let age = now.instant - state.resources.readAt
        if age >= .seconds(Self.resourceInterval) || state.costs.isEmpty {
            state.resources = ProcessResources.read(at: now.instant)
            if let time = state.resources.processorTime {
                state.costs.append((now.instant, time, status.observed.counts.asked))
                state.costs.removeAll { now.instant - $0.at > Self.costWindow }
            }
            if state.emptyBytes == nil, status.connections < 10 { state.emptyBytes = state.resources.residentBytes }
        }
        var cost: (time: Duration, joins: Int)?
        if let first = state.costs.first, let last = state.costs.last, last.at > first.at {
            cost = (last.time - first.time, last.joins - first.joins)
        }
        state.room = RoomEstimate.make(
            registeredPeers: status.registeredPeers - status.peerKinds[.bridge],
            connections: status.connections,
            maxPeers: status.maxPeers,
            resources: state.resources,
            emptyBytes: state.emptyBytes,
            limits: limits,
            cost: cost
        )
    }

    private func noteReadiness(_ obstacles: [String], at now: Moment, _ state: inout State) {
        let isReady = obstacles.isEmpty
        guard isReady != state.isReady else {
            state.differences = 0
            return
        }
        state.differences += 1
        // The first word comes at once, unless it is that bridges are still being dialled.
        let patience = state.isReady == nil && isReady ? 1 : Self.readinessPatience
        guard state.differences >= patience else { return }
        state.isReady = isReady
        state.differences = 0
        let text =
            isReady ? "newcomers can be led in" : "newcomers cannot be led in: \(obstacles.joined(separator: "; "))"
        if isReady {
            logger.notice("ready: newcomers can be led in")
        } else {
            logger.error("not ready: newcomers cannot be led in", [.reason: "\(obstacles.joined(separator: "; "))"])
        }
        state.book.append(
            OperatorEvent(
                at: now.unixMilliseconds,
                level: isReady ? .info : .error,
                kind: isReady ? .ready : .notReady,
                text: text
            )
        )
    }

    private func noteFullness(_ status: BootstrapStatus, at now: Moment, _ state: inout State) {
        let peers = status.registeredPeers - status.peerKinds[.bridge]
        if peers >= status.maxPeers, !state.wasFull {
            state.wasFull = true
            let text = "all \(status.maxPeers) places for peers are taken; who comes now is refused"
            logger.warning("all places for peers are taken", [.count: "\(status.maxPeers)"])
            state.book.append(OperatorEvent(at: now.unixMilliseconds, level: .warning, kind: .peersFull, text: text))
        } else if peers < status.maxPeers * 9 / 10 {
            state.wasFull = false
        }
    }

    private func write(_ events: [OperatorEvent]) {
        guard !events.isEmpty else { return }
        NIOThreadPool.singleton.submit { [history, logger] _ in
            do { try history.append(events: events) } catch {
                logger.warning("events cannot be stored", [.count: "\(events.count)", .reason: "\(error)"])
            }
        }
    }

    /// Writes at once what has not been written, for the end of the process. Blocks.
    func flush() {
        let events = state.withLock { $0.book.takeUnwritten() }
        guard !events.isEmpty else { return }
        do { try history.append(events: events) } catch {
            logger.warning("events cannot be stored", [.count: "\(events.count)", .reason: "\(error)"])
        }
    }

    // MARK: What is asked

    /// Updates of the overview, one now and one a second; nil if there are enough readers.
    func updates(_ status: BootstrapStatus) -> OverviewFeed.Texts? {
        let now = clock.moment()
        return feed.subscribe(first: overview(status, at: now).json(.update), at: now.unixMilliseconds)
    }

    func overview(_ status: BootstrapStatus, at now: Moment) -> Overview {
        state.withLock { state in
            Overview(
                status: status,
                now: now,
                name: name,
                startedAt: startedAt,
                drainsUntil: state.drainsUntil,
                series: state.series,
                bridges: state.bridges,
                events: Array(state.book.events),
                probe: state.probe?.last,
                cpuPercent: Self.cpuPercent(state.costs),
                memoryBytes: state.resources.residentBytes,
                room: state.room
            )
        }
    }

    /// Of one core, over the last readings.
    private static func cpuPercent(_ costs: [(at: Instant, time: Duration, joins: Int)]) -> Double? {
        guard let last = costs.last, let before = costs.dropLast().last, last.at > before.at else { return nil }
        return 100 * ((last.time - before.time) / (last.at - before.at))
    }

    /// Events of a time, newest `limit` of them, oldest first. Blocks on the disk.
    func events(from: Int64?, until: Int64?, kinds: [OperatorEvent.Kind]?, limit: Int) throws -> [OperatorEvent] {
        flush()
        return try history.events(from: from, until: until, kinds: kinds, limit: limit)
    }
}
