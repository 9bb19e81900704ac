import BridgeCore
import Kademlia
import Testing
import Timekeeping
import WireMessages

@Suite struct ShutdownTests {
    @Test func withoutQuestionsEverybodyIsToldAtOnce() {
        var harness = BridgeHarness()
        let link = harness.link()
        let peer = harness.peer(1)
        #expect(harness.bridge.stop(at: harness.now) == [.close(link, .stopping), .close(peer, .stopping), .stopped])
        #expect(BridgeClosing.stopping.code == 1001)
        #expect(harness.bridge.stop(at: harness.now) == [], "a second request changes nothing")
    }

    @Test func waitingQuestionsAreAnsweredAndNewOnesRefusedBeforeLinksClose() throws {
        var harness = BridgeHarness()
        let link = harness.link()
        let peer = harness.peer(0x11)
        _ = harness.tell(.getOnboardingPeer(GetOnboardingPeer(requestID: "r", newNodeID: 0x99)), on: link)
        #expect(harness.bridge.stop(at: harness.now) == [])
        let late = harness.tell(.getOnboardingPeer(GetOnboardingPeer(requestID: "late", newNodeID: 0x98)), on: link)
        #expect(late.map { $0.refusal?.code } == ["stopping"])
        let actions = harness.work()
        #expect(actions.compactMap(\.answer).map(\.requestID) == ["r"])
        #expect(Array(actions.suffix(3)) == [.close(link, .stopping), .close(peer, .stopping), .stopped])
        let counters = harness.status.counters
        #expect((counters.answered, counters.failed) == (1, 1))
    }

    @Test func queueThatDoesNotRunDryIsRefusedAfterASecond() {
        var harness = BridgeHarness()
        let link = harness.link()
        _ = harness.tell(.getOnboardingPeer(GetOnboardingPeer(requestID: "r", newNodeID: 0x99)), on: link)
        #expect(harness.bridge.stop(at: harness.now) == [])
        #expect(harness.advance(by: .milliseconds(999)) == [])
        let actions = harness.advance(by: .milliseconds(1))
        #expect(actions.first?.refusal?.code == "stopping")
        #expect(Array(actions.dropFirst()) == [.close(link, .stopping), .stopped])
        #expect(harness.work() == [], "nothing is left, and nobody stops twice")
    }

    @Test func nobodyIsLetInOrDialledAfterThat() {
        var harness = BridgeHarness(bootstraps: 2)
        _ = harness.listen()
        let (open, _) = harness.reach()
        #expect(harness.bridge.stop(at: harness.now) == [.close(open, .stopping), .stopped])
        let stranger = harness.newConnection()
        #expect(harness.bridge.accepted(stranger, at: harness.now) == [.close(stranger, .stopping)])
        // The second dial was under way.
        let (late, actions) = harness.reach(BootstrapID(index: 1))
        #expect(actions.first == .close(late, .stopping))
        harness.close(open)
        #expect(harness.advance(by: .seconds(3_600)).compactMap(\.dialledBootstrap) == [])
    }
}
