import LinkCore
import Testing
import Timekeeping

@Suite struct LinkPoolDrainTests {
    @Test func nothingNewIsAcceptedAndWhatIsInFlightFinishes() {
        var harness = PoolHarness(bridges: 1)
        let link = harness.connectAll()[0]
        let id = harness.submit("join")
        harness.drain(for: .seconds(5))
        #expect(harness.drains == 0)
        harness.submit("too late")
        #expect(harness.outcomes == ["stopping"])
        #expect(harness.drains == 0)
        harness.answer(id, on: link, .success("helper"))
        #expect(harness.outcomes == ["answered"])
        #expect(harness.drains == 1)
        // The last outcome comes before the word that it was the last.
        guard case .drained? = harness.actions.last else {
            Issue.record("expected drained at the end of \(harness.actions)")
            return
        }
    }

    @Test func idlePoolIsDrainedAtOnceAndSaysSoOnce() {
        var harness = PoolHarness(bridges: 1)
        _ = harness.connectAll()
        harness.drain(for: .seconds(5))
        #expect(harness.drains == 1)
        harness.drain(for: .seconds(5))
        harness.submit("too late")
        #expect(harness.drains == 0)
        harness.advance(by: .seconds(10))
        #expect(harness.drains == 0)
    }

    @Test func waitingRequestsGetTheirTurn() {
        var harness = PoolHarness(bridges: 1) { $0.maxInFlightPerLink = 1 }
        let link = harness.connectAll()[0]
        let first = harness.submit("1")
        let second = harness.submit("2")
        harness.drain(for: .seconds(5))
        harness.answer(first, on: link, .success("helper"))
        #expect(harness.sends == [link])
        #expect(harness.drains == 0)
        harness.answer(second, on: link, .success("helper"))
        #expect(harness.drains == 1)
    }

    @Test func deadlineEndsTheRestAndThenItIsDrained() {
        var harness = PoolHarness(bridges: 1)
        _ = harness.connectAll()
        for number in 0..<3 { harness.submit("\(number)") }
        harness.drain(for: .seconds(2))
        harness.advance(by: .seconds(2))
        #expect(harness.outcomes == ["stopping", "stopping", "stopping"])
        #expect(harness.drains == 1)
        #expect(harness.pool.pendingCount == 0)
        harness.event { pool, now, _, actions in pool.stop(at: now, actions: &actions) }
        #expect(harness.drains == 0)
        #expect(harness.pool.nextDeadline() == nil)
    }

    @Test func cancelledRequestIsTheLastOne() {
        var harness = PoolHarness(bridges: 1)
        _ = harness.connectAll()
        let id = harness.submit("join")
        harness.drain(for: .seconds(5))
        harness.cancel(id)
        #expect(harness.drains == 1)
    }

    @Test func requestOfALostLinkStillMovesWhileThePoolDrains() {
        var harness = PoolHarness(bridges: 2)
        let links = harness.connectAll()
        let id = harness.submit("join")
        harness.drain(for: .seconds(5))
        harness.close(links[0])
        #expect(harness.sends == [links[1]])
        harness.answer(id, on: links[1], .success("helper"))
        #expect(harness.drains == 1)
    }

    @Test func stoppingWhileDrainingEndsEverythingWithoutADrained() {
        var harness = PoolHarness(bridges: 2)
        _ = harness.connectAll()
        harness.submit("join")
        harness.drain(for: .seconds(5))
        harness.event { pool, now, _, actions in pool.stop(at: now, actions: &actions) }
        #expect(harness.outcomes == ["stopping"])
        #expect(harness.closings == [.stopping, .stopping])
        #expect(harness.drains == 0)
        #expect(harness.pool.nextDeadline() == nil)
    }
}
