import BridgeCore
import Kademlia
import MembershipTokens
import Testing
import Timekeeping
import WireMessages

@Suite struct PeerLinkTests {
    @Test func secondHelloWithTheSameIdKeepsBothSocketsAndSendsOnTheOlder() throws {
        var harness = BridgeHarness()
        let link = harness.link()
        let older = harness.peer(0x11)
        let newer = harness.peer(0x11)
        #expect(harness.status.peersConnected == 1)
        #expect(harness.onboard(0x99, on: link)[0].instruction?.connection == older)
        // Read from all: each is answered where it asked.
        guard case .sendToPeer(newer, .pong) = harness.say(.ping(DHTPing(requestID: "p")), on: newer)[0] else {
            Issue.record("no pong on the newer socket")
            return
        }
        harness.close(older)
        #expect(harness.status.peersConnected == 1)
        #expect(harness.onboard(0x98, on: link)[0].instruction?.connection == newer)
        harness.close(newer)
        #expect(harness.status.peersConnected == 0)
    }

    @Test func socketThatWasLeftBehindGivesWayToTheNewOneWithinSeconds() {
        var harness = BridgeHarness()
        let link = harness.link()
        let older = harness.peer(0x11)
        harness.advance(by: .seconds(10), answeringPingsOn: [older])
        let newer = harness.peer(0x11)
        let pinged = harness.advance(by: .seconds(2), answeringPingsOn: [newer]).contains { action in
            if case .sendToPeer(older, .ping) = action { true } else { false }
        }
        #expect(pinged)
        #expect(harness.onboard(0x99, on: link)[0].instruction?.connection == newer)
    }

    @Test func whoUsesTheIdOfALivePeerGainsNothing() throws {
        var harness = BridgeHarness()
        let link = harness.link()
        let honest = harness.peer(0x11)
        harness.advance(by: .seconds(3), answeringPingsOn: [honest])
        let thief = harness.peer(0x11, metadata: #"{"isBridgeNode":true,"listeningAddress":"ws://evil.example"}"#)
        harness.advance(by: .seconds(10), answeringPingsOn: [honest, thief])
        let actions = harness.onboard(0x99, on: link)
        #expect(actions.first?.instruction?.connection == honest)
        let metadata = try #require(actions.compactMap(\.answer?.helperMetadata).first)
        #expect(metadata.string("listeningAddress") == "ws://127.0.0.1:18101")
        harness.close(honest)
        #expect(harness.onboard(0x98, on: link).compactMap(\.refusal).isEmpty, "what was said first stands")
    }

    @Test func hearsayChangesNothingAboutWhoIsConnected() throws {
        var harness = BridgeHarness()
        let link = harness.link()
        let silent = harness.peer(0x11, metadata: #"{"membershipToken":{"holder":"x"}}"#)
        let liar = harness.peer(0x12, metadata: #"{"isBridgeNode":true}"#)
        for action in harness.advance(by: .seconds(20), answeringPingsOn: [silent, liar]) {
            guard case .sendToPeer(liar, .findNode(let question)) = action else { continue }
            let lies: [CompactNode] = [
                CompactNode(id: 0x11, metadata: #"{"isBridgeNode":true}"#),
                CompactNode(id: 0x11, metadata: #"{"listeningAddress":"ws://evil.example"}"#),
            ]
            let answer = FindNodeResponse(requestID: question.requestID, nodes: lies)
            _ = harness.say(.findNodeResponse(answer), on: liar)
        }
        let answer = try #require(harness.onboard(0x99, on: link).compactMap(\.answer).first)
        #expect(answer.token.authorizedBy == 0x11)
        #expect(answer.helperMetadata?.member("listeningAddress") == nil)
    }

    @Test func unreadableMessagesCountAgainstTheRate() {
        var harness = BridgeHarness()
        let loud = harness.peer(0x11)
        let error = WireError(reason: .missingType)
        var closings: [BridgeClosing] = []
        for _ in 0..<(BridgeDefaults.messageBurst + BridgeDefaults.floodLimit) {
            closings += harness.bridge.refused(error, on: loud, at: harness.now).compactMap(\.closing)
        }
        #expect(closings == [.flooding])
    }

    @Test func pingsAreCountedBySocket() {
        var harness = BridgeHarness(maximumConnections: 2_000, maximumPeers: 2_000)
        var sockets: Set<ConnectionID> = []
        for index in 0..<1_200 { sockets.insert(harness.peer(NodeID(integerLiteral: UInt32(0x100 + index / 4)))) }
        harness.advance(by: .seconds(30), answeringPingsOn: sockets)
        let pings = harness.advance(by: .seconds(30), answeringPingsOn: sockets).count { action in
            if case .sendToPeer(_, .ping) = action { true } else { false }
        }
        // All were pinged at once in the beginning, so one more round than fits may fall into the time.
        #expect(pings <= 30 * BridgeDefaults.pingsPerSecond + sockets.count)
    }

    @Test func fifthSocketOfOnePeerIsRefused() {
        var harness = BridgeHarness()
        for _ in 0..<4 { harness.peer(0x11) }
        let fifth = harness.accept()
        let actions = harness.first(.dhtPeerHello(DHTPeerHello(peerID: 0x11)), on: fifth)
        #expect(actions == [.close(fifth, .tooManySockets)])
    }

    @Test func forgottenSocketMakesRoomForANewOne() {
        var harness = BridgeHarness()
        let sockets = (0..<4).map { _ in harness.peer(0x11) }
        harness.advance(by: .seconds(7), answeringPingsOn: Set(sockets).subtracting([sockets[2]]))
        let fifth = harness.accept()
        let actions = harness.first(.dhtPeerHello(DHTPeerHello(peerID: 0x11)), on: fifth)
        #expect(actions.first == .close(sockets[2], .tooManySockets))
        #expect(actions.dropFirst().first == .becomePeer(fifth))
    }

    @Test func helperThatLeavesPingsUnansweredIsPassedOver() {
        var harness = BridgeHarness()
        let link = harness.link()
        let dead = harness.peer(0x11)
        let alive = harness.peer(0x12, metadata: tokenlessMetadata)
        harness.advance(by: .seconds(7), answeringPingsOn: [alive])
        #expect(harness.onboard(0x99, on: link)[0].instruction?.connection == alive)
        harness.close(alive)
        #expect(harness.onboard(0x98, on: link)[0].instruction?.connection == dead, "better than nobody")
        harness.peer(0x12, metadata: tokenlessMetadata)
        _ = harness.say(.ping(DHTPing(requestID: "p")), on: dead)
        #expect(harness.onboard(0x97, on: link)[0].instruction?.connection == dead, "heard again, it is fit again")
    }

    @Test func pongMeasuresTheRoundTripOnWhicheverSocketItComes() throws {
        var harness = BridgeHarness()
        let older = harness.peer(0x11)
        let newer = harness.peer(0x11)
        let pings = harness.advance(by: .seconds(1)).compactMap { action -> (ConnectionID, DHTPing)? in
            if case .sendToPeer(let connection, .ping(let ping)) = action { (connection, ping) } else { nil }
        }
        #expect(pings.map(\.0) == [older, newer])
        // The answer to the older socket's ping comes on the newer: both live on.
        _ = harness.say(.pong(DHTPong(requestID: pings[0].1.requestID)), on: newer)
        let later = harness.advance(by: .seconds(89))
        #expect(later.compactMap(\.closing) == [])
        // Nothing more comes: both are dropped 90 s after they were last heard.
        #expect(harness.advance(by: .seconds(1)).compactMap(\.closing) == [.silent, .silent])
        #expect(harness.status.peersConnected == 0)
    }

    @Test func socketThatWasForgottenByItsPeerIsNotUsedForSending() throws {
        var harness = BridgeHarness()
        let link = harness.link()
        let older = harness.peer(0x11)
        _ = harness.peer(0x11)
        harness.advance(by: .seconds(7), answeringPingsOn: [older])
        #expect(harness.onboard(0x99, on: link)[0].instruction?.connection == older)
    }

    @Test func questionsOfPeersAreAnswered() throws {
        var harness = BridgeHarness()
        let asker = harness.peer(0x11)
        harness.peer(0x12)
        harness.peer(0x13, metadata: #"{"isBridgeNode":true,"nodeType":"bridge","bridgeAuthToken":"leak"}"#)
        let actions = harness.say(.findNode(FindNode(requestID: "q", target: 0x13, nodeID: 0x11)), on: asker)
        guard case .sendToPeer(asker, .findNodeResponse(let response)) = actions[0] else {
            Issue.record("no find_node_response")
            return
        }
        #expect(response.requestID == "q")
        #expect(response.nodes.map(\.id) == [0x13, 0x12], "nearest first, without the asker and ourselves")
        #expect(response.nodes[0].metadata?.bool("isBridgeNode") == true)
        #expect(response.nodes[0].metadata?.member("bridgeAuthToken") == nil)
        #expect(response.nodes[1].metadata?.member("membershipToken") == nil)
        #expect(response.nodes[1].lastSeen == harness.now.unixMilliseconds)

        guard
            case .sendToPeer(_, .storeResponse(let stored)) = harness.say(
                .store(Store(requestID: "s", key: "k", value: .null)),
                on: asker
            )[0],
            case .sendToPeer(_, .findValueResponse(let found)) = harness.say(
                .findValue(FindValue(requestID: "v", key: "k")),
                on: asker
            )[0],
            case .sendToPeer(_, .relayAck(let relay)) = harness.say(
                .relayRequest(RelayRequest(targetPeerID: .node(0x12), sessionID: "x")),
                on: asker
            )[0],
            case .sendToPeer(_, .peerDiscoveryResponse(let discovery)) = harness.say(
                .peerDiscoveryRequest(PeerDiscoveryRequest(requestID: "d", senderPeer: 0x11)),
                on: asker
            )[0]
        else {
            Issue.record("an answer is missing")
            return
        }
        #expect(!stored.success)
        #expect(!found.found)
        #expect(found.nodes?.count == 2)
        #expect(relay.success, "the target is connected")
        #expect(discovery.senderPeer == BridgeHarness.bridgeID)
        #expect(!discovery.willing, "linked already")
    }

    @Test func questionWrappedInAnOverlayMessageIsAnsweredDirectly() {
        var harness = BridgeHarness()
        let asker = harness.peer(0x11)
        let target = NodeID(0x12)
        let payload: RawJSON = .object { writer in
            writer.member("type", "routed_dht_request")
            writer.member(
                "payload",
                RawJSON.object { inner in
                    inner.member("type", "find_node")
                    inner.member("requestId", "inner")
                    inner.member("target", target)
                }
            )
        }
        let overlay = OverlayRoutedMessage(
            messageID: "m",
            source: 0x11,
            destination: 0x12,
            route: [],
            payload: payload
        )
        guard
            case .sendToPeer(asker, .findNodeResponse(let response)) = harness.say(
                .overlayRoutedMessage(overlay),
                on: asker
            ).first
        else {
            Issue.record("no answer")
            return
        }
        #expect(response.requestID == "inner")
    }

    @Test func signalsAreForwardedWithHopsAndNeverInCircles() {
        var harness = BridgeHarness()
        let sender = harness.peer(0x11, metadata: browserMetadata)
        let target = harness.peer(0x12, metadata: browserMetadata)
        let offer = ConnectionOffer(senderPeer: 0x11, targetPeer: 0x12, offer: #""sdp""#)
        guard
            case .sendToPeer(target, .connectionOffer(let forwarded)) = harness.say(.connectionOffer(offer), on: sender)
                .first
        else {
            Issue.record("not forwarded")
            return
        }
        #expect(forwarded.hops == [BridgeHarness.bridgeID])
        #expect(forwarded.senderPeer == 0x11)
        var been = offer
        been.hops = [BridgeHarness.bridgeID]
        #expect(harness.say(.connectionOffer(been), on: sender) == [])
        been.hops = [1, 2, 3, 4]
        #expect(harness.say(.connectionOffer(been), on: sender) == [])
        // Not connected: to the nearest node that has not seen it.
        var elsewhere = offer
        elsewhere.targetPeer = 0x13
        guard case .sendToPeer(target, .connectionOffer) = harness.say(.connectionOffer(elsewhere), on: sender).first
        else {
            Issue.record("not routed")
            return
        }
        let request = ConnectionRequest(senderPeer: 0x11, targetPeer: 0x13)
        #expect(harness.say(.connectionRequest(request), on: sender) == [], "only to a peer that is connected")
    }

    @Test func floodOfMessagesIsDroppedBeyondTheRate() {
        var harness = BridgeHarness()
        let peer = harness.peer(0x11)
        var answered = 0
        for _ in 0..<3_000 { answered += harness.say(.ping(DHTPing(requestID: "p")), on: peer).count }
        #expect(answered == BridgeDefaults.messageBurst)
        _ = harness.advance(by: .milliseconds(500))
        for _ in 0..<3_000 { answered += harness.say(.ping(DHTPing(requestID: "p")), on: peer).count }
        #expect(answered == BridgeDefaults.messageBurst + BridgeDefaults.messagesPerSecond / 2)
    }

    @Test func newPeerIsAskedOnceAndOnlyItsAnswerToThatIsBelieved() throws {
        var harness = BridgeHarness()
        let peer = harness.peer(0x11)
        let told = FindNodeResponse(
            requestID: "unasked",
            nodes: [CompactNode(id: 0x44, metadata: tokenlessMetadata)]
        )
        _ = harness.say(.findNodeResponse(told), on: peer)
        #expect(harness.status.routingNodes == 1)
        let question = try #require(
            harness.advance(by: .seconds(2)).compactMap { action -> FindNode? in
                if case .sendToPeer(peer, .findNode(let question)) = action { question } else { nil }
            }.first
        )
        var answer = told
        answer.requestID = question.requestID
        _ = harness.say(.findNodeResponse(answer), on: peer)
        #expect(harness.status.routingNodes == 2)
        // Hearsay is not passed on.
        let actions = harness.say(.findNode(FindNode(requestID: "q", target: 0x44)), on: peer)
        guard case .sendToPeer(_, .findNodeResponse(let response)) = actions[0] else { return }
        #expect(response.nodes.isEmpty)
    }

    @Test func healthIsReportedASecondAfterTheFirstPeerAndThenAtMostEveryThirtySeconds() {
        var harness = BridgeHarness()
        let native = harness.link(features: [])
        _ = harness.link()
        func reports(_ actions: [BridgeAction]) -> [BridgeHealth] {
            actions.compactMap { action in
                if case .sendToBootstrap(native, .bridgeHealthUpdate(let update)) = action {
                    update.bridgeHealth
                } else {
                    nil
                }
            }
        }
        harness.peer(0x11)
        #expect(reports(harness.advance(by: .milliseconds(999))) == [])
        let first = reports(harness.advance(by: .milliseconds(1)))
        #expect(first.map(\.connectedPeers) == [1])
        #expect(first.map(\.hasBootstrapped) == [true])
        for id: NodeID in [0x12, 0x13, 0x14] {
            harness.peer(id)
            #expect(reports(harness.advance(by: .seconds(9))) == [])
        }
        #expect(reports(harness.advance(by: .seconds(3))).map(\.connectedPeers) == [4])
    }
}
