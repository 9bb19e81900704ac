import BridgeCore
import DHTTestKit
import Kademlia
import Testing
import Timekeeping
import WireMessages

/// A Node peer at an address of its own.
private func server(_ port: Int, host: String = "127.0.0.1") -> RawJSON {
    .object { writer in
        writer.member("nodeType", "nodejs")
        writer.member("listeningAddress", "ws://\(host):\(port)")
        writer.member("canAcceptConnections", true)
    }
}

extension BridgeHarness {
    /// Lets a second and a half pass, and answers what the new peer is asked then.
    fileprivate mutating func introduce(_ nodes: [(NodeID, RawJSON)], by socket: ConnectionID) {
        for action in advance(by: .milliseconds(1_500)) {
            guard case .sendToPeer(socket, .findNode(let question)) = action else { continue }
            let known = nodes.map { CompactNode(id: $0.0, metadata: $0.1) }
            _ = say(.findNodeResponse(FindNodeResponse(requestID: question.requestID, nodes: known)), on: socket)
        }
    }
}

/// How the bridge comes to know the network and stays in it.
@Suite struct DiscoveryTests {
    @Test func nodesThatOthersNameAreDialledUpToTheTarget() {
        var harness = BridgeHarness(targetPeers: 4)
        let socket = harness.peer(0x11)
        harness.introduce((0..<10).map { (NodeID(integerLiteral: UInt32(0x100 + $0)), server(9_000 + $0)) }, by: socket)
        let dialled = harness.advance(by: .seconds(16), answeringPingsOn: [socket]).compactMap(\.dialled)
        #expect(Set(dialled).count == 3, "with the one that is connected that makes four")
        for id in dialled { harness.bridge.dialFailed(id, at: harness.now.instant) }
        let more = harness.advance(by: .seconds(13), answeringPingsOn: [socket]).compactMap(\.dialled)
        #expect(more.count == 3, "others take the places of those that could not be reached")
        #expect(Set(more).isDisjoint(with: dialled))
    }

    @Test func whoCannotBeReachedIsLeftAloneForLongerAndLongerAndThenForgotten() {
        var harness = BridgeHarness()
        let socket = harness.peer(0x11)
        harness.introduce([(0x100, server(9_000))], by: socket)
        var dials: [Duration] = []
        let start = harness.now.instant
        for _ in 0..<600 {
            for id in harness.advance(by: .seconds(1), answeringPingsOn: [socket]).compactMap(\.dialled) {
                dials.append(harness.now.instant - start)
                harness.bridge.dialFailed(id, at: harness.now.instant)
            }
        }
        #expect(dials.count == 3)
        #expect(dials[1] - dials[0] >= .seconds(30))
        #expect(dials[2] - dials[1] >= .seconds(60))
        #expect(harness.status.routingNodes == 1, "only who is connected is left")
    }

    @Test func whoDoesNotAnswerTheHelloCountsAsNotReached() {
        var harness = BridgeHarness()
        let socket = harness.peer(0x11)
        harness.introduce([(0x100, server(9_000))], by: socket)
        var dials = 0
        for _ in 0..<600 {
            for id in harness.advance(by: .seconds(1), answeringPingsOn: [socket]).compactMap(\.dialled) {
                dials += 1
                let connection = harness.newConnection()
                _ = harness.bridge.dialled(id, as: connection, at: harness.now)
                harness.close(connection)
            }
        }
        #expect(dials == 3)
    }

    @Test func closingADestroyedSocketMakesNobodyDialWhoWasAnnounced() {
        var harness = BridgeHarness()
        for index in 0..<20 {
            let socket = harness.peer(NodeID(integerLiteral: UInt32(0x100 + index)), metadata: server(9_000))
            harness.close(socket, reason: "Manager destroyed")
        }
        #expect(harness.advance(by: .seconds(15)).compactMap(\.dialled) == [])
    }

    @Test func browsersAreNotDialled() {
        var harness = BridgeHarness()
        let socket = harness.peer(0x11)
        harness.introduce([(0x100, browserMetadata), (0x101, "{}")], by: socket)
        #expect(harness.advance(by: .seconds(60), answeringPingsOn: [socket]).compactMap(\.dialled) == [])
    }

    @Test(arguments: [
        ("wss://bridge.example.org", "127.0.0.1", PrivateDialling.automatic, false),
        ("wss://bridge.example.org", "169.254.169.254", .automatic, false),
        ("wss://bridge.example.org", "peer.example.org", .automatic, true),
        ("wss://bridge.example.org", "10.0.0.7", .always, true),
        ("ws://10.0.0.2:8083", "10.0.0.7", .automatic, true),
        ("ws://10.0.0.2:8083", "10.0.0.7", .never, false),
        ("ws://10.0.0.2:8083", "0.0.0.0", .always, false),
    ])
    func privateAddressesAreDialledOnlyWhereTheNetworkIs(
        own: String,
        host: String,
        policy: PrivateDialling,
        isDialled: Bool
    ) {
        var harness = BridgeHarness(dialPrivate: policy)
        _ = harness.bridge.listening(at: own, harness.now)
        let socket = harness.peer(0x11)
        harness.introduce([(0x100, server(9_000, host: host))], by: socket)
        let dialled = harness.advance(by: .seconds(20), answeringPingsOn: [socket]).compactMap(\.dialled)
        #expect(dialled == (isDialled ? [0x100] : []))
    }

    @Test func lookupGoesOnWithWhomItHearsOf() throws {
        var harness = BridgeHarness()
        let near = harness.peer(0xb1)
        let far = harness.peer(0x11)
        // The two are asked whom they know when they are new; the lookup's questions come later.
        harness.advance(by: .seconds(5), answeringPingsOn: [near, far])
        let asked = harness.advance(by: .seconds(8), answeringPingsOn: [near, far]).compactMap {
            action -> ConnectionID? in
            if case .sendToPeer(let socket, .findNode) = action { socket } else { nil }
        }
        #expect(Set(asked) == [near, far])
        #expect(harness.status.counters.lookups == 1)
    }

    @Test func unaskedAnswersTeachNothing() {
        var harness = BridgeHarness()
        let socket = harness.peer(0x11)
        let nodes = (0..<20).map {
            CompactNode(id: NodeID(integerLiteral: UInt32(0x100 + $0)), metadata: server(9_000))
        }
        for index in 0..<100 {
            let id = WireRequestID("x\(index)") ?? "x"
            _ = harness.say(.findNodeResponse(FindNodeResponse(requestID: id, nodes: nodes)), on: socket)
        }
        #expect(harness.status.routingNodes == 1)
    }

    @Test func oneNetworkFillsNoBucket() {
        var harness = BridgeHarness(maximumPeers: 50)
        for index in 0..<30 {
            let connection = harness.newConnection()
            _ = harness.bridge.accepted(connection, from: "203.0.113.\(index)", at: harness.now)
            // All of them in the far half of the id space.
            let id = NodeID(high: 1 << 63 | UInt64(index), middle: 0, low: 0)
            _ = harness.first(.dhtPeerHello(DHTPeerHello(peerID: id, metadata: serverMetadata)), on: connection)
        }
        #expect(harness.status.peersConnected == 30)
        #expect(harness.status.routingNodes == 2)
    }

    @Test func peersBehindOneProxyAreNotOneNetwork() {
        var harness = BridgeHarness(maximumPeers: 50)
        for index in 0..<10 {
            let connection = harness.newConnection()
            _ = harness.bridge.accepted(connection, from: "172.18.0.2", at: harness.now)
            let id = NodeID(high: 1 << 63 | UInt64(index), middle: 0, low: 0)
            let hello = DHTPeerHello(peerID: id, metadata: server(443, host: "node\(index).example.org"))
            _ = harness.first(.dhtPeerHello(hello), on: connection)
        }
        #expect(harness.status.routingNodes == 10)
    }

    // MARK: Recovery

    @Test func bridgeWithoutPeersAsksABootstrapAndDialsWhomItNames() throws {
        var harness = BridgeHarness()
        let link = harness.link(features: ["clients"])
        let questions = harness.advance(by: .seconds(2)).compactMap { action -> GetConnectedClients? in
            if case .sendToBootstrap(link, .getConnectedClients(let question)) = action { question } else { nil }
        }
        let question = try #require(questions.first)
        #expect(question.bridgeNodeID == BridgeHarness.bridgeID && question.reason == "zero_peer_recovery")
        let response = ConnectedClientsResponse(
            requestID: question.requestID,
            success: true,
            clients: [
                PeerEntry(nodeID: .node(0x100), metadata: server(9_000)),
                PeerEntry(nodeID: .node(0x101), metadata: browserMetadata),
                PeerEntry(
                    nodeID: .node(0x102),
                    metadata: #"{"isBridgeNode":true,"listeningAddress":"ws://127.0.0.1:1"}"#
                ),
            ]
        )
        _ = harness.tell(.connectedClientsResponse(response), on: link)
        #expect(harness.advance(by: .seconds(4)).compactMap(\.dialled) == [0x100])
    }

    @Test func bootstrapsThatComeAllTheTimeDoNotPutTheQuestionOff() {
        var harness = BridgeHarness()
        _ = harness.link(features: ["clients"])
        var questions = 0
        for _ in 0..<20 {
            _ = harness.link()
            questions += harness.advance(by: .milliseconds(500)).count { action in
                if case .sendToBootstrap(_, .getConnectedClients) = action { true } else { false }
            }
        }
        #expect(questions == 1)
    }

    @Test func bootstrapsThatDoNotKnowTheQuestionAreNotAsked() {
        var harness = BridgeHarness()
        _ = harness.link()
        _ = harness.link(features: ["load"])
        #expect(harness.advance(by: .seconds(120)).allSatisfy { $0.said == nil })
    }

    @Test func existingBootstrapThatWeDialledIsAsked() {
        var harness = BridgeHarness(bootstraps: 1)
        _ = harness.dialIn()
        let asked = harness.advance(by: .seconds(2)).contains { action in
            if case .sendToBootstrap(_, .getConnectedClients) = action { true } else { false }
        }
        #expect(asked)
    }

    @Test func strangersAnswerDoesNotMakeTheBridgeDial() throws {
        var harness = BridgeHarness()
        let links = [harness.link(features: ["clients"]), harness.link(features: [])]
        var request: WireRequestID?
        for case .sendToBootstrap(_, .getConnectedClients(let question)) in harness.advance(by: .seconds(2)) {
            request = question.requestID
        }
        let response = ConnectedClientsResponse(
            requestID: try #require(request),
            success: true,
            clients: [PeerEntry(nodeID: .node(0x100), metadata: server(9_000))]
        )
        _ = harness.tell(.connectedClientsResponse(response), on: links[1])
        #expect(harness.advance(by: .seconds(5)).compactMap(\.dialled) == [])
        _ = harness.tell(.connectedClientsResponse(response), on: links[0])
        #expect(harness.advance(by: .seconds(5)).compactMap(\.dialled) == [0x100])
    }

    @Test func questionIsRepeatedEveryHalfMinuteWhileNobodyComes() {
        var harness = BridgeHarness()
        _ = harness.link(features: ["clients"])
        let questions = harness.advance(by: .seconds(300)).count { action in
            if case .sendToBootstrap(_, .getConnectedClients) = action { true } else { false }
        }
        #expect((7...10).contains(questions))
    }
}
