import BootstrapCore
import Kademlia
import Testing
import Timekeeping
import WireMessages

/// Coordination and relaying through a whole bootstrap (protocol.md 2.11, 2.12).
@Suite struct IceAndRelayTests {
    private func harness() -> BootstrapHarness {
        var harness = BootstrapHarness(genesis: 9)
        for number: UInt32 in 1...3 {
            harness.joinRegistered(
                NodeID(integerLiteral: number),
                on: UInt64(number),
                metadata: BootstrapHarness.browserMetadata
            )
        }
        return harness
    }

    private func ice(_ target: NodeID, _ session: String = "s") -> PeerToBootstrap {
        .iceCoordinate(IceCoordinate(target: .node(target), sessionID: session))
    }

    @Test func bothBrowsersStartInOneBatch() throws {
        var harness = harness()
        harness.say(ice(2, "one"), on: 1)
        guard case .iceCoordinatePending? = harness.sent(to: 1).first else {
            Issue.record("not pending")
            return
        }
        harness.say(ice(1, "two"), on: 2)
        guard case .iceStart(let first)? = harness.sent(to: 1).first,
            case .iceStart(let second)? = harness.sent(to: 2).first
        else {
            Issue.record("not started")
            return
        }
        #expect(first.sessionID == "one" && second.sessionID == "one")
        #expect(first.timestamp == harness.now.unixMilliseconds + 100 && second.timestamp == first.timestamp)
        harness.say(.iceRestartCoordinate(IceRestartCoordinate(target: .node(2), sessionID: "r")), on: 1)
        harness.say(.iceRestartCoordinate(IceRestartCoordinate(target: .node(1), sessionID: "r")), on: 2)
        guard case .iceRestartGo? = harness.sent(to: 1).first, case .iceRestartGo? = harness.sent(to: 2).first else {
            Issue.record("not restarted")
            return
        }
    }

    @Test func whoWaitsHearsOfTimeAndOfTheOthersEnd() {
        var harness = harness()
        harness.say(ice(2), on: 1)
        harness.advance(by: .seconds(10))
        guard case .iceCoordinateTimeout? = harness.sent(to: 1).first else {
            Issue.record("no timeout")
            return
        }
        harness.say(ice(2), on: 1)
        harness.close(2)
        guard case .iceCoordinateError(let error)? = harness.sent(to: 1).first else {
            Issue.record("not told")
            return
        }
        #expect(error.peer == .node(2))
    }

    @Test func strangersAndBridgesArePairedWithNobody() {
        var harness = harness()
        harness.joinRegistered(0xb1, on: 7, metadata: BootstrapHarness.bridgeMetadata())
        harness.open(8)
        harness.say(ice(2), on: 8)
        guard case .iceCoordinateError? = harness.sent(to: 8).first else {
            Issue.record("a stranger was served")
            return
        }
        harness.say(ice(0xb1), on: 1)
        guard case .iceCoordinateError? = harness.sent(to: 1).first else {
            Issue.record("paired with a bridge")
            return
        }
        for (target, reason): (NodeID, String) in [(0xb1, "unauthorized"), (0x77, "target_not_found")] {
            harness.say(.relayRequest(RelayRequest(targetPeerID: .node(target), sessionID: "s")), on: 1)
            guard case .relayAck(let ack)? = harness.sent(to: 1).first else {
                Issue.record("no relay_ack")
                return
            }
            #expect(ack.error == reason)
        }
    }

    @Test func payloadsGoToTheOtherMemberOnly() {
        var harness = harness()
        harness.say(.relayRequest(RelayRequest(targetPeerID: .node(2), sessionID: "s")), on: 1)
        guard case .relayAck(let ack)? = harness.sent(to: 1).first else {
            Issue.record("no relay_ack")
            return
        }
        #expect(ack.success && ack.from == .tool("bootstrap_server"))
        harness.say(.relayForward(RelayForward(from: .node(3), sessionID: "s", payload: "1")), on: 2)
        #expect(
            harness.sent(to: 1) == [
                .relayForward(
                    RelayForward(from: .node(2), sessionID: "s", payload: "1", timestamp: harness.now.unixMilliseconds)
                )
            ]
        )
        harness.say(.relayForward(RelayForward(sessionID: "s", payload: "1")), on: 3)
        #expect(harness.sent(to: 1).isEmpty && harness.sent(to: 2).isEmpty)
        harness.close(1)
        guard case .relayClose(let close)? = harness.sent(to: 2).first else {
            Issue.record("not told of the end")
            return
        }
        #expect(close.reason == "peer_disconnected")
        #expect(harness.core.nextDeadline() == nil)
    }

    @Test func idleSessionEndsForBoth() {
        var harness = harness()
        harness.say(.relayRequest(RelayRequest(targetPeerID: .node(2), sessionID: "s")), on: 1)
        harness.advance(by: .seconds(300))
        for connection: UInt64 in 1...2 {
            guard case .relayClose(let close)? = harness.sent(to: connection).first else {
                Issue.record("not told of the end")
                return
            }
            #expect(close.reason == "timeout")
        }
    }
}
