import BootstrapCore
import Kademlia
import Testing
import Timekeeping
import WireMessages

/// What existing clients ask and existing servers leave unanswered (protocol.md 2.8).
@Suite struct LookupTests {
    private func network() -> BootstrapHarness {
        var harness = BootstrapHarness(genesis: 0x9)
        harness.joinRegistered(0xa, on: 1)
        return harness
    }

    private func online(_ harness: BootstrapHarness) -> [Bool?] {
        harness.responses(to: 1).map { response in
            if case .other(let data)? = response.data { data.bool("online") } else { nil }
        }
    }

    @Test func lookupTellsWhetherAPeerIsHere() {
        var harness = network()
        harness.say(.lookupPeer(LookupPeer(requestID: "l", targetPeerID: .node(0xb))), on: 1)
        #expect(online(harness) == [false])
        harness.joinRegistered(0xb, on: 2)
        harness.say(.lookupPeer(LookupPeer(requestID: "l", targetPeerID: .node(0xb))), on: 1)
        #expect(online(harness) == [true])
    }

    @Test func waitingIsAnsweredWhenThePeerComes() {
        var harness = network()
        harness.say(.waitForPeer(WaitForPeer(requestID: "w", targetPeerID: .node(0xb))), on: 1)
        #expect(harness.actions.isEmpty)
        harness.joinRegistered(0xb, on: 2)
        #expect(online(harness) == [true])
        #expect(harness.core.waitCount == 0)
    }

    @Test func waitingEndsBeforeTheClientGivesUp() {
        var harness = network()
        harness.say(.waitForPeer(WaitForPeer(requestID: "w", targetPeerID: .node(0xb))), on: 1)
        harness.advance(by: BootstrapDefaults.peerWait)
        #expect(online(harness) == [false])
        harness.joinRegistered(0xb, on: 2)
        #expect(harness.sent(to: 1).isEmpty, "answered once")
    }

    @Test func waitsAreBoundedAndEndWithTheClient() {
        var harness = network()
        for number in 0..<BootstrapDefaults.maxWaitsPerClient {
            let wait = WaitForPeer(requestID: WireRequestID("w\(number)") ?? "w", targetPeerID: .node(0xb))
            harness.say(.waitForPeer(wait), on: 1)
            #expect(harness.actions.isEmpty)
        }
        harness.say(.waitForPeer(WaitForPeer(requestID: "x", targetPeerID: .node(0xb))), on: 1)
        #expect(harness.responses(to: 1).map(\.code) == ["busy"])
        harness.close(1)
        #expect(harness.core.waitCount == 0 && harness.core.nextDeadline() == nil)
    }

    @Test func peersAreListedForWhoeverIsRegistered() {
        var harness = network()
        harness.joinRegistered(0xb, on: 2)
        harness.say(.getPeers(GetPeers(requestID: "g")), on: 1)
        #expect(harness.responses(to: 1).first?.join?.peers.map(\.nodeID) == [.node(0xb)])
        harness.open(3)
        harness.say(.getPeers(GetPeers(requestID: "g")), on: 3)
        #expect(harness.responses(to: 3).map(\.code) == ["not_registered"])
    }

    @Test func peerHearsWhoWantsToReachIt() {
        var harness = network()
        harness.joinRegistered(0xb, on: 2)
        harness.say(.joinPeer(JoinPeer(targetPeerID: .node(0xb), requestID: "j")), on: 1)
        #expect(
            harness.sent(to: 2) == [.peerJoinRequest(PeerJoinRequest(fromPeer: .node(0xa), timestamp: 1_000_000))]
        )
        #expect(harness.responses(to: 1).map(\.success) == [true])
        harness.say(.joinPeer(JoinPeer(targetPeer: .node(0xc), requestID: "j")), on: 1)
        #expect(harness.responses(to: 1).map(\.code) == ["not_connected"])
        #expect(
            harness.sent(to: 1).first
                == .joinError(
                    JoinError(message: "Target peer not connected", error: "Target peer not connected")
                )
        )
    }

    @Test func nobodyAsksInAnothersName() {
        var harness = network()
        harness.joinRegistered(0xb, on: 2)
        harness.say(.joinPeer(JoinPeer(targetPeerID: .node(0xb), fromPeer: .node(0xc), requestID: "j")), on: 1)
        #expect(harness.sent(to: 2).isEmpty && harness.responses(to: 1).map(\.code) == ["id_mismatch"])
        harness.say(.lookupPeer(LookupPeer(requestID: "l", targetPeerID: .node(0xb), nodeID: .node(0xc))), on: 1)
        #expect(harness.responses(to: 1).map(\.code) == ["id_mismatch"])
    }

    @Test func bridgesAreNobodysToLookUp() {
        var harness = network()
        harness.joinRegistered(0xb1, on: 2, metadata: BootstrapHarness.bridgeMetadata())
        harness.say(.lookupPeer(LookupPeer(requestID: "l", targetPeerID: .node(0xb1))), on: 1)
        #expect(online(harness) == [false])
    }
}
