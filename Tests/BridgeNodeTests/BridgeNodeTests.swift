import BridgeNode
import Crypto
import Kademlia
import NIOCore
import SocketTestKit
import Testing
import WebSocketTransport
import WireMessages

@Suite(.timeLimit(.minutes(1))) struct BridgeNodeTests {
    @Test func rightSecretOpensALinkAndWrongOneIsToldSo() async throws {
        try await RunningBridge.run { bridge in
            let good = try await bridge.dial()
            good.send(BootstrapToBridge.bootstrapAuth(BootstrapAuth(authToken: RunningBridge.secret)))
            let success = try await good.next("auth_success")
            #expect(success.string("bridgeNodeId") == bridge.identity.nodeID.description)
            #expect(success.string("listeningAddress") == bridge.address)
            #expect(bridge.node.status().linksOpenedTotal == 1)

            let bad = try await bridge.dial()
            bad.send(BootstrapToBridge.bootstrapAuth(BootstrapAuth(authToken: "guess")))
            let failure = try await bad.next("auth_failed")
            #expect(failure.string("error") == failure.string("message"))
            let closure = try await bad.end()
            #expect(closure.code == .normal)
            #expect(closure.reason == "Unauthorized - invalid bridge auth token")
            #expect(bridge.node.status().linksOpen == 1)
        }
    }

    @Test func requestsSentRightBehindTheSecretAreNotLost() async throws {
        try await RunningBridge.run { bridge in
            let link = try await bridge.dial()
            link.send(BootstrapToBridge.bootstrapAuth(BootstrapAuth(authToken: RunningBridge.secret)))
            link.send(BootstrapToBridge.getOnboardingPeer(GetOnboardingPeer(requestID: "early", newNodeID: 0x99)))
            _ = try await link.next("auth_success")
            let answer = try await link.next("onboarding_peer_response")
            #expect(answer.string("requestId") == "early")
            #expect(answer.bool("success") == false)
            #expect(answer.member("data")?.member("networkState") != nil)
        }
    }

    @Test(arguments: [
        ("this is not JSON", "Invalid handshake format"),
        (#"{"type":"get_onboarding_peer","requestId":"r"}"#, "Invalid handshake"),
        (#"{"type":"bootstrap_auth"}"#, "Invalid handshake"),
        (#"["dht_peer_hello"]"#, "Invalid handshake"),
        (#"{"type":"dht_peer_hello","peerId":"short"}"#, "Invalid handshake"),
        (String(repeating: "[", count: 5_000), "Invalid handshake format"),
    ]) func otherFirstMessagesAreClosedWithTheReason(message: String, reason: String) async throws {
        try await RunningBridge.run { bridge in
            let socket = try await bridge.dial()
            socket.send(message)
            let closure = try await socket.end()
            #expect(closure.code == .normal)
            #expect(closure.reason == reason)
        }
    }

    @Test func helloPingAndFindNodeAreAnswered() async throws {
        try await RunningBridge.run { bridge in
            let other = try await bridge.peer(0x12)
            defer { other.close() }
            let socket = try await bridge.dial()
            socket.send(DHTMessage.hello(DHTPeerHello(peerID: 0x11)))
            // At once behind the hello: there is no silent window.
            socket.send(DHTMessage.ping(DHTPing(requestID: "p1", timestamp: 42)))
            socket.send(DHTMessage.findNode(FindNode(requestID: "f1", target: 0x12, nodeID: 0x11)))
            let connected = try await socket.next("dht_peer_connected")
            #expect(connected.string("bridgeNodeId") == bridge.identity.nodeID.description)
            #expect(connected.bool("success") == true)
            #expect(connected.member("metadata")?.bool("isBridgeNode") == true)
            let pong = try await socket.next("pong")
            #expect(pong.string("requestId") == "p1")
            #expect(pong.int64("originalTimestamp") == 42)
            let found = try await socket.next("find_node_response")
            #expect(found.string("requestId") == "f1")
            #expect(found.description.contains(NodeID(0x12).description))
            #expect(!found.description.contains("membershipToken"))
            #expect(bridge.node.status().peersConnected == 2)
        }
    }

    @Test func helperIsInstructedAndTheTokenBearsTheBridgesSignature() async throws {
        try await RunningBridge.run { bridge in
            let helper = try await bridge.peer(0x11)
            let link = try await bridge.link()
            let request = GetOnboardingPeer(
                requestID: "onboarding_1",
                newNodeID: 0x99,
                newNodeMetadata: #"{"nodeType":"nodejs","canRelay":true}"#
            )
            link.send(BootstrapToBridge.getOnboardingPeer(request))
            let instruction = try await helper.next("create_invitation_for_peer")
            #expect(instruction.string("targetPeer") == NodeID(0x11).description)
            #expect(instruction.string("targetNodeId") == NodeID(0x99).description)
            #expect(instruction.string("fromBridge") == bridge.identity.nodeID.description)
            #expect(instruction.string("requestId") == "onboarding_1")

            let response = try await link.next("onboarding_peer_response")
            #expect(response.string("requestId") == "onboarding_1")
            #expect(response.bool("success") == true)
            let data = try #require(response.member("data"))
            #expect(data.string("inviterPeerId") == NodeID(0x11).description)
            #expect(data.string("status") == "invitation_request_sent_to_helper")
            #expect(data.member("inviterMetadata")?.string("nodeType") == "nodejs")
            #expect(data.member("inviterMetadata")?.member("membershipToken") == nil)
            let token = try #require(data.member("membershipToken"))
            #expect(token.string("nodeId") == NodeID(0x99).description)
            #expect(token.bool("isOpenNetwork") == true)
            let signature = try #require(token.string("signature"))
            #expect(signature.count == 128)
            let signed = token.removing(["signature"]).bytes
            #expect(bridge.identity.signingKey.publicKey.isValidSignature(try bytes(ofHex: signature), for: signed))
            #expect(bridge.node.status().answered == 1)
        }
    }

    @Test func everyOneOfManyRequestsAtOnceIsAnsweredInOrder() async throws {
        try await RunningBridge.run { bridge in
            let helper = try await bridge.peer(0x11)
            defer { helper.close() }
            let link = try await bridge.link()
            let count = 900
            for index in 0..<count {
                let id = WireRequestID("r\(index)")
                link.send(
                    BootstrapToBridge.getOnboardingPeer(
                        GetOnboardingPeer(
                            requestID: try #require(id),
                            newNodeID: NodeID(integerLiteral: UInt32(0x1000 + index))
                        )
                    )
                )
            }
            for index in 0..<count {
                let response = try await link.next("onboarding_peer_response")
                #expect(response.string("requestId") == "r\(index)")
            }
            let status = bridge.node.status()
            #expect(status.requests == count)
            #expect(status.answered == count)
        }
    }

    @Test func burstBeyondTheQueueIsAnsweredOrToldBusyAndNobodyIsLost() async throws {
        try await RunningBridge.run { bridge in
            let helper = try await bridge.peer(0x11)
            defer { helper.close() }
            let link = try await bridge.link()
            let count = 3_000
            for index in 0..<count {
                let request = GetOnboardingPeer(
                    requestID: try #require(WireRequestID("r\(index)")),
                    newNodeID: NodeID(integerLiteral: UInt32(0x1000 + index))
                )
                link.send(BootstrapToBridge.getOnboardingPeer(request))
            }
            var ids: Set<String> = []
            for _ in 0..<count {
                let response = try await link.next("onboarding_peer_response")
                ids.insert(response.string("requestId") ?? "")
                #expect(response.bool("success") == true || response.string("code") == "busy")
            }
            #expect(ids.count == count)
            let status = bridge.node.status()
            #expect(status.answered + status.busy == count)
            #expect(status.queueDepth == 0)
        }
    }

    @Test func secondHelloWithTheSameIdKeepsBothSockets() async throws {
        try await RunningBridge.run { bridge in
            let first = try await bridge.peer(0x11)
            let second = try await bridge.peer(0x11)
            for socket in [first, second, first] {
                socket.send(DHTMessage.ping(DHTPing(requestID: "p")))
                _ = try await socket.next("pong")
            }
            #expect(bridge.node.status().peersConnected == 1)
        }
    }

    @Test func newcomerIsDialledAndGreetedWhenItDoesNotComeByItself() async throws {
        try await RunningBridge.run { bridge in
            try await ScriptedServer.run { newcomer in
                let helper = try await bridge.peer(0x11)
                defer { helper.close() }
                let link = try await bridge.link()
                let metadata: RawJSON = .object { writer in
                    writer.member("nodeType", "nodejs")
                    writer.member("listeningAddress", newcomer.address)
                }
                link.send(
                    BootstrapToBridge.getOnboardingPeer(
                        GetOnboardingPeer(requestID: "r", newNodeID: 0x99, newNodeMetadata: metadata)
                    )
                )
                let socket = try await newcomer.nextSocket()
                let hello = try await socket.next("dht_peer_hello")
                #expect(hello.string("peerId") == bridge.identity.nodeID.description)
                #expect(hello.member("metadata")?.bool("isBridgeNode") == true)
                socket.send(DHTMessage.connected(DHTPeerConnected(bridgeNodeID: 0x99)))
                let ping = try await socket.next("ping")
                #expect(ping.string("nodeId") == bridge.identity.nodeID.description)
                #expect(bridge.node.status().peersConnected == 2)
            }
        }
    }

    @Test func badInputNeverStopsTheBridge() async throws {
        try await RunningBridge.run { bridge in
            let peer = try await bridge.peer(0x11)
            for text in [
                "", "null", "{", #"{"type":1}"#, #"{"type":"ping"}"#,
                #"{"type":"find_node","requestId":"x","target":7}"#,
                #"{"type":"store","requestId":"x"}"#, #"{"type":"no_such_type"}"#, #"{"type":"ping","type":"ping"}"#,
                #"{"type":"overlay_routed_message","messageId":"m","source":"x","destination":"y","route":[],"payload":{}}"#,
                String(repeating: "{\"a\":", count: 1_000),
            ] { peer.send(text) }
            peer.send(DHTMessage.ping(DHTPing(requestID: "alive")))
            #expect(try await peer.next("pong").string("requestId") == "alive")

            let link = try await bridge.link()
            link.send("garbage")
            link.send(#"{"type":"get_onboarding_peer","requestId":"tool","newNodeId":"diagnostic_1"}"#)
            #expect(try await link.next("error").string("code") == "invalid_message")
            #expect(try await link.next("onboarding_peer_response").string("requestId") == "tool")

            let huge = try await bridge.dial()
            huge.send(String(repeating: "x", count: 10_000_000))
            #expect(try await huge.end().code == .messageTooBig)
            link.send(BootstrapToBridge.ping(Ping(requestID: "still here")))
            #expect(try await link.next("pong").string("requestId") == "still here")
        }
    }

    @Test func shutdownSaysGoodbyeWith1001() async throws {
        let sockets = try await RunningBridge.run { bridge in
            [try await bridge.link(), try await bridge.peer(0x11), try await bridge.dial()]
        }
        for socket in sockets {
            #expect(try await socket.end().code == .goingAway)
        }
    }

    @Test func shutdownAnswersWhatItHasTakenBeforeTheLinksClose() async throws {
        let (node, link) = try await RunningBridge.run { bridge in
            let helper = try await bridge.peer(0x11)
            defer { helper.close() }
            let link = try await bridge.link()
            for index in 0..<1_000 {
                let request = GetOnboardingPeer(
                    requestID: try #require(WireRequestID("r\(index)")),
                    newNodeID: NodeID(integerLiteral: UInt32(0x1000 + index))
                )
                link.send(BootstrapToBridge.getOnboardingPeer(request))
            }
            _ = try await link.next("onboarding_peer_response")
            return (bridge.node, link)
        }
        var responses = 1
        while true {
            do {
                _ = try await link.next("onboarding_peer_response")
                responses += 1
            } catch let ended as ScriptedSocket.Ended {
                #expect(ended.closure?.code == .goingAway)
                #expect(ended.closure?.reason == "Bridge shutting down")
                break
            }
        }
        let status = node.status()
        #expect(status.requests == responses, "every question that was taken has its answer")
        #expect(status.queueDepth == 0)
    }

    @Test func cancelledQuestionsAreNotAnsweredAndTheLoadIsTold() async throws {
        try await RunningBridge.run { bridge in
            let link = try await bridge.dial()
            let auth = BootstrapAuth(authToken: RunningBridge.secret, features: LinkFeatures.all.names)
            link.send(BootstrapToBridge.bootstrapAuth(auth))
            #expect(try await link.next("auth_success").int64("window") == 1_024)
            link.send(BootstrapToBridge.cancelOnboardingPeer(CancelOnboardingPeer(requestID: "never asked")))
            link.send(BootstrapToBridge.ping(Ping(requestID: "p")))
            let load = try #require(try await link.next("pong").member("load"))
            #expect(load.int64("queueCapacity") == 1_024)
            #expect(load.int64("queueDepth") == 0)
        }
    }

    private func bytes(ofHex text: String) throws -> [UInt8] {
        let digits = Array(text)
        return try stride(from: 0, to: digits.count, by: 2).map { index in
            try #require(UInt8(String(digits[index...(index + 1)]), radix: 16))
        }
    }
}
