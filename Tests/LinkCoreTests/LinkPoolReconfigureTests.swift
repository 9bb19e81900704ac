import LinkCore
import Testing
import Timekeeping

/// The list of bridges changes while the pool works.
@Suite struct LinkPoolReconfigureTests {
    private let a = BridgeAddress("ws://bridge-0")
    private let b = BridgeAddress("ws://bridge-1")
    private let c = BridgeAddress("ws://bridge-2")

    @Test func addedBridgeIsDialledAndTheOthersAreLeftAlone() {
        var harness = PoolHarness(bridges: 2)
        let links = harness.connectAll()
        harness.reconfigure([a, b, c])
        #expect(harness.dials.count == 1)
        #expect(harness.closings.isEmpty)
        #expect(harness.reports.map(\.address) == ["ws://bridge-0", "ws://bridge-1", "ws://bridge-2"])
        var sends: [LinkID] = []
        for _ in 0..<2 {
            harness.submit("join")
            sends += harness.sends
        }
        #expect(sends == links)
    }

    @Test func sameListChangesNothingNotEvenWhoseTurnItIs() {
        var harness = PoolHarness(bridges: 2)
        let links = harness.connectAll()
        var sends: [LinkID] = []
        for _ in 0..<6 {
            harness.submit("join")
            sends += harness.sends
            harness.reconfigure([a, b])
            #expect(harness.actions.isEmpty)
        }
        #expect(sends == links + links + links)
    }

    @Test func removedBridgeGetsNothingNewFinishesWhatItHasAndIsClosed() {
        var harness = PoolHarness(bridges: 2)
        let links = harness.connectAll()
        let id = harness.submit("join")
        harness.reconfigure([b])
        #expect(harness.closings.isEmpty)
        #expect(harness.reports.last?.rotation == .retiring)
        for _ in 0..<4 {
            harness.submit("next")
            #expect(harness.sends == [links[1]])
        }
        harness.answer(id, on: links[0], .success("helper"))
        #expect(harness.outcomes == ["answered"])
        #expect(harness.closings == [.reconfigured])
        #expect(harness.notices == [.removed(EndpointID(value: 0), address: "ws://bridge-0")])
        #expect(harness.reports.map(\.address) == ["ws://bridge-1"])
    }

    @Test func idleBridgeIsClosedAtOnceWhenItIsRemoved() {
        var harness = PoolHarness(bridges: 2)
        _ = harness.connectAll()
        harness.reconfigure([a])
        #expect(harness.closings == [.reconfigured])
        #expect(harness.notices == [.removed(EndpointID(value: 1), address: "ws://bridge-1")])
    }

    @Test func removedBridgeThatDoesNotAnswerIsClosedWhenItsRequestHasMoved() {
        var harness = PoolHarness(bridges: 2)
        let links = harness.connectAll()
        harness.submit("join")
        harness.reconfigure([b])
        harness.advance(by: .seconds(3), answeringPingsOn: links)
        #expect(harness.sends == [links[1]])
        #expect(harness.closings == [.reconfigured])
    }

    @Test func bridgeRemovedWhileItIsDialledIsGone() {
        var harness = PoolHarness(bridges: 2)
        harness.start()
        harness.reconfigure([a])
        #expect(harness.closings == [.reconfigured])
        harness.connect(LinkID(value: 2), as: "b")
        #expect(harness.ready.isEmpty)
        #expect(harness.reports.count == 1)
    }

    @Test func removedBridgeThatWaitsForARedialIsNotDialledAgain() {
        var harness = PoolHarness(bridges: 2)
        let links = harness.connectAll()
        harness.close(links[1])
        harness.reconfigure([a])
        harness.advance(by: .seconds(100), answeringPingsOn: links)
        #expect(harness.dials.isEmpty)
    }

    @Test func removedBridgeThatDialsInStaysAsOneThatIsNotConfigured() {
        var harness = PoolHarness(bridges: 1)
        harness.start()
        harness.connect(LinkID(value: 1), as: "b", era: .current)
        let own = harness.dialIn("b")
        harness.reconfigure([])
        #expect(harness.closings == [.reconfigured])
        #expect(harness.reports.map(\.address) == [nil])
        #expect(harness.reports.map(\.status) == [.connected])
        harness.submit("join")
        #expect(harness.sends == [own])
    }

    @Test func removedBridgeThatIsPutBackWhileItFinishesStays() {
        var harness = PoolHarness(bridges: 2)
        let links = harness.connectAll()
        let id = harness.submit("join")
        harness.reconfigure([b])
        harness.reconfigure([a, b])
        #expect(harness.dials.isEmpty && harness.closings.isEmpty)
        harness.answer(id, on: links[0], .success("helper"))
        #expect(harness.closings.isEmpty)
        #expect(harness.reports.map(\.rotation) == [.active, .active])
    }

    @Test func orderOfTheListIsTheOrderOfTheRotation() {
        var harness = PoolHarness(bridges: 3)
        let links = harness.connectAll()
        harness.reconfigure([c, a, b])
        #expect(harness.reports.map(\.id.value) == [2, 0, 1])
        var sends: [LinkID] = []
        for _ in 0..<3 {
            harness.submit("join")
            sends += harness.sends
        }
        #expect(sends == [links[0], links[1], links[2]])
    }

    @Test func addressThatStandsTwiceCountsOnce() {
        var harness = PoolHarness([a, a])
        harness.start()
        #expect(harness.dials.count == 1)
        harness.reconfigure([a, b, b])
        #expect(harness.dials.count == 1)
        #expect(harness.reports.count == 2)
    }

    @Test func bridgeUnderANewAddressKeepsItsLinkAndItsRequests() {
        var harness = PoolHarness(bridges: 1)
        let link = harness.connectAll()[0]
        let id = harness.submit("join")
        harness.reconfigure([BridgeAddress("ws://renamed")])
        let dial = harness.dials[0]
        harness.connect(dial, as: "bridge-0")
        #expect(harness.closings == [.duplicate])
        #expect(harness.notices == [.removed(EndpointID(value: 0), address: "ws://bridge-0")])
        harness.submit("next")
        #expect(harness.sends == [link])
        harness.answer(id, on: link, .success("helper"))
        #expect(harness.outcomes == ["answered"])
        #expect(harness.reports.map(\.address) == ["ws://renamed"])
        harness.close(link)
        harness.advance(by: .seconds(2))
        #expect(harness.dials.count == 1)
    }

    @Test func otherAddressOfABridgeTakesTheLinkOverFromARemovedOne() {
        var harness = PoolHarness(bridges: 2)
        harness.start()
        let link = harness.connect(LinkID(value: 1), as: "b")
        harness.connect(LinkID(value: 2), as: "b")
        let id = harness.submit("join")
        harness.reconfigure([b])
        #expect(harness.closings.isEmpty)
        #expect(harness.reports.map(\.address) == ["ws://bridge-1"])
        harness.submit("next")
        #expect(harness.sends == [link])
        harness.answer(id, on: link, .success("helper"))
        #expect(harness.outcomes == ["answered"])
    }

    @Test func nothingIsReconfiguredWhileThePoolDrains() {
        var harness = PoolHarness(bridges: 1)
        _ = harness.connectAll()
        harness.drain(for: .seconds(5))
        harness.reconfigure([b])
        #expect(harness.actions.isEmpty)
    }
}
