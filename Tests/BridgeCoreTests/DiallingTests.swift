import BridgeCore
import Kademlia
import Testing
import Timekeeping
import WireMessages

@Suite struct DiallingTests {
    /// A bridge that has just answered for newcomer 0x99.
    private func answered(seed: UInt64 = 1, metadata: RawJSON = serverMetadata) -> BridgeHarness {
        var harness = BridgeHarness(seed: seed)
        let link = harness.link()
        harness.peer(0x11)
        _ = harness.onboard(0x99, metadata: metadata, on: link)
        return harness
    }

    @Test(arguments: [UInt64(1), 2, 3, 4, 5]) func newcomerIsDialledOnceAboutTwoSecondsLater(seed: UInt64) {
        var harness = answered(seed: seed)
        #expect(harness.advance(by: .milliseconds(1_999)).compactMap(\.dialled) == [])
        let actions = harness.advance(by: .milliseconds(501))
        #expect(actions.filter { $0.dialled != nil } == [.dial(0x99, address: "ws://127.0.0.1:18101")])
        #expect(harness.advance(by: .seconds(60)).compactMap(\.dialled) == [])
    }

    @Test func newcomerThatDialsInIsNotDialled() {
        var harness = answered()
        _ = harness.advance(by: .seconds(1))
        harness.peer(0x99)
        #expect(harness.advance(by: .seconds(30)).compactMap(\.dialled) == [])
    }

    @Test func onlyWebSocketAddressesAreDialled() {
        for address in [
            "http://127.0.0.1:1", "ws://", "ftp://x", "ws:// space", "ws://" + String(repeating: "a", count: 300),
        ] {
            let metadata: RawJSON = .object { $0.member("listeningAddress", address) }
            var harness = answered(metadata: metadata)
            #expect(harness.advance(by: .seconds(30)).compactMap(\.dialled) == [], "\(address)")
        }
    }

    @Test func dialledPeerIsGreetedAndHasToBeTheOneMeant() throws {
        var harness = answered()
        _ = harness.advance(by: .milliseconds(2_500))
        let connection = harness.newConnection()
        let actions = harness.bridge.dialled(0x99, as: connection, at: harness.now)
        guard case .sendToPeer(connection, .hello(let hello)) = actions.first else {
            Issue.record("no hello: \(actions)")
            return
        }
        #expect(hello.peerID == BridgeHarness.bridgeID)
        #expect(hello.metadata?.member("bridgeAuthToken") == nil)
        #expect(
            harness.say(.connected(DHTPeerConnected(bridgeNodeID: 0x98)), on: connection) == [
                .close(connection, .wrongPeer)
            ]
        )
    }

    @Test func dialledPeerThatStaysSilentIsDroppedAfterFiveSeconds() {
        var harness = answered()
        _ = harness.advance(by: .milliseconds(2_500))
        let connection = harness.newConnection()
        _ = harness.bridge.dialled(0x99, as: connection, at: harness.now)
        #expect(harness.advance(by: .milliseconds(4_999)).compactMap(\.closing) == [])
        #expect(harness.advance(by: .milliseconds(1)).compactMap(\.closing) == [.helloTimeout])
    }

    @Test func firstRequestToADialledPeerWaits() {
        var harness = answered()
        _ = harness.advance(by: .milliseconds(2_500))
        let connection = harness.newConnection()
        _ = harness.bridge.dialled(0x99, as: connection, at: harness.now)
        #expect(harness.say(.connected(DHTPeerConnected(bridgeNodeID: 0x99)), on: connection) == [])
        #expect(harness.status.peersConnected == 2)
        let soon = harness.advance(by: .milliseconds(100))
        #expect(!soon.contains { if case .sendToPeer(connection, _) = $0 { true } else { false } })
    }

    @Test func peerThatCameInDuringTheDialMakesItUnnecessary() {
        var harness = answered()
        _ = harness.advance(by: .milliseconds(2_500))
        harness.peer(0x99)
        let connection = harness.newConnection()
        #expect(
            harness.bridge.dialled(0x99, as: connection, at: harness.now) == [.close(connection, .alreadyConnected)]
        )
    }

    @Test func destroyedLinkIsRedialledAfterARandomWaitAndNotForEver() {
        var harness = answered()
        var attempts = 0
        var actions = harness.advance(by: .milliseconds(2_500))
        while actions.contains(where: { $0.dialled == 0x99 }) {
            attempts += 1
            let connection = harness.newConnection()
            _ = harness.bridge.dialled(0x99, as: connection, at: harness.now)
            _ = harness.say(.connected(DHTPeerConnected(bridgeNodeID: 0x99, metadata: serverMetadata)), on: connection)
            harness.close(connection, reason: "Manager destroyed")
            #expect(harness.advance(by: .milliseconds(1_999)).compactMap(\.dialled) == [])
            actions = harness.advance(by: .milliseconds(8_001))
        }
        #expect(attempts == BridgeDefaults.dialAttempts)
    }

    @Test func otherEndsAreNotRedialled() {
        var harness = answered()
        _ = harness.advance(by: .milliseconds(2_500))
        let connection = harness.newConnection()
        _ = harness.bridge.dialled(0x99, as: connection, at: harness.now)
        _ = harness.say(.connected(DHTPeerConnected(bridgeNodeID: 0x99)), on: connection)
        harness.close(connection, reason: "Manual disconnect")
        #expect(harness.advance(by: .seconds(30)).compactMap(\.dialled) == [])
        var failing = answered()
        _ = failing.advance(by: .seconds(2))
        failing.bridge.dialFailed(0x99, at: failing.now.instant)
        #expect(failing.advance(by: .seconds(30)).compactMap(\.dialled) == [])
    }

    @Test func newcomerThatInvitesUsIsDialledAtOnce() {
        var harness = BridgeHarness()
        let link = harness.link()
        harness.peer(0x11)
        _ = harness.onboard(0x99, on: link)
        let invitation = InvitationForBridge(
            targetPeerID: BridgeHarness.bridgeID,
            fromPeer: .node(0x99),
            invitationToken: .emptyObject
        )
        _ = harness.tell(.invitationForBridge(invitation), on: link)
        #expect(harness.advance(by: .milliseconds(1)).compactMap(\.dialled) == [0x99])
        #expect(!harness.advance(by: .milliseconds(2_900)).compactMap(\.dialled).contains(0x99), "once")
    }

    @Test func invitationIsAcceptedWithOurAddress() {
        var harness = BridgeHarness()
        let link = harness.link()
        let invitation = InvitationForBridge(
            targetPeerID: BridgeHarness.bridgeID,
            fromPeer: .node(0x11),
            invitationToken: .emptyObject
        )
        guard
            case .sendToBootstrap(link, .bridgeInvitationAccepted(let accepted)) = harness.tell(
                .invitationForBridge(invitation),
                on: link
            ).first
        else {
            Issue.record("not accepted")
            return
        }
        #expect(accepted.inviterNodeID == .node(0x11))
        #expect(accepted.bridgeServerAddress == "ws://127.0.0.1:8083")
        for refused in [
            InvitationForBridge(targetPeerID: 0x12, fromPeer: .node(0x11), invitationToken: .emptyObject),
            InvitationForBridge(
                targetPeerID: BridgeHarness.bridgeID,
                fromPeer: .node(0x11),
                invitationToken: #"{"expires":1}"#
            ),
        ] {
            guard
                case .sendToBootstrap(link, .bridgeInvitationFailed) = harness.tell(
                    .invitationForBridge(refused),
                    on: link
                ).first
            else {
                Issue.record("not refused: \(refused)")
                continue
            }
        }
    }

    @Test func inviterOfKnownAddressIsDialled() {
        var harness = answered()
        let link = harness.link()
        // The newcomer left the dial table without a connection; then it invites us.
        _ = harness.advance(by: .milliseconds(2_500))
        harness.bridge.dialFailed(0x99, at: harness.now.instant)
        let invitation = InvitationForBridge(
            targetPeerID: BridgeHarness.bridgeID,
            fromPeer: .node(0x99),
            invitationToken: .emptyObject
        )
        _ = harness.tell(.invitationForBridge(invitation), on: link)
        #expect(harness.advance(by: .zero).compactMap(\.dialled) == [0x99])
    }
}
