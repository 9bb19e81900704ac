import BridgeCore
import Kademlia
import Relaying
import Testing
import Timekeeping
import WireMessages

/// Relaying through a whole bridge (protocol.md 4.8).
@Suite struct RelayTests {
    private func open(_ harness: inout BridgeHarness, to target: NodeID, on connection: ConnectionID) -> RelayAck? {
        let request = RelayRequest(targetPeerID: .node(target), sessionID: "s", from: .node(0xbad))
        guard
            case .sendToPeer(connection, .relayAck(let ack))? = harness.say(.relayRequest(request), on: connection)
                .first
        else { return nil }
        return ack
    }

    @Test func sessionLivesFromRequestToDisconnect() throws {
        var harness = BridgeHarness()
        let first = harness.peer(0x11, metadata: browserMetadata)
        let second = harness.peer(0x12, metadata: browserMetadata)
        #expect(try #require(open(&harness, to: 0x12, on: first)).success)
        #expect(harness.status.relaySessions == 1)
        let message = RelayForward(sessionID: "s", to: .node(0x12), payload: #"{"a":1}"#)
        guard
            case .sendToPeer(second, .relayForward(let relayed))? = harness.say(.relayForward(message), on: first).first
        else {
            Issue.record("not relayed")
            return
        }
        #expect(relayed.from == .node(0x11), "who sent it, not who relays it")
        let ping = RelayPing(sessionID: "s", pingID: "1")
        guard case .sendToPeer(second, .relayPong)? = harness.say(.relayPing(ping), on: second).first else {
            Issue.record("no pong")
            return
        }
        guard case .sendToPeer(second, .relayClose(let ending))? = harness.close(first).first else {
            Issue.record("the other member was not told")
            return
        }
        #expect(ending.reason == "peer_disconnected")
        #expect(harness.status.relaySessions == 0)
    }

    @Test func memberWithASocketLeftStays() {
        var harness = BridgeHarness()
        let first = harness.peer(0x11)
        let again = harness.peer(0x11)
        let second = harness.peer(0x12)
        _ = open(&harness, to: 0x12, on: first)
        #expect(harness.close(first) == [])
        let message = RelayForward(sessionID: "s", payload: "1")
        #expect(harness.say(.relayForward(message), on: second).count == 1)
        #expect(harness.say(.relayForward(message), on: again).count == 1)
        harness.close(again)
        #expect(harness.status.relaySessions == 0)
    }

    @Test func silentMemberEndsItsSessions() {
        var harness = BridgeHarness()
        let first = harness.peer(0x11)
        let second = harness.peer(0x12)
        _ = open(&harness, to: 0x12, on: first)
        _ = harness.advance(by: .seconds(60))
        _ = harness.say(.ping(DHTPing(requestID: "p")), on: second)
        let told = harness.advance(by: .seconds(30)).contains { action in
            if case .sendToPeer(second, .relayClose) = action { true } else { false }
        }
        #expect(told)
        #expect(harness.status.relaySessions == 0)
    }

    @Test func idleSessionEndsWhileItsMembersStay() {
        var harness = BridgeHarness()
        let connections = [harness.peer(0x11), harness.peer(0x12)]
        _ = open(&harness, to: 0x12, on: connections[0])
        var told: [ConnectionID] = []
        for _ in 0..<10 {
            for connection in connections { _ = harness.say(.ping(DHTPing(requestID: "p")), on: connection) }
            for case .sendToPeer(let connection, .relayClose) in harness.advance(by: .seconds(30)) {
                told.append(connection)
            }
        }
        #expect(told == connections)
        #expect(harness.status.peersConnected == 2)
        #expect(harness.status.relay.expired == 1)
    }

    @Test func targetMustBeAConnectedPeerThatIsNoBridge() {
        var harness = BridgeHarness()
        let first = harness.peer(0x11)
        harness.peer(0x1b, metadata: #"{"isBridgeNode":true}"#)
        #expect(open(&harness, to: 0x1b, on: first)?.error == "unauthorized")
        #expect(open(&harness, to: BridgeHarness.bridgeID, on: first)?.error == "unauthorized")
        #expect(open(&harness, to: 0x77, on: first)?.error == "target_not_found")
    }

    @Test func bridgeThatIsNoRelayDoesNotSayItIs() {
        var harness = BridgeHarness(relayCapacity: 0)
        let connection = harness.accept()
        let actions = harness.first(.dhtPeerHello(DHTPeerHello(peerID: 0x11)), on: connection)
        guard case .sendToPeer(_, .connected(let connected))? = actions.last else {
            Issue.record("no dht_peer_connected")
            return
        }
        #expect(connected.metadata?.bool("canRelay") == false)
        #expect(connected.metadata?.member("relayCapacity") == nil)
        harness.peer(0x12)
        #expect(open(&harness, to: 0x12, on: connection)?.error == "not_relay_capable")
    }
}
