import LinkCore
import Testing
import Timekeeping

/// Bridges that dial us, and no address is known of (protocol.md 3.1 (c)).
@Suite struct LinkPoolDialInTests {
    @Test func nativeBridgeThatOnlyDialsInIsAuthenticatedAndAsked() {
        var harness = PoolHarness(bridges: 0)
        let link = harness.dialIn("b", native: true)
        guard case .authenticate(link)? = harness.actions.first else {
            Issue.record("a native bridge proves itself like one that we dialled, got \(harness.actions)")
            return
        }
        harness.submit("too early")
        #expect(harness.sends.isEmpty)
        harness.authenticate(link, as: "b")
        #expect(harness.sends == [link])
        let id = harness.submit("join")
        harness.answer(id, on: link, .success("helper"))
        #expect(harness.outcomes == ["answered"])
        let report = harness.reports[0]
        #expect(report.address == nil && report.bridge == "b" && report.hasDialledIn && report.status == .connected)
    }

    @Test func existingBridgeThatOnlyDialsInIsAskedAsItIs() {
        var harness = PoolHarness(bridges: 0)
        let link = harness.dialIn("b")
        #expect(harness.statuses == [.connected])
        let id = harness.submit("join")
        #expect(harness.sends == [link])
        harness.answer(id, on: link, .success("helper"))
        #expect(harness.outcomes == ["answered"])
    }

    @Test func bridgeOfTheStatelessEraIsNeverAskedOnItsOwnLink() {
        var harness = PoolHarness(bridges: 0)
        harness.dialIn("b", statelessEra: true)
        harness.submit("join")
        #expect(harness.sends.isEmpty)
        harness.advance(by: .seconds(1))
        #expect(harness.outcomes.count == 1)
        #expect(harness.ready.isEmpty)
    }

    @Test func bridgeThatDialsInWithNewerSoftwareIsAsked() {
        var harness = PoolHarness(bridges: 0)
        harness.close(harness.dialIn("b", statelessEra: true))
        let link = harness.dialIn("b")
        harness.submit("join")
        #expect(harness.sends == [link])
    }

    @Test func nativeDialInThatDoesNotProveItselfIsClosed() {
        var harness = PoolHarness(bridges: 0)
        harness.dialIn("b", native: true)
        harness.advance(by: .seconds(5))
        #expect(harness.closings == [.authenticationTimeout])
        #expect(harness.reports[0].hasDialledIn == false)
    }

    @Test func nativeDialInThatRefusesOurSecretIsFailed() {
        var harness = PoolHarness(bridges: 0)
        harness.refuseSecret(harness.dialIn("b", native: true))
        #expect(harness.closings == [.authenticationRefused])
        #expect(harness.statuses == [.failed])
        harness.nativeDialIn("b")
        #expect(harness.statuses == [.connected])
    }

    @Test func nativeDialInThatProvesItselfAsSomebodyElseIsClosed() {
        var harness = PoolHarness(bridges: 1)
        let dialled = harness.connectAll()[0]
        let link = harness.dialIn("b", native: true)
        harness.authenticate(link, as: "bridge-0")
        #expect(harness.closings == [.authenticationRefused])
        #expect(harness.reports.map(\.bridge) == ["bridge-0", "b"])
        harness.submit("join")
        #expect(harness.sends == [dialled])
    }

    @Test func newDialInReplacesTheOneBeforeAndItsRequestsMove() {
        var harness = PoolHarness(bridges: 1)
        let other = harness.connectAll()[0]
        let old = harness.nativeDialIn("b")
        harness.submit("1")
        harness.submit("2")
        #expect(harness.sends == [old])
        let new = harness.dialIn("b", native: true)
        #expect(harness.closings == [.replaced])
        #expect(harness.sends == [other])
        harness.authenticate(new, as: "b")
        harness.submit("3")
        #expect(harness.sends == [new])
        #expect(harness.reports.count == 2)
    }

    @Test func answerOnAReplacedLinkIsNotHeard() {
        var harness = PoolHarness(bridges: 0)
        let old = harness.nativeDialIn("b")
        let id = harness.submit("join")
        harness.nativeDialIn("b")
        harness.answer(id, on: old, .success("ghost"))
        #expect(harness.outcomes.isEmpty)
        #expect(harness.pool.pendingCount == 1)
    }

    @Test func thePoolKeepsSixtyFourDialInsAndClosesTheNext() {
        var harness = PoolHarness(bridges: 0)
        for number in 0..<PoolDefaults.maxDialInOnly { harness.dialIn("b\(number)") }
        #expect(harness.reports.count == PoolDefaults.maxDialInOnly)
        harness.dialIn("one too many")
        #expect(harness.closings == [.tooMany])
        harness.dialIn("b7")
        #expect(harness.closings == [.replaced])
    }

    @Test func absentDialInMakesPlaceForANewOne() {
        var harness = PoolHarness(bridges: 0)
        let links = (0..<PoolDefaults.maxDialInOnly).map { harness.dialIn("b\($0)") }
        harness.close(links[3])
        harness.dialIn("new")
        #expect(harness.closings.isEmpty)
        #expect(harness.reports.count == PoolDefaults.maxDialInOnly)
        #expect(harness.reports.contains { $0.bridge == "b3" } == false)
    }

    @Test func bridgeThatDialledInOnceIsForgottenTenMinutesAfterItLeft() {
        var harness = PoolHarness(bridges: 0)
        let link = harness.dialIn("b")
        harness.close(link)
        #expect(harness.statuses == [.disconnected])
        harness.advance(by: PoolDefaults.dialInMemory - .seconds(1))
        #expect(harness.reports.map(\.status) == [.disconnected])
        harness.advance(by: .seconds(1))
        #expect(harness.reports.isEmpty)
        #expect(harness.notices == [.removed(EndpointID(value: 0), address: nil)])
        #expect(harness.pool.nextDeadline() == nil)
    }

    @Test func bridgeThatComesBackInTimeIsNotForgotten() {
        var harness = PoolHarness(bridges: 0)
        harness.close(harness.dialIn("b"))
        harness.advance(by: .seconds(500))
        let link = harness.dialIn("b")
        harness.advance(by: .seconds(200), answeringPingsOn: [link])
        #expect(harness.reports.map(\.id) == [EndpointID(value: 0)])
        #expect(harness.reports.map(\.status) == [.connected])
    }

    @Test func stoppedPoolTurnsDialInsAway() {
        var harness = PoolHarness(bridges: 0)
        harness.event { pool, now, _, actions in pool.stop(at: now, actions: &actions) }
        harness.dialIn("b", native: true)
        #expect(harness.closings == [.stopping])
        #expect(harness.reports.isEmpty)
    }
}
