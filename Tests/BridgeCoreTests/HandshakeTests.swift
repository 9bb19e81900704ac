import BridgeCore
import Kademlia
import Testing
import Timekeeping
import WireMessages

@Suite struct HandshakeTests {
    @Test func silentConnectionIsClosedAfterTenSeconds() {
        var harness = BridgeHarness()
        let connection = harness.accept()
        #expect(harness.advance(by: .milliseconds(9_999)) == [])
        #expect(harness.advance(by: .milliseconds(1)) == [.close(connection, .handshakeTimeout)])
        #expect(BridgeClosing.handshakeTimeout.code == 1000)
        #expect(BridgeClosing.handshakeTimeout.reason == "Handshake timeout")
    }

    @Test func firstMessageThatIsNoJSONIsToldSo() {
        var harness = BridgeHarness()
        let connection = harness.accept()
        let error = WireError(reason: .notJSON(JSONError(.unexpectedByte, at: 0)))
        #expect(
            harness.bridge.refused(error, on: connection, at: harness.now) == [
                .close(connection, .invalidHandshakeFormat)
            ]
        )
        #expect(BridgeClosing.invalidHandshakeFormat.reason == "Invalid handshake format")
    }

    @Test func otherFirstMessagesAreNoHandshake() {
        var harness = BridgeHarness()
        let unknown = harness.accept()
        #expect(
            harness.first(.unknown(type: "get_onboarding_peer"), on: unknown) == [.close(unknown, .invalidHandshake)]
        )
        let untyped = harness.accept()
        let error = WireError(reason: .missingType)
        #expect(harness.bridge.refused(error, on: untyped, at: harness.now) == [.close(untyped, .invalidHandshake)])
    }

    @Test func rightSecretOpensALink() {
        var harness = BridgeHarness()
        let connection = harness.accept()
        let actions = harness.first(.bootstrapAuth(BootstrapAuth(authToken: BridgeHarness.secret)), on: connection)
        #expect(actions.first == .becomeLink(connection))
        guard case .sendToBootstrap(connection, .authSuccess(let success)) = actions.last else {
            Issue.record("no auth_success: \(actions)")
            return
        }
        #expect(success.bridgeNodeID == BridgeHarness.bridgeID)
        #expect(success.listeningAddress == "ws://127.0.0.1:8083")
        #expect(success.from == BridgeHarness.bridgeID)
        #expect(success.features == nil, "an existing bootstrap announced none")
        #expect(success.window == nil)
        #expect(harness.status.linksOpen == 1)
        #expect(harness.status.counters.linksOpened == 1)
        // The handshake timer is gone.
        #expect(harness.advance(by: .seconds(3_600)) == [])
        harness.close(connection)
        #expect(harness.status.linksOpen == 0)
    }

    @Test func wrongSecretIsRefusedInBothVocabulariesAndClosed() {
        var harness = BridgeHarness()
        let connection = harness.accept()
        let actions = harness.first(.bootstrapAuth(BootstrapAuth(authToken: "guess")), on: connection)
        let text = "Unauthorized - invalid bridge auth token"
        #expect(
            actions == [
                .sendToBootstrap(
                    connection,
                    .authFailed(AuthFailed(message: text, error: text, timestamp: harness.now.unixMilliseconds))
                ),
                .close(connection, .unauthorized),
            ]
        )
        #expect(BridgeClosing.unauthorized.reason == text)
        // What was already on its way after the refusal is ignored.
        #expect(harness.tell(.getOnboardingPeer(GetOnboardingPeer(requestID: "r", newNodeID: 1)), on: connection) == [])
    }

    @Test func nativeBootstrapGetsFeaturesAndHealthAtOnce() {
        var harness = BridgeHarness()
        let connection = harness.accept()
        let actions = harness.first(
            .bootstrapAuth(BootstrapAuth(authToken: BridgeHarness.secret, features: ["cancel", "of the future"])),
            on: connection
        )
        guard case .sendToBootstrap(_, .authSuccess(let success)) = actions[1],
            case .sendToBootstrap(_, .bridgeHealthUpdate(let update)) = actions[2]
        else {
            Issue.record("unexpected: \(actions)")
            return
        }
        #expect(
            success.features == ["deadline", "cancel", "load", "outcome", "keys", "clients"],
            "all of ours, whatever it named"
        )
        #expect(success.window == 8, "as many as the queue takes")
        #expect(update.bridgeHealth.connectedPeers == 0)
    }

    @Test func helloIsAnsweredFirstAndWithoutSecrets() throws {
        var harness = BridgeHarness()
        let connection = harness.accept()
        let actions = harness.first(.dhtPeerHello(DHTPeerHello(peerID: 1, metadata: serverMetadata)), on: connection)
        #expect(actions.count == 2)
        #expect(actions.first == .becomePeer(connection))
        guard case .sendToPeer(connection, .connected(let connected)) = actions.last else {
            Issue.record("no dht_peer_connected: \(actions)")
            return
        }
        #expect(connected.bridgeNodeID == BridgeHarness.bridgeID)
        let metadata = try #require(connected.metadata)
        #expect(metadata.bool("isBridgeNode") == true)
        #expect(metadata.bool("canRelay") == true)
        #expect(metadata.int64("relayLoad") == 0)
        #expect(metadata.int64("relayCapacity") == 200)
        #expect(metadata.string("nodeType") == "bridge")
        #expect(metadata.member("bridgeAuthToken") == nil)
        #expect(metadata.member("bridgeSignature") == nil)
        #expect(harness.status.peersConnected == 1)
    }

    @Test func nobodyMayClaimToBeTheBridgeItself() {
        var harness = BridgeHarness()
        let connection = harness.accept()
        let actions = harness.first(.dhtPeerHello(DHTPeerHello(peerID: BridgeHarness.bridgeID)), on: connection)
        #expect(actions == [.close(connection, .invalidHandshake)])
    }

    @Test func tablesAreBounded() {
        var harness = BridgeHarness(maximumConnections: 3, maximumPeers: 1)
        harness.peer(1)
        let second = harness.accept()
        #expect(harness.first(.dhtPeerHello(DHTPeerHello(peerID: 2)), on: second) == [.close(second, .full)])
        _ = harness.accept()
        let fourth = harness.newConnection()
        #expect(harness.bridge.accepted(fourth, at: harness.now) == [.close(fourth, .full)])
        // A closed socket makes room again.
        harness.close(second)
        #expect(harness.bridge.accepted(fourth, at: harness.now) == [])
    }
}
