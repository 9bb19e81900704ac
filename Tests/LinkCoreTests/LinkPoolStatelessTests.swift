import LinkCore
import Testing
import Timekeeping

/// A connection for each request, as in the stateless era (protocol.md 3.1 (a)).
@Suite struct LinkPoolStatelessTests {
    /// `bridges` in stateless mode, each found reachable by its trial connection, which is over.
    private func tried(_ bridges: Int, configure: (inout Pool.Configuration) -> Void = { _ in }) -> PoolHarness {
        var harness = PoolHarness(bridges: bridges, mode: .stateless, configure: configure)
        _ = harness.connectAll()
        harness.advance(by: PoolDefaults.errandTime)
        return harness
    }

    @Test func eachRequestDialsAuthenticatesSendsAndCloses() {
        var harness = tried(1)
        let id = harness.submit("join")
        #expect(harness.sends.isEmpty)
        let link = harness.dials[0]
        harness.open(link)
        #expect(harness.sends.isEmpty)
        harness.authenticate(link, as: "bridge-0")
        #expect(harness.sends == [link])
        harness.answer(id, on: link, .success("helper"))
        #expect(harness.closings == [.done])
        #expect(harness.outcomes == ["answered"])
        harness.submit("next")
        #expect(harness.dials.count == 1 && harness.dials[0] != link)
    }

    @Test func trialConnectionIsClosedAndRepeatedEachThirtySeconds() {
        var harness = PoolHarness(bridges: 1, mode: .stateless)
        let trial = harness.connectAll()[0]
        #expect(harness.statuses == [.connected])
        harness.advance(by: PoolDefaults.errandTime)
        #expect(harness.closings == [.done])
        harness.advance(by: .milliseconds(29_999))
        #expect(harness.dials.isEmpty)
        harness.advance(by: .milliseconds(1))
        #expect(harness.dials.count == 1)
        #expect(harness.dials[0] != trial)
        #expect(harness.reports[0].status == .connected)
        harness.submit("joins go on meanwhile")
        #expect(harness.dials.count == 1)
    }

    @Test func bridgeThatClosesAnIdleTrialIsStillThere() {
        var harness = PoolHarness(bridges: 1, mode: .stateless)
        let trial = harness.connectAll()[0]
        harness.close(trial)
        #expect(harness.statuses.isEmpty)
        #expect(harness.reports[0].lastError == nil)
        harness.submit("join")
        #expect(harness.dials.count == 1)
    }

    @Test func windowBoundsTheConnections() {
        var harness = tried(1) { $0.maxInFlightPerLink = 2 }
        var dials: [LinkID] = []
        for number in 0..<5 {
            harness.submit("\(number)")
            dials += harness.dials
        }
        #expect(dials.count == 2)
        #expect(harness.pool.waitingCount == 3)
        harness.connect(dials[0], as: "bridge-0")
        guard let sent = harness.actions.compactMap(\.sent).first else {
            Issue.record("an authenticated connection carries its request")
            return
        }
        harness.answer(sent.id, on: dials[0], .success("helper"))
        #expect(harness.dials.count == 1)
    }

    @Test func failedDialMovesTheRequestAndMarksTheBridge() {
        var harness = tried(2)
        let id = harness.submit("join")
        harness.close(harness.dials[0])
        #expect(harness.statuses == [.disconnected])
        let second = harness.dials[0]
        harness.connect(second, as: "bridge-1")
        harness.answer(id, on: second, .success("helper"))
        #expect(harness.outcomes == ["answered"])
        for _ in 0..<3 {
            harness.submit("next")
            #expect(harness.reports[0].inFlight == 0)
        }
    }

    @Test func manyDialsThatFailTogetherAreOneFailure() {
        var harness = tried(2) { $0.backoffJitter = 0 }
        var dials: [LinkID] = []
        for number in 0..<40 {
            harness.submit("\(number)")
            if harness.reports[0].inFlight > dials.count { dials += harness.dials }
        }
        for link in dials { harness.close(link) }
        #expect(dials.count == 20)
        #expect(harness.reports[0].nextAttempt == harness.now + .seconds(1))
    }

    @Test func bridgeThatComesBackIsUsedAgain() {
        var harness = tried(2) { $0.backoffJitter = 0 }
        harness.submit("join")
        harness.close(harness.dials[0])
        harness.advance(by: .seconds(1))
        let trial = harness.dials[0]
        harness.connect(trial, as: "bridge-0")
        #expect(harness.statuses.contains(.connected))
        var used: Set<EndpointID> = []
        for _ in 0..<2 {
            harness.submit("next")
            for case .dial(_, let endpoint, _) in harness.actions { used.insert(endpoint) }
        }
        #expect(used.count == 2)
    }

    @Test func connectionLostWithTheRequestOnItMovesIt() {
        var harness = tried(2)
        harness.submit("join")
        let link = harness.connect(harness.dials[0], as: "bridge-0")
        harness.close(link)
        #expect(harness.dials.count == 1)
        // One connection of many that is lost does not say that the bridge is gone.
        #expect(harness.reports.map(\.status) == [.connected, .connected])
    }

    @Test func cancelledRequestClosesItsConnection() {
        var harness = tried(1)
        let id = harness.submit("join")
        harness.cancel(id)
        #expect(harness.closings == [.done])
        #expect(harness.reports[0].inFlight == 0)
    }

    @Test func currentEraBridgeAnswersOnItsOwnLinkAlsoInThisMode() {
        var harness = PoolHarness(bridges: 1, mode: .stateless)
        harness.start()
        harness.connect(LinkID(value: 1), as: "b", era: .current)
        let own = harness.dialIn("b")
        #expect(harness.reports.count == 1)
        let id = harness.submit("join")
        let link = harness.dials[0]
        harness.connect(link, as: "b", era: .current)
        #expect(harness.sends == [link])
        harness.answer(id, on: own, .success("helper"))
        #expect(harness.outcomes == ["answered"])
        #expect(harness.closings == [.done])
    }

    @Test func bridgeThatCannotBeDialledIsAskedOnTheLinkItDialled() {
        var harness = PoolHarness(bridges: 1, mode: .stateless)
        _ = harness.connectAll()
        let own = harness.nativeDialIn("bridge-0")
        harness.submit("join")
        let dial = harness.dials[0]
        harness.close(dial)
        #expect(harness.sends == [own])
        #expect(harness.reports[0].status == .connected)
    }

    @Test func presumedCurrentBridgeWithoutItsOwnLinkGetsOneTrialRequest() {
        var harness = PoolHarness(bridges: 1, mode: .stateless)
        harness.start()
        harness.connect(LinkID(value: 1), as: "b", era: .current)
        #expect(harness.reports[0].rotation == .unanswering)
        let id = harness.submit("trial")
        let link = harness.dials[0]
        harness.connect(link, as: "b", era: .current)
        harness.submit("next")
        #expect(harness.dials.isEmpty)
        harness.answer(id, on: link, .success("helper"))
        harness.submit("after that")
        #expect(harness.dials.count == 1)
    }

    @Test func ejectedBridgeIsAskedWhenItIsAllThereIs() {
        var harness = tried(2)
        for _ in 0..<5 {
            let id = harness.submit("join")
            var link = harness.connect(harness.dials[0], as: "bridge-0")
            harness.answer(id, on: link, .unusable)
            link = harness.connect(harness.dials[0], as: "bridge-1")
            harness.answer(id, on: link, .success("helper"))
        }
        #expect(harness.reports.map(\.rotation) == [.ejected, .active])
        harness.submit("join")
        harness.close(harness.dials[0])
        #expect(harness.dials.count == 1)
        let last = harness.connect(harness.dials[0], as: "bridge-0")
        #expect(harness.sends == [last])
    }

    @Test func removedBridgeGetsNoErrand() {
        var harness = tried(1)
        harness.submit("join")
        harness.reconfigure([])
        let errand = harness.errand(to: "bridge-0")
        #expect(errand == nil)
    }

    @Test func dialInDoesNotTurnAStatelessBridgeIntoAPersistentOne() {
        var harness = PoolHarness(bridges: 1, mode: .stateless)
        harness.start()
        let own = harness.nativeDialIn("b")
        harness.connect(LinkID(value: 1), as: "b")
        #expect(harness.reports.count == 1)
        for _ in 0..<3 {
            harness.submit("join")
            #expect(harness.sends.contains(own) == false)
            #expect(harness.dials.count == 1)
        }
    }

    @Test func errandGetsAConnectionOfItsOwnForTwoSeconds() {
        var harness = tried(1)
        guard let link = harness.errand(to: "bridge-0") else {
            Issue.record("a reachable bridge can be told something")
            return
        }
        #expect(harness.dials == [link])
        harness.open(link)
        harness.authenticate(link, as: "bridge-0")
        #expect(harness.actions.contains { if case .errandReady(link) = $0 { true } else { false } })
        harness.advance(by: PoolDefaults.errandTime)
        #expect(harness.closings == [.done])
    }

    @Test func errandsAreBoundedPerBridge() {
        var harness = tried(1)
        var links: [LinkID] = []
        for _ in 0..<PoolDefaults.maxErrands + 5 {
            if let link = harness.errand(to: "bridge-0") { links.append(link) }
        }
        #expect(links.count == PoolDefaults.maxErrands)
    }
}
