import Synchronization
import Telemetry
import Timekeeping

/// A closed loop: a fixed number of operations under way, the next one starting when one ends, until `total` have ended.
///
/// Driven by the callbacks of the operations alone; no task and no timer per operation.
final class ClosedLoop: Sendable {
    /// Starts one operation, which calls its argument exactly once, on any thread, perhaps before it returns.
    typealias Operation = @Sendable (_ end: @escaping @Sendable (LoadOutcome) -> Void) -> Void

    private struct State: Sendable {
        var notStarted: Int
        var inFlight = 0
        /// Somebody is starting operations; whoever else makes room leaves it to them. An operation that ends at once thus
        /// makes a turn of a loop, not a deeper call.
        var isStarting = false
        var tally = LoadTally()
        var finished: CheckedContinuation<LoadTally, Never>?
    }

    private let limit: Int
    private let operation: Operation
    private let clock: SystemClock
    private let startedAt: Instant
    private let state: Mutex<State>

    private init(total: Int, inFlight: Int, clock: SystemClock, operation: @escaping Operation) {
        limit = max(1, inFlight)
        self.operation = operation
        self.clock = clock
        startedAt = clock.now()
        state = Mutex(State(notStarted: total))
    }

    /// Returns when every operation has ended.
    static func run(
        total: Int,
        inFlight: Int,
        clock: SystemClock,
        operation: @escaping Operation
    ) async -> LoadTally {
        guard total > 0 else { return LoadTally() }
        let loop = ClosedLoop(total: total, inFlight: inFlight, clock: clock, operation: operation)
        return await withCheckedContinuation { continuation in
            loop.state.withLock { $0.finished = continuation }
            loop.fill()
        }
    }

    private func fill() {
        while true {
            let starts = state.withLock { state in
                guard !state.isStarting, state.notStarted > 0, state.inFlight < limit else { return false }
                state.notStarted -= 1
                state.inFlight += 1
                state.isStarting = true
                return true
            }
            guard starts else { return }
            operation { outcome in self.ended(outcome) }
            state.withLock { $0.isStarting = false }
        }
    }

    private func ended(_ outcome: LoadOutcome) {
        let now = clock.now()
        let (finished, tally) = state.withLock { state -> (CheckedContinuation<LoadTally, Never>?, LoadTally?) in
            state.tally.record(outcome)
            state.inFlight -= 1
            guard state.notStarted == 0, state.inFlight == 0 else { return (nil, nil) }
            state.tally.elapsed = now - startedAt
            let finished = state.finished
            state.finished = nil
            return (finished, state.tally)
        }
        if let finished, let tally {
            finished.resume(returning: tally)
        } else {
            fill()
        }
    }
}
