import LinkCore
import Testing
import Timekeeping

@Suite struct LinkPoolLinkTests {
    @Test func everyEndpointIsDialledAtStartAtOnce() {
        var harness = PoolHarness(bridges: 3)
        harness.start()
        #expect(harness.actions.compactMap(\.dialled).count == 3)
        #expect(harness.reports.map(\.status) == [.connecting, .connecting, .connecting])
    }

    @Test func linkIsReadyOnlyAfterTheBridgeAcceptedTheSecret() {
        var harness = PoolHarness(bridges: 1)
        harness.start()
        let link = LinkID(value: 1)
        harness.open(link)
        #expect(harness.ready.isEmpty)
        guard case .authenticate(link)? = harness.actions.first else {
            Issue.record("an open socket must be authenticated, got \(harness.actions)")
            return
        }
        harness.authenticate(link, as: "b")
        #expect(harness.actions.compactMap(\.status) == [.connected])
        #expect(harness.ready == ["b"])
    }

    @Test func failedDialsBackOffDoublingWithJitterUpToTheCap() {
        var harness = PoolHarness(bridges: 1, seed: 7)
        harness.start()
        var link = LinkID(value: 1)
        for nominal in [1, 2, 4, 8, 16, 30, 30] {
            harness.close(link)
            guard let next = harness.reports[0].nextAttempt else {
                Issue.record("a lost endpoint must plan its next dial")
                return
            }
            let wait = next - harness.now
            #expect(wait >= .seconds(nominal) * 0.8 && wait <= .seconds(nominal) * 1.2)
            harness.advance(by: wait)
            guard let dialled = harness.actions.compactMap(\.dialled).first else {
                Issue.record("the dial is due")
                return
            }
            link = dialled
        }
    }

    @Test func backoffStartsAnewOnlyAfterALinkThatLivedTenSeconds() {
        var harness = PoolHarness(bridges: 1) { $0.backoffJitter = 0 }
        harness.start()
        var link = LinkID(value: 1)
        var waits: [Duration] = []
        for life in [Duration.seconds(9), .seconds(9), .seconds(10)] {
            harness.open(link)
            harness.authenticate(link, as: "b")
            harness.advance(by: life)
            harness.close(link)
            let wait = (harness.reports[0].nextAttempt ?? harness.now) - harness.now
            waits.append(wait)
            harness.advance(by: wait)
            link = harness.actions.compactMap(\.dialled).first ?? link
        }
        #expect(waits == [.seconds(1), .seconds(2), .seconds(1)])
    }

    @Test func refusedSecretIsFailedAndTriedAgainAtTheCap() {
        var harness = PoolHarness(bridges: 1) { $0.backoffJitter = 0 }
        harness.start()
        let link = LinkID(value: 1)
        harness.open(link)
        harness.event { pool, now, generator, actions in
            pool.authenticationRefused(
                link,
                reason: "no",
                at: now,
                using: &generator,
                actions: &actions
            )
        }
        #expect(harness.actions.compactMap(\.closed) == [.authenticationRefused])
        #expect(harness.actions.compactMap(\.status) == [.failed])
        // A join must not make the pool knock again at a door that was slammed.
        harness.advance(by: .seconds(2))
        harness.submit("join")
        #expect(harness.actions.compactMap(\.dialled).isEmpty)
        harness.advance(by: .seconds(28))
        #expect(harness.actions.compactMap(\.dialled).count == 1)
    }

    @Test func silentAuthenticationEndsAfterFiveSeconds() {
        var harness = PoolHarness(bridges: 1)
        harness.start()
        harness.open(LinkID(value: 1))
        harness.advance(by: .seconds(5))
        #expect(harness.actions.compactMap(\.closed) == [.authenticationTimeout])
        #expect(harness.reports[0].status == .disconnected)
    }

    @Test func silentLinkIsReplacedFortySecondsAfterItsLastFrame() {
        var harness = PoolHarness(bridges: 1)
        _ = harness.connectAll()
        harness.advance(by: .seconds(39))
        #expect(harness.actions.compactMap(\.closed).isEmpty)
        harness.advance(by: .seconds(1))
        #expect(harness.actions.compactMap(\.closed) == [.silent])
        #expect(harness.ready.isEmpty)
    }

    @Test func anyFrameKeepsALinkAlive() {
        var harness = PoolHarness(bridges: 1)
        let link = harness.connectAll()[0]
        for _ in 0..<20 {
            harness.advance(by: .seconds(9))
            harness.event { pool, now, _, _ in pool.heard(link, at: now) }
        }
        #expect(harness.ready.count == 1)
        #expect(harness.reports[0].pings == 6)
    }

    @Test func pongMeasuresTheRoundTrip() {
        var harness = PoolHarness(bridges: 1)
        let link = harness.connectAll()[0]
        harness.advance(by: .seconds(30))
        harness.now = harness.now + .milliseconds(12)
        harness.event { pool, now, _, _ in pool.pongReceived(link, at: now) }
        #expect(harness.reports[0].roundTrip == .milliseconds(12))
    }

    @Test func secondAddressOfOneBridgeGetsNoLinkOfItsOwn() {
        var harness = PoolHarness(bridges: 2)
        harness.start()
        let links = harness.actions.compactMap(\.dialled)
        for link in links {
            harness.open(link)
            harness.authenticate(link, as: "same")
        }
        #expect(harness.actions.compactMap(\.closed) == [.duplicate])
        #expect(harness.ready.count == 1)
    }

    @Test func lateNewsOfAClosedLinkChangesNothing() {
        var harness = PoolHarness(bridges: 1)
        harness.start()
        let link = LinkID(value: 1)
        harness.close(link)
        harness.open(link)
        #expect(harness.actions.isEmpty)
        harness.authenticate(link, as: "b")
        #expect(harness.actions.isEmpty)
        #expect(harness.ready.isEmpty)
    }
}
