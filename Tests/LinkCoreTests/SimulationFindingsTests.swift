import LinkCore
import Testing
import Timekeeping

/// What `causeway simulate` found, as the shortest story that shows it.
@Suite struct SimulationFindingsTests {
    private let first = BridgeAddress("ws://first")
    private let second = BridgeAddress("ws://second")

    /// A bridge that is reached in two ways is one bridge: asked through the one, it may answer through the other.
    @Test func answerCountsThroughAnotherEndpointOfTheAskedBridge() {
        var harness = PoolHarness([BridgeAddress("ws://first", mode: .stateless)])
        harness.start()
        harness.connect(harness.dials[0], as: "x", era: .current)
        harness.advance(by: .seconds(3))
        let own = harness.dialIn("x")
        // The next is asked on a connection that is dialled for it, and answers on its own, which another endpoint may have.
        var asked: [RequestID] = []
        for _ in 0..<2 {
            asked.append(harness.submit("join"))
            for dial in harness.dials { harness.connect(dial, as: "x", era: .current) }
        }
        for id in asked { harness.answer(id, on: own, .success("helper")) }
        #expect(harness.pool.counters.answered == 2)
        #expect(harness.pool.counters.foreignAnswers == 0)
    }

    /// The id of a request that moved from a bridge is known to that bridge. What is at its old address is not it.
    @Test func answerOfTheBridgeThatLivesThereNowIsForeign() {
        var harness = PoolHarness([first, second])
        harness.start()
        let links = harness.dials
        let old = harness.connect(links[0], as: "x")
        harness.connect(links[1], as: "y")
        let id = harness.submit("join")
        #expect(harness.sends == [old])
        // It is too slow, "y" is asked, and another bridge moves in at its address.
        harness.advance(by: .seconds(3))
        #expect(harness.sends == [links[1]])
        harness.close(old)
        harness.advance(by: .seconds(2))
        let new = harness.connect(harness.dials[0], as: "z")
        harness.answer(id, on: new, .refused("no"))
        #expect(harness.pool.counters.foreignAnswers == 1)
        #expect(harness.pool.pendingCount == 1)
    }

    /// A link that only finishes what is in flight, since its address was switched to stateless mode, is still the bridge's link.
    @Test func linkThatFinishesAfterASwitchKeepsOthersFromBecomingASecond() {
        var harness = PoolHarness([first, second])
        harness.start()
        let links = harness.dials
        let kept = harness.connect(links[0], as: "x")
        harness.connect(links[1], as: "x")
        #expect(harness.closings == [.duplicate])
        let id = harness.submit("join")
        #expect(harness.sends == [kept])
        harness.reconfigure([BridgeAddress("ws://first", mode: .stateless), second])
        harness.advance(by: .seconds(2))
        // The connection for the other address waits until the last request on this one has ended.
        #expect(!harness.reports.contains { $0.address == "ws://second" && $0.status == .connecting })
        harness.answer(id, on: kept, .success("helper"))
        #expect(harness.closings == [.reconfigured])
        harness.advance(by: .seconds(2))
        #expect(harness.reports.contains { $0.address == "ws://second" && $0.status == .connecting })
    }

    /// A bridge that went from older software to ours has one link, the new one; that of its former life is not taken for it.
    @Test func leftoverOfOlderSoftwareIsNoNativeLink() {
        var harness = PoolHarness([first])
        harness.start()
        let link = harness.dials[0]
        let leftover = harness.dialIn("x", statelessEra: true)
        harness.connect(link, as: "x")
        #expect(harness.closings == [.replaced])
        #expect(harness.reports.allSatisfy { !$0.hasDialledIn })
        harness.submit("join")
        #expect(harness.sends == [link])
        harness.heard(leftover)
        #expect(harness.pool.contradictions(at: harness.now) == [])
    }

    /// The time of a hedge comes while the only bridge left is late already: the pool must not go round in circles.
    @Test(.timeLimit(.minutes(1)))
    func hedgeThatComesDueWhileTheLastBridgeIsLateEndsTheRequest() {
        var harness = PoolHarness(bridges: 1) { $0.hedges = true }
        let link = harness.connectAll()[0]
        // Enough slow answers for the measured percentile to lie beyond the attempt's own limit.
        for _ in 0..<40 {
            let id = harness.submit("slow")
            harness.advance(by: .milliseconds(5_500))
            harness.answer(id, on: link, .success("helper"))
        }
        harness.submit("join")
        harness.advance(by: .seconds(25))
        #expect(harness.pool.pendingCount == 0)
        #expect(harness.outcomes == ["timed out"])
    }
}
