import LinkCore
import Testing
import Timekeeping

/// Switching a bridge between persistent and stateless by reload, without losing what is in flight.
@Suite struct LinkPoolModeChangeTests {
    private let persistent = BridgeAddress("ws://bridge-0", mode: .persistent)
    private let stateless = BridgeAddress("ws://bridge-0", mode: .stateless)

    @Test func persistentLinkIsClosedWhenItsLastRequestHasEnded() {
        var harness = PoolHarness([persistent])
        let link = harness.connectAll()[0]
        let id = harness.submit("join")
        harness.reconfigure([stateless])
        #expect(harness.closings.isEmpty)
        harness.submit("next")
        #expect(harness.dials.count == 1)
        // What goes on in the new mode does not keep the old link.
        harness.answer(id, on: link, .success("helper"))
        #expect(harness.outcomes == ["answered"])
        #expect(harness.closings == [.reconfigured])
        #expect(harness.reports[0].status == .connected)
        #expect(harness.reports[0].inFlight == 1)
    }

    @Test func idlePersistentLinkIsClosedAtOnceAndATrialFollows() {
        var harness = PoolHarness([persistent])
        _ = harness.connectAll()
        harness.reconfigure([stateless])
        #expect(harness.closings == [.reconfigured])
        #expect(harness.dials.count == 1)
        harness.submit("join")
        #expect(harness.dials.count == 1)
    }

    @Test func statelessBridgeGetsItsLinkAtOnceAndItsRequestsFinish() {
        var harness = PoolHarness([stateless])
        _ = harness.connectAll()
        harness.advance(by: .seconds(10))
        let id = harness.submit("join")
        let own = harness.connect(harness.dials[0], as: "bridge-0")
        harness.reconfigure([persistent])
        #expect(harness.closings.isEmpty)
        #expect(harness.dials.count == 1)
        let link = harness.connect(harness.dials[0], as: "bridge-0")
        harness.answer(id, on: own, .success("helper"))
        #expect(harness.outcomes == ["answered"])
        #expect(harness.closings == [.done])
        harness.submit("next")
        #expect(harness.sends == [link])
    }

    @Test func trialConnectionMakesWayForTheLink() {
        var harness = PoolHarness([stateless])
        _ = harness.connectAll()
        harness.reconfigure([persistent])
        #expect(harness.closings == [.reconfigured])
        #expect(harness.dials.count == 1)
        let link = harness.connect(harness.dials[0], as: "bridge-0")
        harness.advance(by: .seconds(60), answeringPingsOn: [link])
        #expect(harness.closings.isEmpty && harness.dials.isEmpty)
    }

    @Test func dialUnderWayServesTheOldMode() {
        var harness = PoolHarness([persistent])
        harness.start()
        harness.reconfigure([stateless])
        #expect(harness.closings == [.reconfigured])
        #expect(harness.dials.count == 1)
        harness.connect(harness.dials[0], as: "bridge-0")
        harness.advance(by: PoolDefaults.errandTime)
        #expect(harness.closings == [.done])
    }

    @Test func connectionOfTheOldModeThatFailsChangesNothing() {
        var harness = PoolHarness([stateless, BridgeAddress("ws://bridge-1")])
        harness.start()
        let link = harness.connect(LinkID(value: 2), as: "b")
        harness.connect(LinkID(value: 1), as: "b")
        harness.advance(by: .seconds(3), answeringPingsOn: [link])
        while harness.dials.isEmpty { harness.submit("join") }
        let own = harness.dials[0]
        harness.reconfigure([persistent, BridgeAddress("ws://bridge-1")])
        harness.close(own)
        #expect(harness.reports.map(\.status) == [.connected, .connected])
        #expect(harness.reports.map(\.nextAttempt) == [nil, nil])
        harness.close(link)
        harness.advance(by: .zero)
        #expect(harness.reports.map(\.status) == [.connecting, .disconnected])
    }

    @Test func otherBridgesKeepTheirLinks() {
        let other = BridgeAddress("ws://bridge-1")
        var harness = PoolHarness([persistent, other])
        let links = harness.connectAll()
        harness.reconfigure([stateless, other])
        #expect(harness.actions.filter { if case .close(links[1], _) = $0 { true } else { false } }.isEmpty)
        #expect(harness.reports[1].status == .connected)
    }

    @Test func requestsThatWaitedForTheOldLinkAreServedByConnections() {
        var harness = PoolHarness([persistent]) { $0.maxInFlightPerLink = 1 }
        let link = harness.connectAll()[0]
        let first = harness.submit("1")
        harness.submit("2")
        harness.reconfigure([stateless])
        harness.answer(first, on: link, .success("helper"))
        #expect(harness.dials.count == 1)
        #expect(harness.pool.waitingCount == 0)
    }
}
