import LinkCore
import Testing
import Timekeeping

/// Links whose other end reads slower than we write, and windows that are full.
@Suite struct LinkPoolBackPressureTests {
    @Test func unwritableLinkIsPassedOver() {
        var harness = PoolHarness(bridges: 2)
        let links = harness.connectAll()
        harness.writable(links[0], false)
        #expect(harness.reports.map(\.rotation) == [.full, .active])
        for _ in 0..<4 {
            harness.submit("join")
            #expect(harness.sends == [links[1]])
        }
        harness.writable(links[0], true)
        harness.submit("join")
        #expect(harness.sends == [links[0]])
    }

    @Test func requestsWaitWhenTheOnlyLinkIsUnwritableAndGoOnWhenItIsNot() {
        var harness = PoolHarness(bridges: 1)
        let link = harness.connectAll()[0]
        harness.writable(link, false)
        for number in 0..<3 { harness.submit("\(number)") }
        #expect(harness.pool.waitingCount == 3)
        harness.advance(by: .seconds(2))
        #expect(harness.outcomes.isEmpty)
        harness.writable(link, true)
        #expect(harness.sends == [link, link, link])
    }

    @Test func requestsThatWaitForAnUnwritableLinkMoveOnWhenItIsLost() {
        var harness = PoolHarness(bridges: 1)
        let link = harness.connectAll()[0]
        harness.writable(link, false)
        harness.submit("join")
        harness.close(link)
        // Nobody is ready: now it waits for a link, not for room.
        harness.advance(by: PoolDefaults.readinessPatience)
        #expect(harness.outcomes.count == 1)
    }

    @Test func windowThatABridgeAnnouncedBoundsWhatIsInFlight() {
        var harness = PoolHarness(bridges: 1)
        harness.start()
        harness.open(LinkID(value: 1))
        harness.authenticate(LinkID(value: 1), as: "b", window: 3)
        for number in 0..<5 { harness.submit("\(number)") }
        #expect(harness.reports[0].inFlight == 3)
        #expect(harness.reports[0].rotation == .full)
        #expect(harness.pool.waitingCount == 2)
    }

    @Test(arguments: [(Int?.none, 256), (0, 1), (-5, 1), (64, 64), (1_000_000, 4_096)])
    func windowIsLearnedWithinReason(announced: Int?, expected: Int) {
        var harness = PoolHarness(bridges: 1)
        harness.start()
        harness.open(LinkID(value: 1))
        harness.authenticate(LinkID(value: 1), as: "b", window: announced)
        #expect(harness.reports[0].window == expected)
    }

    @Test func secondLinkServesWhatTheFirstHasNoRoomFor() {
        var harness = PoolHarness(bridges: 2) { $0.maxInFlightPerLink = 2 }
        let links = harness.connectAll()
        var sends: [LinkID] = []
        for number in 0..<5 {
            harness.submit("\(number)")
            sends += harness.sends
        }
        #expect(sends == [links[0], links[1], links[0], links[1]])
        #expect(harness.pool.waitingCount == 1)
    }
}
