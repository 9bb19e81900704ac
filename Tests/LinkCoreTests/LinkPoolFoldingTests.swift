import LinkCore
import Testing
import Timekeeping

/// A bridge that is dialled and dials in is one bridge: one endpoint, one logical link.
@Suite struct LinkPoolFoldingTests {
    /// One configured bridge of the current era, connected both ways.
    private func bothWays() -> (PoolHarness, dialled: LinkID, own: LinkID) {
        var harness = PoolHarness(bridges: 1)
        harness.start()
        let dialled = harness.connect(LinkID(value: 1), as: "b", era: .current)
        let own = harness.dialIn("b")
        return (harness, dialled, own)
    }

    @Test func bridgeOfTheCurrentEraIsAskedOnTheDialledLinkAndAnswersOnItsOwn() {
        var (harness, dialled, own) = bothWays()
        #expect(harness.reports.count == 1)
        let id = harness.submit("join")
        #expect(harness.sends == [dialled])
        harness.answer(id, on: own, .success("helper"))
        #expect(harness.outcomes == ["answered"])
        #expect(harness.reports[0].answers == 1)
    }

    @Test func answerCountsOnlyFromTheBridgeThatWasAsked() {
        var (harness, _, own) = bothWays()
        let stranger = harness.dialIn("stranger")
        let id = harness.submit("join")
        harness.answer(id, on: stranger, .success("forged"))
        #expect(harness.outcomes.isEmpty)
        #expect(harness.pool.counters.foreignAnswers == 1)
        harness.answer(id, on: own, .success("helper"))
        #expect(harness.outcomes == ["answered"])
    }

    @Test func requestsMoveWhenABridgeOfTheCurrentEraLosesTheLinkItAnswersOn() {
        var (harness, _, own) = bothWays()
        let other = harness.nativeDialIn("other")
        harness.submit("1")
        harness.close(own)
        #expect(harness.sends == [other])
        #expect(harness.reports[0].status == .connected)
        #expect(harness.reports[0].rotation == .unanswering)
    }

    @Test func answerCountsOnTheLinkThatReplacedTheOneItWasAskedOn() {
        var harness = PoolHarness(bridges: 1)
        let other = harness.connectAll()[0]
        let old = harness.dialIn("b")
        harness.submit("1")
        let id = harness.submit("2")
        #expect(harness.sends == [old])
        let new = harness.dialIn("b")
        #expect(harness.sends == [other])
        // It had the request all the time, and its answer is as good as any.
        harness.answer(id, on: new, .success("helper"))
        #expect(harness.outcomes == ["answered"])
        harness.answer(id, on: other, .success("late"))
        #expect(harness.pool.counters.lateAnswers == 1)
    }

    @Test func bridgeThatRefusedLateIsNotAskedAgain() {
        var harness = PoolHarness(bridges: 1)
        let other = harness.connectAll()[0]
        let old = harness.dialIn("b")
        harness.submit("1")
        let id = harness.submit("2")
        #expect(harness.sends == [old])
        let new = harness.dialIn("b")
        harness.answer(id, on: new, .refused("late"))
        #expect(harness.outcomes.isEmpty)
        harness.answer(id, on: other, .refused("no"))
        #expect(harness.sends.isEmpty)
        #expect(harness.outcomes == ["refused"])
    }

    @Test func bridgeThatRegisteredAsStatelessIsThatWhateverItSaysNotOnTheDialledLink() {
        var harness = PoolHarness(bridges: 1)
        harness.start()
        harness.dialIn("b", statelessEra: true)
        harness.open(LinkID(value: 1))
        harness.authenticate(LinkID(value: 1), as: "b", traits: nil)
        #expect(harness.reports.map(\.era) == [.stateless])
        harness.submit("join")
        #expect(harness.sends == [LinkID(value: 1)])
        harness.close(LinkID(value: 1))
        #expect(harness.sends.isEmpty)
    }

    @Test func nativeBridgeThatDialsInWhileItsLinkIsReadyKeepsThatOne() {
        var harness = PoolHarness(bridges: 1)
        let link = harness.connectAll()[0]
        harness.advance(by: .seconds(1))
        harness.dialIn("bridge-0", native: true)
        #expect(harness.closings == [.duplicate])
        // It seems not to know of the link: whether that lives is found out now, not in 30 s.
        #expect(harness.pings == [link])
        #expect(harness.reports.count == 1)
        harness.advance(by: .seconds(10))
        #expect(harness.closings == [.silent])
    }

    @Test func nativeDialInTakesThePlaceOfADialThatIsUnderWay() {
        var harness = PoolHarness(bridges: 1)
        let first = harness.connectAll()[0]
        harness.close(first)
        harness.advance(by: .seconds(2))
        let dial = harness.dials[0]
        let own = harness.dialIn("bridge-0", native: true)
        #expect(harness.actions.contains { if case .close(dial, .duplicate) = $0 { true } else { false } })
        harness.authenticate(own, as: "bridge-0")
        harness.advance(by: .seconds(300), answeringPingsOn: [own])
        #expect(harness.dials.isEmpty)
        #expect(harness.closings.isEmpty)
        #expect(harness.reports[0].nextAttempt == nil)
    }

    @Test func nativeDialInOfANotYetKnownAddressIsFoldedIntoItWithItsRequests() {
        var harness = PoolHarness(bridges: 1)
        harness.start()
        let own = harness.nativeDialIn("b")
        let id = harness.submit("join")
        #expect(harness.sends == [own])
        #expect(harness.reports.count == 2)
        harness.open(LinkID(value: 1))
        harness.authenticate(LinkID(value: 1), as: "b")
        #expect(harness.closings == [.duplicate])
        #expect(harness.reports.count == 1)
        #expect(harness.reports[0].inFlight == 1)
        #expect(harness.reports[0].address == "ws://bridge-0")
        harness.answer(id, on: own, .success("helper"))
        #expect(harness.outcomes == ["answered"])
        #expect(harness.reports[0].inFlight == 0)
    }

    @Test func existingDialInOfANotYetKnownAddressIsFoldedIntoItAndBothLinksStay() {
        var harness = PoolHarness(bridges: 1)
        harness.start()
        let own = harness.dialIn("b")
        let id = harness.submit("join")
        harness.connect(LinkID(value: 1), as: "b", era: .current)
        #expect(harness.closings.isEmpty)
        #expect(harness.reports.count == 1)
        harness.answer(id, on: own, .success("helper"))
        #expect(harness.outcomes == ["answered"])
        harness.submit("next")
        #expect(harness.sends == [LinkID(value: 1)])
    }

    @Test func dialInThatIsStillProvingItselfWhenTheDialIsDoneIsADuplicate() {
        var harness = PoolHarness(bridges: 1)
        harness.start()
        let own = harness.dialIn("b", native: true)
        harness.connect(LinkID(value: 1), as: "b")
        #expect(harness.reports.count == 1)
        harness.authenticate(own, as: "b")
        #expect(harness.closings == [.duplicate])
        harness.submit("join")
        #expect(harness.sends == [LinkID(value: 1)])
    }

    @Test func lostDialInMakesThePoolDialAtOnce() {
        var harness = PoolHarness(bridges: 1)
        let first = harness.connectAll()[0]
        harness.close(first)
        let own = harness.nativeDialIn("bridge-0")
        harness.advance(by: .seconds(60), answeringPingsOn: [own])
        harness.close(own)
        #expect(harness.dials.isEmpty)
        harness.advance(by: .zero)
        #expect(harness.dials.count == 1)
    }

    @Test func lostDialInDoesNotWaitForARedialPlannedBeforeIt() {
        var harness = PoolHarness(bridges: 1) { $0.backoffJitter = 0 }
        var link = harness.connectAll()[0]
        for _ in 0..<5 {
            harness.close(link)
            harness.advance(by: .seconds(31))
            link = harness.dials.first ?? link
        }
        harness.close(link)
        let own = harness.nativeDialIn("bridge-0")
        harness.advance(by: .seconds(2))
        harness.close(own)
        harness.advance(by: .zero)
        #expect(harness.dials.count == 1)
    }

    @Test func dialInCutsTheWaitForARedialShortButNotBelowASecond() {
        var harness = PoolHarness(bridges: 1) { $0.backoffJitter = 0 }
        harness.start()
        harness.connect(LinkID(value: 1), as: "b", era: .current)
        var link = LinkID(value: 1)
        for _ in 0..<4 {
            harness.close(link)
            harness.advance(by: .seconds(16))
            link = harness.dials.last ?? link
        }
        harness.close(link)
        harness.advance(by: .milliseconds(200))
        let dials = harness.pool.counters.dials
        // It would wait 16 s by itself. Ten dial-ins within a second make one dial.
        for _ in 0..<10 {
            harness.close(harness.dialIn("b"))
            harness.advance(by: .milliseconds(80))
        }
        #expect(harness.pool.counters.dials == dials + 1)
    }

    @Test func addressThatLeadsToAnotherBridgeNowLetsGoOfTheOldOnesDialIn() {
        var (harness, dialled, _) = bothWays()
        harness.close(dialled)
        harness.advance(by: .seconds(2))
        let new = harness.dials[0]
        let id = harness.submit("for the old one")
        harness.connect(new, as: "c")
        #expect(harness.closings == [.replaced])
        #expect(harness.sends == [new])
        harness.answer(id, on: new, .success("helper"))
        #expect(harness.outcomes == ["answered"])
    }

    @Test func bridgeThatGotNewerSoftwareLetsGoOfItsOldLink() {
        var harness = PoolHarness(bridges: 1)
        harness.start()
        let old = harness.dialIn("b")
        harness.connect(LinkID(value: 1), as: "b")
        #expect(harness.actions.contains { if case .close(old, .replaced) = $0 { true } else { false } })
        #expect(harness.reports.map(\.era) == [.native])
        harness.submit("join")
        #expect(harness.sends == [LinkID(value: 1)])
    }

    @Test func bridgeThatWentBackToOlderSoftwareIsDialledAgain() {
        var harness = PoolHarness(bridges: 1)
        let dialled = harness.connectAll()[0]
        harness.close(dialled)
        let own = harness.dialIn("bridge-0")
        #expect(harness.reports[0].era == .current)
        harness.advance(by: .seconds(2))
        #expect(harness.dials.count == 1)
        harness.submit("join")
        #expect(harness.sends == [own])
    }
}
