import LinkCore
import Testing
import Timekeeping

/// How long each generation of bridge may take, and what is asked of one that only seems to be of the current era.
@Suite struct LinkPoolEraTests {
    @Test(arguments: [BridgeTraits.Era.stateless, .current])
    func existingBridgesHaveEightSeconds(era: BridgeTraits.Era) {
        var harness = PoolHarness(bridges: 1)
        harness.start()
        let slow = harness.connect(LinkID(value: 1), as: "old", era: era)
        if era == .current { harness.dialIn("old") }
        let other = harness.nativeDialIn("new")
        harness.submit("join")
        #expect(harness.sends == [slow])
        harness.advance(by: .milliseconds(7_999))
        #expect(harness.sends.isEmpty)
        harness.advance(by: .milliseconds(1))
        #expect(harness.sends == [other])
    }

    @Test func nativeBridgeHasThreeSeconds() {
        var harness = PoolHarness(bridges: 2)
        let links = harness.connectAll()
        harness.submit("join")
        harness.advance(by: .milliseconds(2_999))
        #expect(harness.sends.isEmpty)
        harness.advance(by: .milliseconds(1))
        #expect(harness.sends == [links[1]])
    }

    @Test func eraIsKnownByFirstWordsAndAnnouncement() {
        var harness = PoolHarness(bridges: 3)
        harness.start()
        for link in harness.dials { harness.open(link) }
        harness.pinged(LinkID(value: 2))
        harness.authenticate(LinkID(value: 1), as: "a", traits: nil)
        harness.authenticate(LinkID(value: 2), as: "b", traits: nil)
        harness.authenticate(LinkID(value: 3), as: "c", traits: BridgeTraits(era: .native))
        #expect(harness.reports.map(\.era) == [.current, .stateless, .native])
    }

    @Test func bridgeOnceSeenToBeOfTheStatelessEraStaysThat() {
        var harness = PoolHarness(bridges: 1)
        harness.start()
        harness.open(LinkID(value: 1))
        harness.pinged(LinkID(value: 1))
        harness.authenticate(LinkID(value: 1), as: "b", traits: nil)
        harness.close(LinkID(value: 1))
        harness.advance(by: .seconds(2))
        let again = harness.dials[0]
        harness.open(again)
        harness.authenticate(again, as: "b", traits: nil)
        #expect(harness.reports.map(\.rotation) == [.active])
    }

    @Test func soleNativeBridgeGetsEightSecondsBeforeTheRequestIsGivenUp() {
        var harness = PoolHarness(bridges: 1)
        let link = harness.connectAll()[0]
        let slow = harness.submit("slow")
        harness.submit("never")
        harness.advance(by: .seconds(7), answeringPingsOn: [link])
        harness.answer(slow, on: link, .success("helper"))
        #expect(harness.outcomes == ["answered"])
        harness.advance(by: .seconds(1), answeringPingsOn: [link])
        #expect(harness.outcomes == ["timed out"])
        #expect(harness.actions.compactMap { $0.finished?.receipt.total } == [.seconds(8)])
    }

    @Test func bridgeThatComesBackMeanwhileTakesALonelyRequestOver() {
        var harness = PoolHarness(bridges: 2) { $0.backoffJitter = 0 }
        let links = harness.connectAll()
        harness.close(links[1])
        let id = harness.submit("join")
        #expect(harness.sends == [links[0]])
        harness.advance(by: .seconds(4), answeringPingsOn: [links[0]])
        #expect(harness.sends.isEmpty)
        let back = LinkID(value: 3)
        harness.connect(back, as: "bridge-1")
        harness.advance(by: .milliseconds(500), answeringPingsOn: [links[0], back])
        #expect(harness.sends == [back])
        harness.answer(id, on: back, .success("helper"))
        #expect(harness.outcomes == ["answered"])
    }

    @Test func requestMovedToASlowSoleBridgeHasTheSamePatience() {
        var harness = PoolHarness(bridges: 2)
        let links = harness.connectAll()
        let id = harness.submit("join")
        harness.close(links[0])
        harness.advance(by: .seconds(7), answeringPingsOn: [links[1]])
        #expect(harness.outcomes.isEmpty)
        harness.answer(id, on: links[1], .success("helper"))
        #expect(harness.outcomes == ["answered"])
    }

    // MARK: A bridge that announced nothing and has no link of its own

    /// Such a bridge, alone.
    private func presumedCurrent() -> (PoolHarness, LinkID) {
        var harness = PoolHarness(bridges: 1)
        harness.start()
        let link = harness.connect(LinkID(value: 1), as: "b", era: .current)
        return (harness, link)
    }

    @Test func bridgePresumedCurrentGetsOneTrialRequestAtATime() {
        var (harness, link) = presumedCurrent()
        harness.submit("trial")
        #expect(harness.sends == [link])
        #expect(harness.reports[0].rotation == .unanswering)
        harness.submit("next")
        #expect(harness.sends.isEmpty)
        harness.advance(by: .seconds(1))
        #expect(harness.actions.compactMap { $0.finished?.request } == ["next"])
    }

    @Test func bridgeThatAnswersItsTrialIsAskedLikeAnyOther() {
        var (harness, link) = presumedCurrent()
        let id = harness.submit("trial")
        harness.answer(id, on: link, .success("helper"))
        #expect(harness.reports[0].rotation == .active)
        for _ in 0..<3 {
            harness.submit("next")
            #expect(harness.sends == [link])
        }
    }

    @Test func bridgeThatFailsItsTrialIsNotAskedUntilItDialsIn() {
        var (harness, link) = presumedCurrent()
        harness.submit("trial")
        harness.advance(by: .seconds(8), answeringPingsOn: [link])
        #expect(harness.outcomes == ["timed out"])
        harness.submit("next")
        #expect(harness.sends.isEmpty)
        harness.dialIn("b")
        #expect(harness.sends == [link])
    }

    @Test func newLinkMeansANewTrial() {
        var (harness, link) = presumedCurrent()
        harness.submit("trial")
        harness.advance(by: .seconds(8), answeringPingsOn: [link])
        harness.close(link)
        harness.advance(by: .seconds(2))
        let again = harness.connect(harness.dials[0], as: "b", era: .current)
        harness.submit("next")
        #expect(harness.sends == [again])
    }

    @Test func cancelledTrialLeavesRoomForAnother() {
        var (harness, link) = presumedCurrent()
        harness.cancel(harness.submit("trial"))
        harness.submit("next")
        #expect(harness.sends == [link])
    }

    @Test func betterBridgeSparesTheTrial() {
        var (harness, _) = presumedCurrent()
        let native = harness.nativeDialIn("native")
        for _ in 0..<4 {
            harness.submit("join")
            #expect(harness.sends == [native])
        }
    }

    @Test func deadlineIsToldOnlyToABridgeThatTakesIt() {
        var harness = PoolHarness(bridges: 2)
        harness.start()
        for link in harness.dials { harness.open(link) }
        var traits = BridgeTraits(era: .native)
        traits.takesDeadline = true
        harness.authenticate(LinkID(value: 1), as: "a", traits: traits)
        harness.authenticate(LinkID(value: 2), as: "b", traits: BridgeTraits(era: .native))
        var told: [Duration?] = []
        for _ in 0..<2 {
            harness.submit("join")
            for case .send(_, _, _, let timeLeft) in harness.actions { told.append(timeLeft) }
        }
        #expect(told == [.seconds(20), nil])
    }
}
