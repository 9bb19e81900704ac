import LinkCore
import Testing
import Timekeeping

/// What is said to a bridge besides requests goes where it survives it (protocol.md 3.6).
@Suite struct LinkPoolErrandTests {
    @Test func errandToALinkThatWeDialledGoesThere() {
        var harness = PoolHarness(bridges: 1)
        let link = harness.connectAll()[0]
        let errand = harness.errand(to: "bridge-0")
        #expect(errand == link)
        #expect(harness.actions.isEmpty)
    }

    @Test func errandToANativeDialInGoesThere() {
        var harness = PoolHarness(bridges: 0)
        let link = harness.nativeDialIn("b")
        let errand = harness.errand(to: "b")
        #expect(errand == link)
        #expect(harness.pool.readyBridges(at: harness.now).map(\.canBeInvited) == [true])
    }

    @Test func existingBridgeThatOnlyDialsInIsSparedWhatWouldEndIt() {
        var harness = PoolHarness(bridges: 0)
        harness.dialIn("b")
        let errand = harness.errand(to: "b")
        #expect(errand == nil)
        #expect(harness.pool.readyBridges(at: harness.now).map(\.canBeInvited) == [false])
    }

    @Test func unknownBridgeCannotBeTold() {
        var harness = PoolHarness(bridges: 1)
        _ = harness.connectAll()
        let errand = harness.errand(to: "stranger")
        #expect(errand == nil)
    }
}
