import BridgeCore
import Kademlia
import Testing
import Timekeeping
import WireMessages

/// Two bridges that know each other know nobody.
@Suite struct MemberCountTests {
    private let bridgeMetadata: RawJSON = #"{"isBridgeNode":true,"nodeType":"bridge"}"#

    @Test func aBridgeThatKnowsOnlyAnotherBridgeAsksABootstrap() {
        var harness = BridgeHarness()
        let other = harness.peer(0x11, metadata: bridgeMetadata)
        let link = harness.link(features: ["clients"])
        let actions = harness.advance(by: .milliseconds(1_500), answeringPingsOn: [other])
        let asked = actions.contains { action in
            if case .sendToBootstrap(link, .getConnectedClients) = action { true } else { false }
        }
        #expect(asked)
        #expect(harness.status.peersConnected == 1)
        #expect(harness.status.membersConnected == 0)
    }

    @Test func aBridgeThatKnowsSomebodyDoesNot() {
        var harness = BridgeHarness()
        let sockets = [harness.peer(0x11, metadata: bridgeMetadata), harness.peer(0x12)]
        _ = harness.link(features: ["clients"])
        let asked = harness.advance(by: .seconds(60), answeringPingsOn: Set(sockets)).contains { action in
            if case .sendToBootstrap(_, .getConnectedClients) = action { true } else { false }
        }
        #expect(!asked)
    }

    @Test func bootstrapsHearOfPeersThatAreNoBridges() throws {
        var harness = BridgeHarness()
        let bridge = harness.peer(0x11, metadata: bridgeMetadata)
        let link = harness.link(features: ["load"])

        func counts(_ actions: [BridgeAction]) -> [Int64] {
            actions.compactMap { action in
                guard case .sendToBootstrap(link, .bridgeHealthUpdate(let update)) = action else { return nil }
                return update.bridgeHealth.connectedPeers
            }
        }
        func load() throws -> Int64 {
            let pong = harness.tell(.ping(Ping(requestID: "p")), on: link).first?.said
            guard case .pong(let pong) = pong else { throw NoPong() }
            return try #require(pong.load).connectedPeers
        }
        #expect(counts(harness.advance(by: .seconds(2), answeringPingsOn: [bridge])) == [0])
        #expect(try load() == 0)
        let peer = harness.peer(0x12)
        #expect(counts(harness.advance(by: .seconds(31), answeringPingsOn: [bridge, peer])) == [1])
        #expect(try load() == 1)
        harness.close(peer)
        #expect(counts(harness.advance(by: .seconds(31), answeringPingsOn: [bridge])) == [0])
        #expect(try load() == 0)
    }

    @Test func whoComesBackAsABridgeIsNoMemberAnyMore() {
        var harness = BridgeHarness()
        let first = harness.peer(0x11)
        #expect(harness.status.membersConnected == 1)
        // Its first socket is forgotten; what it says on the second counts.
        _ = harness.advance(by: .seconds(20))
        let second = harness.peer(0x11, metadata: bridgeMetadata)
        #expect(harness.status.membersConnected == 0)
        harness.close(first)
        harness.close(second)
        #expect(harness.status.membersConnected == 0)
        #expect(harness.status.peersConnected == 0)
    }

    private struct NoPong: Error {}
}
