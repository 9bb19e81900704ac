import BridgeCore
import Kademlia
import Testing
import Timekeeping
import WireMessages

/// Several bootstraps ask one bridge.
@Suite struct FairQueueingTests {
    private func link(_ name: String, _ harness: inout BridgeHarness) -> ConnectionID {
        let connection = harness.accept()
        let auth = BootstrapAuth(authToken: BridgeHarness.secret, bootstrapServer: name)
        _ = harness.first(.bootstrapAuth(auth), on: connection)
        return connection
    }

    @Test func bootstrapsAreServedInTurns() {
        var harness = BridgeHarness(queueCapacity: 100)
        let greedy = link("greedy:8080", &harness)
        let modest = link("modest:8080", &harness)
        harness.peer(0x11)
        for index in 0..<30 {
            _ = harness.tell(question(NodeID(integerLiteral: UInt32(0x100 + index)), "g"), on: greedy)
        }
        for index in 0..<3 {
            _ = harness.tell(question(NodeID(integerLiteral: UInt32(0x200 + index)), "m"), on: modest)
        }
        let order = harness.work().compactMap(\.answer).map(\.requestID.text)
        #expect(order.prefix(6) == ["g", "m", "g", "m", "g", "m"])
        #expect(order.count == 33)
    }

    @Test func fullQueueTurnsAwayWhoFilledIt() {
        var harness = BridgeHarness(queueCapacity: 8)
        let greedy = link("greedy:8080", &harness)
        let modest = link("modest:8080", &harness)
        harness.peer(0x11)
        for index in 0..<8 {
            _ = harness.tell(question(NodeID(integerLiteral: UInt32(0x100 + index)), "g"), on: greedy)
        }
        let actions = harness.tell(question(0x200, "m"), on: modest)
        guard case .sendToBootstrap(greedy, .onboardingPeerResponse(let busy))? = actions.first else {
            Issue.record("the modest one was turned away: \(actions)")
            return
        }
        #expect(busy.code == "busy" && busy.queueDepth == 8 && busy.retryAfterMs != nil)
        #expect(harness.status.queueDepth == 8)
        #expect(harness.work().compactMap(\.answer).map(\.requestID.text).contains("m"))
    }

    @Test func connectionsOfOneBootstrapAreOneSource() {
        var harness = BridgeHarness(queueCapacity: 100)
        let many = (0..<10).map { _ in link("stateless:8080", &harness) }
        let other = link("other:8080", &harness)
        harness.peer(0x11)
        for (index, connection) in many.enumerated() {
            _ = harness.tell(question(NodeID(integerLiteral: UInt32(0x100 + index)), "s"), on: connection)
        }
        _ = harness.tell(question(0x200, "o"), on: other)
        #expect(harness.work().compactMap(\.answer).map(\.requestID.text).prefix(2) == ["s", "o"])
    }

    @Test func busyWhileMemoryIsShort() {
        var harness = BridgeHarness()
        let link = harness.link()
        harness.peer(0x11)
        harness.bridge.memoryPressureChanged(isHigh: true)
        #expect(harness.tell(question(0x99, "r"), on: link).compactMap(\.refusal).map(\.code) == ["busy"])
        let stranger = harness.accept()
        let hello = FirstMessage.dhtPeerHello(DHTPeerHello(peerID: 0x12))
        #expect(harness.first(hello, on: stranger) == [.close(stranger, .full)])
        #expect(harness.link() != stranger, "bootstraps are let in, to hear that it is busy")
        #expect(harness.status.linksOpen == 2)
        harness.bridge.memoryPressureChanged(isHigh: false)
        #expect(harness.onboard(0x99, on: link).compactMap(\.answer).count == 1)
    }
}
