import LinkCore
import Testing
import Timekeeping

/// The waiting line of the pool: who is served, who is turned away, and what it costs.
@Suite struct LinkPoolFairnessTests {
    /// One bridge that takes a single request at a time, and has one.
    private func narrowPool(maxWaiting: Int) -> (PoolHarness, LinkID, occupant: RequestID) {
        var harness = PoolHarness(bridges: 1) { $0.maxWaiting = maxWaiting }
        harness.start()
        harness.open(LinkID(value: 1))
        harness.authenticate(LinkID(value: 1), as: "b", window: 1)
        let occupant = harness.submit("occupant", source: 99)
        return (harness, LinkID(value: 1), occupant)
    }

    @Test func modestSourceIsServedAmongTheFirstWhateverAGreedyOneHasInLine() {
        var (harness, link, current) = narrowPool(maxWaiting: 100)
        for number in 0..<50 { harness.submit("greedy \(number)", source: 1) }
        harness.submit("modest", source: 2)
        var served: [Ticket] = []
        for _ in 0..<3 {
            harness.answer(current, on: link, .success("helper"))
            for case .send(let id, let request, _, _) in harness.actions {
                served.append(request)
                current = id
            }
        }
        #expect(served == ["greedy 0", "modest", "greedy 1"])
    }

    @Test func fullLineTurnsTheGreedySourceAwayAndTakesTheModestOne() {
        var (harness, _, _) = narrowPool(maxWaiting: 10)
        for number in 0..<10 { harness.submit("greedy \(number)", source: 1) }
        harness.submit("greedy 10", source: 1)
        #expect(harness.actions.compactMap { $0.finished?.request } == ["greedy 10"])
        harness.submit("modest", source: 2)
        #expect(harness.actions.compactMap { $0.finished?.request } == ["greedy 9"])
        #expect(harness.outcomes == ["busy"])
        #expect(harness.pool.counters.turnedAway == 2)
        #expect(harness.pool.waitingCount == 10)
    }

    @Test func turnedAwayRequestIsToldWhenToComeBack() {
        var (harness, _, _) = narrowPool(maxWaiting: 1)
        harness.submit("waits")
        harness.submit("turned away")
        guard
            case .failed(.busy(retryAfter: PoolDefaults.busyRetryAfter))? = harness.actions.compactMap(\.finished)
                .first?.outcome
        else {
            Issue.record("expected busy, got \(harness.actions)")
            return
        }
    }

    @Test func cancelledRequestLeavesTheLine() {
        var (harness, link, occupant) = narrowPool(maxWaiting: 2)
        let first = harness.submit("first", source: 1)
        harness.submit("second", source: 2)
        harness.cancel(first)
        #expect(harness.pool.waitingCount == 1)
        harness.submit("third", source: 3)
        #expect(harness.outcomes.isEmpty)
        harness.answer(occupant, on: link, .success("helper"))
        #expect(harness.actions.compactMap(\.sent).count == 1)
        guard case .send(_, "second", _, _)? = harness.actions.last else {
            Issue.record("the second is next, got \(harness.actions)")
            return
        }
    }

    @Test func requestThatNeverGotAPlaceEndsAtItsDeadline() {
        var (harness, link, _) = narrowPool(maxWaiting: 3)
        for number in 0..<3 { harness.submit("\(number)") }
        // The bridge lives and answers nothing; each request has it for its 8 s.
        harness.advance(by: .seconds(20), answeringPingsOn: [link])
        let ends = harness.actions.compactMap(\.finished)
        #expect(ends.map(\.request) == ["occupant", "0", "1", "2"])
        #expect(ends.map(\.receipt.total) == [.seconds(8), .seconds(16), .seconds(20), .seconds(20)])
        #expect(ends.map(\.receipt.attempts) == [1, 1, 1, 0])
        #expect(Set(harness.outcomes) == ["timed out"])
    }

    @Test func thousandsWithoutABridgeEndWithinASecondAndCostNoQuadraticWork() {
        var harness = PoolHarness(bridges: 1)
        harness.auditsBooks = false
        harness.start()
        harness.close(LinkID(value: 1))
        let time = ContinuousClock().measure {
            for number in 0..<5_000 { harness.submit("join", source: UInt64(number)) }
            harness.advance(by: .milliseconds(999))
        }
        #expect(harness.outcomes.count == 5_000)
        #expect(Set(harness.outcomes) == ["no bridge"])
        #expect(time < .seconds(5))
    }
}
