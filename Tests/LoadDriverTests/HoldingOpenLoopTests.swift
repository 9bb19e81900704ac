import NIOCore
import NIOPosix
import Synchronization
import Telemetry
import Testing

@testable import LoadDriver

@Suite(.timeLimit(.minutes(1))) struct OpenLoopTests {
    private let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
    private let clock = SystemClock()

    @Test func startsAsManyAsAreDueAtItsRate() async {
        let startedAt = ContinuousClock.now
        let result = await OpenLoop.run(rate: 1_000, for: .milliseconds(300), eventLoop: eventLoop, clock: clock) {
            end in
            end(.succeeded(latency: .zero))
        }
        #expect(result.tally.succeeded == 300)
        // The last is due 299 ms after the first, and none starts before it is due.
        #expect(ContinuousClock.now - startedAt >= .milliseconds(299))
    }

    @Test func operationsThatDoNotEndDoNotDelayOthers() async {
        struct State {
            var waiting: [@Sendable (LoadOutcome) -> Void] = []
        }
        let state = Mutex(State())
        // None ends before the last has started.
        let result = await OpenLoop.run(rate: 2_000, for: .milliseconds(100), eventLoop: eventLoop, clock: clock) {
            end in
            let ready = state.withLock { state in
                state.waiting.append(end)
                return state.waiting.count == 200 ? state.waiting : []
            }
            for end in ready { end(.succeeded(latency: .zero)) }
        }
        #expect(result.tally.succeeded == 200)
        // The first was due 99.5 ms before the last.
        let longest = result.tally.latencyMilliseconds(percentile: 100) ?? 0
        #expect(longest >= 99)
    }

    @Test func latencyCountsFromWhenItWasDueAndNotFromTheStart() async {
        let isFirst = Atomic(true)
        // The first blocks the loop for 50 ms, so that others come late, and end at once when they do.
        let result = await OpenLoop.run(rate: 1_000, for: .milliseconds(100), eventLoop: eventLoop, clock: clock) {
            end in
            if isFirst.exchange(false, ordering: .relaxed) {
                let until = ContinuousClock.now + .milliseconds(50)
                while ContinuousClock.now < until {}
            }
            end(.succeeded(latency: .zero))
        }
        #expect(result.latestStart >= .milliseconds(40))
        let longest = result.tally.latencyMilliseconds(percentile: 100) ?? 0
        #expect(longest >= 40)
    }

    @Test func tooManyUnderWayAreFailuresAndNotAStop() async {
        let held = Mutex<[@Sendable (LoadOutcome) -> Void]>([])
        let count = Atomic(0)
        let result = await OpenLoop.run(
            rate: 1_000,
            for: .milliseconds(20),
            limit: 5,
            eventLoop: eventLoop,
            clock: clock
        ) { end in
            // Five are started and kept; they end when the loop has refused the others.
            held.withLock { $0.append(end) }
            if count.add(1, ordering: .relaxed).newValue == 5 {
                self.eventLoop.scheduleTask(in: .milliseconds(50)) {
                    for end in held.withLock({ $0 }) { end(.succeeded(latency: .zero)) }
                }
            }
        }
        #expect(result.tally.succeeded == 5)
        #expect(result.tally.failures == ["not started: 5 were under way": 15])
    }

    @Test func nothingDueEndsAtOnce() async {
        let result = await OpenLoop.run(rate: 10, for: .zero, eventLoop: eventLoop, clock: clock) { _ in
            Issue.record("started an operation")
        }
        #expect(result.tally.attempted == 0)
    }
}
