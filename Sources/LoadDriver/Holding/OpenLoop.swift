import NIOCore
import Synchronization
import Telemetry
import Timekeeping

/// An open loop: operations start at a constant rate, whether or not those before them have ended.
///
/// The latency of each counts from when it was due. A server that stalls therefore delays what was due meanwhile in the figures,
/// too, instead of being asked less (coordinated omission), and starts that come late do not move those after them.
final class OpenLoop: Sendable {
    /// Starts one operation, which calls its argument exactly once. The latency that it reports is not used.
    typealias Operation = ClosedLoop.Operation

    private struct State: Sendable {
        var started = 0
        var underWay = 0
        var tally = LoadTally()
        var latest = Duration.zero
        var finished: CheckedContinuation<Void, Never>?
    }

    private let rate: Double
    private let total: Int
    private let limit: Int
    private let eventLoop: any EventLoop
    private let clock: SystemClock
    private let startedAt: Instant
    private let operation: Operation
    private let state = Mutex(State())

    struct Result: Sendable {
        var tally: LoadTally
        /// The longest that a start came after it was due.
        var latestStart: Duration
    }

    private init(
        rate: Double,
        total: Int,
        limit: Int,
        eventLoop: any EventLoop,
        clock: SystemClock,
        operation: @escaping Operation
    ) {
        self.rate = rate
        self.total = total
        self.limit = limit
        self.eventLoop = eventLoop
        self.clock = clock
        self.operation = operation
        startedAt = clock.now()
    }

    /// Starts `rate` operations a second for `duration`, and returns when all of them have ended.
    ///
    /// - Parameter limit: operations under way beyond which those that are due fail at once.
    static func run(
        rate: Double,
        for duration: Duration,
        limit: Int = HoldDefaults.maxUnderWay,
        eventLoop: any EventLoop,
        clock: SystemClock,
        operation: @escaping Operation
    ) async -> Result {
        let total = Int((rate * (duration / .seconds(1))).rounded())
        guard rate > 0, total > 0 else { return Result(tally: LoadTally(), latestStart: .zero) }
        let loop = OpenLoop(
            rate: rate,
            total: total,
            limit: limit,
            eventLoop: eventLoop,
            clock: clock,
            operation: operation
        )
        await withCheckedContinuation { continuation in
            loop.state.withLock { $0.finished = continuation }
            eventLoop.execute { loop.startDue() }
        }
        return loop.state.withLock { Result(tally: $0.tally, latestStart: $0.latest) }
    }

    private func due(_ number: Int) -> Instant {
        startedAt + .nanoseconds(Int64(Double(number) / rate * 1e9))
    }

    private func startDue() {
        let now = clock.now()
        while true {
            enum Next { case start(Instant), refuse, wait(Instant), nothing }
            let next: Next = state.withLock { state in
                guard state.started < total else { return .nothing }
                let due = due(state.started)
                guard due <= now else { return .wait(due) }
                state.started += 1
                state.underWay += 1
                state.latest = max(state.latest, now - due)
                return state.underWay > limit ? .refuse : .start(due)
            }
            switch next {
            case .start(let due):
                operation { outcome in self.ended(outcome, dueAt: due) }
            case .refuse:
                ended(.failed("not started: \(limit) were under way"), dueAt: now)
            case .wait(let due):
                eventLoop.scheduleTask(in: TimeAmount(due - clock.now())) { self.startDue() }
                return
            case .nothing:
                return
            }
        }
    }

    private func ended(_ outcome: LoadOutcome, dueAt due: Instant) {
        let now = clock.now()
        let finished = state.withLock { state -> CheckedContinuation<Void, Never>? in
            switch outcome {
            case .succeeded(_, let answer): state.tally.record(.succeeded(latency: now - due, answer: answer))
            case .failed: state.tally.record(outcome)
            }
            state.underWay -= 1
            guard state.underWay == 0, state.started == total else { return nil }
            state.tally.elapsed = now - startedAt
            return state.finished.take()
        }
        finished?.resume()
    }
}
