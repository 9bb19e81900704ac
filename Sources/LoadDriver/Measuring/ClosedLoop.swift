import NIOCore
import Synchronization
import Telemetry
import Timekeeping

/// A closed loop: a fixed number of operations under way, the next one starting when one ends, until `total` have ended.
///
/// Driven by the callbacks of the operations alone; no task and no timer per operation.
final class ClosedLoop: Sendable {
    /// Starts one operation, which calls its argument exactly once, on any thread, perhaps before it returns.
    typealias Operation = @Sendable (_ end: @escaping @Sendable (LoadOutcome) -> Void) -> Void
    /// The same for an operation that has an event loop to itself.
    typealias OperationOnLoop =
        @Sendable (_ eventLoop: any EventLoop, _ end: @escaping @Sendable (LoadOutcome) -> Void) -> Void

    /// A share of the operations under way. Its size never changes, so that no event loop ends up with the work of others.
    private struct Lane: Sendable {
        var limit: Int
        var inFlight = 0
        /// Somebody is starting operations; whoever else makes room leaves it to them. An operation that ends at once thus
        /// makes a turn of a loop, not a deeper call.
        var isStarting = false
    }

    private struct State: Sendable {
        var notStarted: Int
        var inFlight = 0
        var lanes: [Lane]
        var tally = LoadTally()
        var finished: CheckedContinuation<LoadTally, Never>?
    }

    private let operation: @Sendable (_ lane: Int, _ end: @escaping @Sendable (LoadOutcome) -> Void) -> Void
    private let clock: SystemClock
    private let startedAt: Instant
    private let state: Mutex<State>

    private init(
        total: Int,
        lanes: [Int],
        clock: SystemClock,
        operation: @escaping @Sendable (Int, @escaping @Sendable (LoadOutcome) -> Void) -> Void
    ) {
        self.operation = operation
        self.clock = clock
        startedAt = clock.now()
        state = Mutex(State(notStarted: total, lanes: lanes.map { Lane(limit: $0) }))
    }

    /// Returns when every operation has ended.
    static func run(
        total: Int,
        inFlight: Int,
        clock: SystemClock,
        operation: @escaping Operation
    ) async -> LoadTally {
        await run(total: total, lanes: [max(1, inFlight)], clock: clock) { _, end in operation(end) }
    }

    /// The same with the operations under way shared out evenly among the event loops: one that ends is followed by one on
    /// the same loop, without a word to another thread.
    static func run(
        total: Int,
        inFlight: Int,
        on group: any EventLoopGroup,
        clock: SystemClock,
        operation: @escaping OperationOnLoop
    ) async -> LoadTally {
        let loops = Array(group.makeIterator().prefix(max(1, inFlight)))
        let lanes = Shares.of(max(1, inFlight), among: loops.count)
        return await run(total: total, lanes: lanes, clock: clock) { lane, end in operation(loops[lane], end) }
    }

    private static func run(
        total: Int,
        lanes: [Int],
        clock: SystemClock,
        operation: @escaping @Sendable (Int, @escaping @Sendable (LoadOutcome) -> Void) -> Void
    ) async -> LoadTally {
        guard total > 0 else { return LoadTally() }
        let loop = ClosedLoop(total: total, lanes: lanes, clock: clock, operation: operation)
        return await withCheckedContinuation { continuation in
            loop.state.withLock { $0.finished = continuation }
            for lane in lanes.indices { loop.fill(lane) }
        }
    }

    private func fill(_ lane: Int) {
        while true {
            let starts = state.withLock { state in
                let place = state.lanes[lane]
                guard !place.isStarting, state.notStarted > 0, place.inFlight < place.limit else { return false }
                state.notStarted -= 1
                state.inFlight += 1
                state.lanes[lane].inFlight += 1
                state.lanes[lane].isStarting = true
                return true
            }
            guard starts else { return }
            operation(lane) { outcome in self.ended(outcome, in: lane) }
            state.withLock { $0.lanes[lane].isStarting = false }
        }
    }

    private func ended(_ outcome: LoadOutcome, in lane: Int) {
        let now = clock.now()
        let (finished, tally) = state.withLock { state -> (CheckedContinuation<LoadTally, Never>?, LoadTally?) in
            state.tally.record(outcome)
            state.inFlight -= 1
            state.lanes[lane].inFlight -= 1
            guard state.notStarted == 0, state.inFlight == 0 else { return (nil, nil) }
            state.tally.elapsed = now - startedAt
            let finished = state.finished
            state.finished = nil
            return (finished, state.tally)
        }
        if let finished, let tally {
            finished.resume(returning: tally)
        } else {
            fill(lane)
        }
    }
}

/// Splits a number.
enum Shares {
    /// Into parts that differ by one at most; parts of nothing are left out.
    static func of(_ total: Int, among parts: Int) -> [Int] {
        (0..<parts).map { total / parts + ($0 < total % parts ? 1 : 0) }.filter { $0 > 0 }
    }
}
