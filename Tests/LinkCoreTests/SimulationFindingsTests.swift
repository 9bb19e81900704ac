import LinkCore
import Testing
import Timekeeping

/// What `causeway simulate` found, as the shortest story that shows it.
@Suite struct SimulationFindingsTests {
    private let first = BridgeAddress("ws://first")
    private let second = BridgeAddress("ws://second")

    /// A bridge that is reached in two ways is one bridge: asked through the one, it may answer through the other.
    @Test func answerCountsThroughAnotherEndpointOfTheAskedBridge() {
        let stateless = BridgeAddress("ws://first", mode: .stateless)
        var harness = PoolHarness([stateless])
        harness.start()
        harness.connect(harness.dials[0], as: "x", era: .current)
        // It answers where it is asked, as long as it has no link of its own.
        let trial = harness.submit("join")
        let link = harness.connect(harness.dials[0], as: "x", era: .current)
        harness.answer(trial, on: link, .success("helper"))
        harness.reconfigure([stateless, second])
        harness.connect(harness.dials[0], as: "x", era: .current)
        let own = harness.dialIn("x")
        var asked: [RequestID] = []
        for _ in 0..<2 {
            asked.append(harness.submit("join"))
            for dial in harness.dials { harness.connect(dial, as: "x", era: .current) }
        }
        #expect(harness.reports.map(\.inFlight) == [1, 1])
        for id in asked { harness.answer(id, on: own, .success("helper")) }
        #expect(harness.pool.counters.answered == 3)
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

    /// An address that refused the secret takes over the link of one that is removed: it has a link, so no dial is planned.
    @Test func linkThatIsTakenOverEndsTheWaitAfterARefusal() {
        var harness = PoolHarness([first, second])
        harness.start()
        let links = harness.dials
        harness.connect(links[0], as: "x")
        harness.connect(links[1], as: "x")
        // From now on the first address refuses the secret; then the second has the link.
        harness.close(links[0])
        var wasRefused = false
        var isLinked = false
        for _ in 0..<100 where !isLinked {
            harness.advance(by: .milliseconds(500))
            for case .dial(let dial, _, let address) in harness.actions {
                if address == first.address {
                    harness.open(dial)
                    harness.refuseSecret(dial)
                    wasRefused = true
                } else if wasRefused {
                    harness.connect(dial, as: "x")
                    isLinked = true
                } else {
                    harness.close(dial)
                }
            }
        }
        #expect(isLinked)
        harness.reconfigure([first])
        #expect(harness.reports.map(\.status) == [.connected])
        #expect(harness.reports[0].nextAttempt == nil)
        harness.advance(by: .seconds(40))
        #expect(harness.pool.contradictions(at: harness.now) == [])
    }
}
