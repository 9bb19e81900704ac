import LinkCore
import Testing
import Timekeeping

/// Links on which a request timed out and nothing was heard since: perhaps dead, perhaps only slow.
@Suite struct LinkPoolSuspicionTests {
    /// Two native bridges; the first has just let a request time out in silence.
    private func suspecting() -> (PoolHarness, links: [LinkID], request: RequestID) {
        var harness = PoolHarness(bridges: 2)
        let links = harness.connectAll()
        harness.advance(by: .seconds(1))
        let id = harness.submit("join")
        harness.advance(by: .seconds(3))
        return (harness, links, id)
    }

    @Test func linkThatLetARequestTimeOutInSilenceLeavesTheRotationAndIsPinged() {
        var (harness, links, _) = suspecting()
        #expect(harness.pings == [links[0]])
        #expect(harness.reports.map(\.rotation) == [.suspect, .active])
        for _ in 0..<4 {
            harness.submit("next")
            #expect(harness.sends == [links[1]])
        }
    }

    @Test(arguments: 0..<3)
    func anyFrameBringsTheLinkBack(kind: Int) {
        var (harness, links, id) = suspecting()
        switch kind {
        case 0: harness.heard(links[0])
        case 1: harness.pong(links[0])
        default: harness.answer(id, on: links[0], .success("late helper"))
        }
        #expect(harness.reports.map(\.rotation) == [.active, .active])
        var sends: [LinkID] = []
        for _ in 0..<2 {
            harness.submit("next")
            sends += harness.sends
        }
        #expect(Set(sends) == Set(links))
    }

    @Test func suspectLinkIsClosedAfterTenSecondsOfSilence() {
        var (harness, links, _) = suspecting()
        harness.advance(by: .milliseconds(9_999), answeringPingsOn: [links[1]])
        #expect(harness.closings.isEmpty)
        harness.advance(by: .milliseconds(1), answeringPingsOn: [links[1]])
        #expect(harness.closings == [.silent])
        #expect(harness.reports[0].lastError == .silent(.seconds(14)))
    }

    @Test func linkThatSpokeSinceIsNotSuspect() {
        var harness = PoolHarness(bridges: 2)
        let links = harness.connectAll()
        harness.submit("join")
        harness.advance(by: .seconds(1))
        harness.heard(links[0])
        harness.advance(by: .seconds(2))
        #expect(harness.sends == [links[1]])
        #expect(harness.pings.isEmpty)
        #expect(harness.reports[0].rotation == .active)
        #expect(harness.reports[0].timeouts == 1)
    }

    @Test func manyTimeoutsOfOneLinkMakeOnePing() {
        var harness = PoolHarness(bridges: 2)
        let links = harness.connectAll()
        harness.advance(by: .seconds(1))
        for number in 0..<20 { harness.submit("\(number)") }
        harness.advance(by: .seconds(3))
        #expect(harness.pings.sorted { $0.value < $1.value } == links)
    }

    @Test func suspectLinkIsUsedWhenItIsAllThereIs() {
        var harness = PoolHarness(bridges: 1)
        let link = harness.connectAll()[0]
        harness.advance(by: .seconds(1))
        harness.submit("join")
        harness.advance(by: .seconds(3))
        #expect(harness.reports[0].rotation == .suspect)
        let id = harness.submit("next")
        #expect(harness.sends == [link])
        harness.answer(id, on: link, .success("helper"))
        #expect(harness.outcomes == ["answered"])
        #expect(harness.reports[0].rotation == .active)
    }

    @Test func stoppedBridgeIsReplacedWithinFortySecondsAndItsRequestsGoElsewhereLongBefore() {
        var harness = PoolHarness(bridges: 2)
        let links = harness.connectAll()
        let id = harness.submit("join")
        harness.advance(by: .seconds(3), answeringPingsOn: [links[1]])
        #expect(harness.sends == [links[1]])
        harness.answer(id, on: links[1], .success("helper"))
        #expect(harness.actions.compactMap { $0.finished?.receipt.total } == [.seconds(3)])
        harness.advance(by: .seconds(37), answeringPingsOn: [links[1]])
        #expect(harness.closings.first == .silent)
        #expect(harness.dials.isEmpty == false)
        // What it says when it is let go on concerns nobody.
        harness.answer(id, on: links[0], .success("late"))
        #expect(harness.outcomes.isEmpty)
    }
}
