import BridgeCore
import DHTTestKit
import Kademlia
import MembershipTokens
import Testing
import Timekeeping
import WireMessages

/// How soon the bridge notices that a peer is gone without a word.
@Suite struct LivenessTests {
    @Test(arguments: [1, 50, 300]) func silentHelperIsNotNamedAfterFiveSeconds(others: Int) throws {
        var harness = BridgeHarness(maximumConnections: 1_000, maximumPeers: 1_000)
        let link = harness.link()
        let silent = harness.peer(0x11)
        let alive = Set((0..<others).map { harness.peer(NodeID(integerLiteral: UInt32(0x100 + $0))) })
        harness.advance(by: .seconds(60), answeringPingsOn: alive.union([silent]))
        harness.advance(by: .seconds(5), answeringPingsOn: alive)
        var named: Set<NodeID> = []
        for index in 0..<(others * 3) {
            let newcomer = NodeID(integerLiteral: UInt32(0x10000 + index))
            for answer in harness.onboard(newcomer, on: link).compactMap(\.answer) {
                if let helper = answer.token.authorizedBy { named.insert(helper) }
            }
        }
        #expect(!named.isEmpty)
        #expect(!named.contains(0x11))
    }

    @Test func peersThatSpeakAreNotPingedMoreThanTheRoundTripNeeds() {
        var harness = BridgeHarness()
        let socket = harness.peer(0x11)
        harness.advance(by: .seconds(2), answeringPingsOn: [socket])
        var pings = 0
        for _ in 0..<120 {
            pings += harness.advance(by: .milliseconds(500), answeringPingsOn: [socket]).count { action in
                if case .sendToPeer(_, .ping) = action { true } else { false }
            }
            _ = harness.say(.findNode(FindNode(requestID: "f", target: 1)), on: socket)
        }
        #expect((1...3).contains(pings), "once in half a minute")
    }

    @Test func allPeersTogetherArePingedAtMostSoOften() {
        var harness = BridgeHarness(maximumConnections: 3_000, maximumPeers: 3_000)
        let sockets = Set((0..<2_000).map { harness.peer(NodeID(integerLiteral: UInt32(0x100 + $0))) })
        harness.advance(by: .seconds(30), answeringPingsOn: sockets)
        let pings = harness.advance(by: .seconds(30), answeringPingsOn: sockets).count { action in
            if case .sendToPeer(_, .ping) = action { true } else { false }
        }
        #expect(pings <= 31 * BridgeDefaults.pingsPerSecond)
        #expect(pings >= 2_000)
    }

    @Test func floodIsDroppedAndThenEnded() {
        var harness = BridgeHarness()
        let loud = harness.peer(0x11)
        let quiet = harness.peer(0x12)
        var closings: [BridgeClosing] = []
        var answers = 0
        for _ in 0..<(BridgeDefaults.messageBurst + BridgeDefaults.floodLimit + 10) {
            let actions = harness.say(.ping(DHTPing(requestID: "p")), on: loud)
            closings += actions.compactMap(\.closing)
            answers += actions.count - actions.compactMap(\.closing).count
        }
        #expect(answers == BridgeDefaults.messageBurst)
        #expect(closings == [.flooding])
        #expect(harness.say(.ping(DHTPing(requestID: "p")), on: quiet).count == 1, "nobody else suffers")
    }
}
