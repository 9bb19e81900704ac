import LinkCore
import Testing
import Timekeeping

/// Two configured addresses that lead to one bridge.
@Suite struct LinkPoolAliasTests {
    private func twoAddresses() -> (PoolHarness, LinkID) {
        var harness = PoolHarness(bridges: 2) { $0.backoffJitter = 0 }
        harness.start()
        harness.connect(LinkID(value: 1), as: "b")
        harness.connect(LinkID(value: 2), as: "b")
        return (harness, LinkID(value: 1))
    }

    @Test func theSecondAddressHasNoLinkAndSaysWhoHas() {
        let (harness, _) = twoAddresses()
        #expect(harness.closings == [.duplicate])
        #expect(harness.reports.map(\.status) == [.connected, .connected])
        #expect(harness.reports.map(\.aliasOf) == [nil, EndpointID(value: 0)])
        #expect(harness.reports.map(\.rotation) == [.active, .none])
        #expect(harness.ready == ["b"])
    }

    @Test func theSecondAddressIsNotDialledWhileTheLinkLives() {
        var (harness, link) = twoAddresses()
        harness.advance(by: .seconds(600), answeringPingsOn: [link])
        #expect(harness.dials.isEmpty)
        #expect(harness.closings.isEmpty)
    }

    @Test func theSecondAddressIsUsedAtOnceWhenTheLinkIsLost() {
        var (harness, link) = twoAddresses()
        harness.advance(by: .seconds(20))
        harness.close(link)
        harness.advance(by: .zero)
        #expect(harness.dials.count == 1)
        #expect(harness.reports.map(\.status) == [.disconnected, .connecting])
        harness.connect(harness.dials[0], as: "b")
        #expect(harness.reports.map(\.status) == [.connected, .connected])
        #expect(harness.reports.map(\.aliasOf) == [EndpointID(value: 1), nil])
        #expect(harness.reports[0].nextAttempt == nil)
    }

    @Test func knownBridgeIsNeverDialledTwiceAtATime() {
        var (harness, link) = twoAddresses()
        harness.close(link)
        var open: Set<LinkID> = []
        for _ in 0..<600 {
            harness.advance(by: .milliseconds(100))
            for action in harness.actions {
                if let dialled = action.dialled { open.insert(dialled) }
                if case .close(let closed, _) = action { open.remove(closed) }
                #expect(open.count <= 1)
            }
        }
        // Each dial took its 10 s and failed; both addresses had their turns.
        #expect(harness.reports.allSatisfy { $0.dials >= 2 })
    }

    @Test func nativeDialInAbandonsTheDialOfWhicheverAddress() {
        var (harness, link) = twoAddresses()
        harness.advance(by: .seconds(20))
        harness.close(link)
        harness.advance(by: .zero)
        let dial = harness.dials[0]
        let own = harness.dialIn("b", native: true)
        #expect(harness.actions.contains { if case .close(dial, .duplicate) = $0 { true } else { false } })
        harness.authenticate(own, as: "b")
        harness.advance(by: .seconds(100), answeringPingsOn: [own])
        #expect(harness.dials.isEmpty)
        #expect(harness.reports.map(\.status) == [.connected, .connected])
        #expect(harness.ready == ["b"])
    }

    @Test func bothAddressesAreDialledAgainAfterADialInThatFailed() {
        var (harness, link) = twoAddresses()
        harness.advance(by: .seconds(20))
        harness.close(link)
        harness.advance(by: .zero)
        harness.dialIn("b", native: true)
        harness.advance(by: .seconds(5))
        #expect(harness.closings == [.authenticationTimeout])
        harness.advance(by: .seconds(40))
        #expect(harness.reports.allSatisfy { $0.dials >= 2 })
    }

    @Test func aliasWhoseSecretWasRefusedIsConnectedOnceItsBridgeIs() {
        var harness = PoolHarness(bridges: 2) { $0.backoffJitter = 0 }
        _ = harness.connectAll()
        harness.event { pool, now, generator, actions in
            pool.closed(LinkID(value: 2), reason: "reset", at: now, using: &generator, actions: &actions)
        }
        harness.advance(by: .seconds(1))
        harness.open(harness.dials[0])
        harness.refuseSecret(LinkID(value: 3))
        #expect(harness.reports[1].status == .failed)
        let own = harness.nativeDialIn("bridge-1")
        #expect(harness.reports[1].status == .connected)
        #expect(harness.reports[1].lastError == nil)
        harness.submit("join")
        harness.submit("join")
        #expect(harness.sends == [own])
    }
}
