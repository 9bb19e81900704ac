import BridgeNode
import Kademlia
import SocketTestKit
import Testing
import WebSocketTransport
import WireMessages

private let allFeatures = #"["deadline","cancel","load","outcome","keys","clients"]"#

@Suite(.timeLimit(.minutes(1))) struct DialInTests {
    /// A bootstrap that lets a bridge register; what follows is the test's.
    private func register(
        _ bridge: RunningBridge,
        at bootstrap: ScriptedServer
    ) async throws -> (socket: ScriptedSocket, registration: RawJSON) {
        let socket = try await bootstrap.nextSocket()
        let registration = try await socket.next("register")
        socket.send(BootstrapToDialInBridge.registered(Registered(nodeID: .node(bridge.identity.nodeID))))
        return (socket, registration)
    }

    private func prove(_ socket: ScriptedSocket, secret: String = RunningBridge.secret) {
        let auth = BootstrapAuth(authToken: secret, features: LinkFeatures.all.names)
        socket.send(BootstrapToDialInBridge.link(.bootstrapAuth(auth)))
    }

    private let question = BootstrapToDialInBridge.link(
        .getOnboardingPeer(GetOnboardingPeer(requestID: "onboarding_1", newNodeID: 0x99))
    )

    @Test func bootstrapOfThisEraProvesTheSecretAndAsksOnTheConnectionThatWeOpened() async throws {
        try await ScriptedServer.run { bootstrap in
            try await RunningBridge.run(bootstraps: [bootstrap.address]) { bridge in
                let helper = try await bridge.peer(0x11)
                defer { helper.close() }
                let (socket, registration) = try await register(bridge, at: bootstrap)
                #expect(registration.string("nodeId") == bridge.identity.nodeID.description)
                #expect(registration.string("protocolVersion") == "1.0.0")
                #expect(registration.member("features")?.description == allFeatures)
                let metadata = try #require(registration.member("metadata"))
                #expect(metadata.string("bridgeAuthToken") == RunningBridge.secret)
                #expect(metadata.string("listeningAddress") == bridge.address)
                #expect(metadata.string("publicKey")?.count == 64)

                prove(socket)
                let success = try await socket.next("auth_success")
                #expect(success.string("bridgeNodeId") == bridge.identity.nodeID.description)
                #expect(success.member("features")?.description == allFeatures)
                #expect(success.int64("window") == 1_024)

                socket.send(question)
                let answer = try await socket.next("onboarding_peer_response")
                #expect(answer.string("requestId") == "onboarding_1")
                #expect(answer.bool("success") == true)
                #expect(answer.string("from") == bridge.identity.nodeID.description)
                socket.send(BootstrapToDialInBridge.link(.ping(Ping(requestID: "p"))))
                #expect(try await socket.next("pong").member("load")?.int64("connectedPeers") == 1)

                let status = bridge.node.status()
                #expect(status.dialIns.map(\.status) == ["connected"])
                #expect(status.dialIns.map(\.isProven) == [true])
                #expect(status.linksOpen == 1)
            }
        }
    }

    @Test func existingBootstrapAsksRightAfterTheRegistration() async throws {
        try await ScriptedServer.run { bootstrap in
            try await RunningBridge.run(bootstraps: [bootstrap.address]) { bridge in
                let helper = try await bridge.peer(0x11)
                defer { helper.close() }
                let (socket, _) = try await register(bridge, at: bootstrap)
                socket.send(question)
                let answer = try await socket.next("onboarding_peer_response")
                #expect(answer.bool("success") == true)
                #expect(answer.member("from") == nil, "as recorded")
                socket.send(BootstrapToDialInBridge.link(.ping(Ping(requestID: "keepalive_1", timestamp: 7))))
                let pong = try await socket.next("pong")
                #expect(pong.string("requestId") == "keepalive_1")
                #expect(pong.member("load") == nil)
                #expect(bridge.node.status().dialIns.map(\.isProven) == [false])
            }
        }
    }

    @Test func lostBootstrapIsDialledAgain() async throws {
        try await ScriptedServer.run { bootstrap in
            // Named twice, dialled once.
            let addresses = [bootstrap.address, bootstrap.address]
            try await RunningBridge.run(bootstraps: addresses) { bridge in
                let (first, _) = try await register(bridge, at: bootstrap)
                prove(first)
                _ = try await first.next("auth_success")
                first.abort()
                let (second, _) = try await register(bridge, at: bootstrap)
                prove(second)
                _ = try await second.next("auth_success")
                second.send(question)
                #expect(try await second.next("onboarding_peer_response").string("requestId") == "onboarding_1")
                let status = bridge.node.status()
                #expect(status.dialIns.map(\.dials) == [2])
                #expect(status.dialIns[0].lastError == "connection lost")
                #expect(status.linksOpen == 1)
            }
        }
    }

    @Test func bootstrapWithAWrongSecretIsToldSoAndLeft() async throws {
        try await ScriptedServer.run { bootstrap in
            try await RunningBridge.run(bootstraps: [bootstrap.address]) { bridge in
                let (socket, _) = try await register(bridge, at: bootstrap)
                prove(socket, secret: "guess")
                socket.send(question)
                _ = try await socket.next("auth_failed")
                let closure = try await socket.end()
                #expect(closure.reason == "Unauthorized - invalid bridge auth token")
                let status = bridge.node.status()
                #expect(status.linksOpen == 0)
                #expect(status.requests == 0)
                #expect(status.linksRefused == 1)
            }
        }
    }

    @Test func bootstrapThatFallsSilentIsNoticedAndDialledAgain() async throws {
        try await SilentServer.run { silent in
            try await RunningBridge.run(bootstraps: [silent.address], pingInterval: .milliseconds(100)) { bridge in
                try await silent.nextUpgrade()
                try await silent.nextUpgrade()
                let dialIn = bridge.node.status().dialIns[0]
                #expect(dialIn.lastError == "no sign of life")
                // A slow machine may have lost the second one, too.
                #expect(dialIn.dials >= 2)
            }
        }
    }

    @Test func shutdownSaysGoodbyeToBootstrapsToo() async throws {
        try await ScriptedServer.run { bootstrap in
            let socket = try await RunningBridge.run(bootstraps: [bootstrap.address]) { bridge in
                let (socket, _) = try await register(bridge, at: bootstrap)
                prove(socket)
                _ = try await socket.next("auth_success")
                return socket
            }
            let closure = try await socket.end()
            #expect(closure.code == .goingAway)
            #expect(closure.reason == "Bridge shutting down")
        }
    }

    @Test func shutdownDoesNotWaitForThoseWhoSayNothing() async throws {
        try await SilentServer.run { silent in
            let clock = ContinuousClock()
            let start = try await RunningBridge.run(metrics: true, bootstraps: [silent.address]) { _ in
                try await silent.nextUpgrade()
                return clock.now
            }
            #expect(clock.now - start < .seconds(5))
        }
    }
}
