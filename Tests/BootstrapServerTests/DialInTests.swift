import BootstrapCore
import BootstrapServer
import BridgeLink
import Kademlia
import LinkCore
import SocketTestKit
import Testing
import WebSocketTransport
import WireMessages

/// Bridges that come to the bootstrap server, because it cannot come to them.
@Suite(.timeLimit(.minutes(1))) struct DialInTests {
    @Test func nativeBridgeThatDialsInIsAuthenticatedAndAskedThere() async throws {
        try await RunningNetwork.run(bridges: 0) { network in
            _ = try await network.arrive(0xa)
            let bridge = try await network.dialIn(0xc, features: [])
            let auth = try await bridge.next("bootstrap_auth")
            #expect(auth.string("auth_token") == RunningNetwork.secretText)
            #expect(auth.elements("features").isEmpty == false)
            bridge.send(PeerToBootstrap.authSuccess(AuthSuccess(bridgeNodeID: 0xc, features: [])))
            // Whoever asks earlier waits for a link for a while only.
            bridge.send(#"{"type":"ping","requestId":"p"}"#)
            _ = try await bridge.next("pong")
            try await expectIntroduction(by: bridge, in: network)
        }
    }

    @Test func existingBridgeThatDialsInIsAskedAsItIs() async throws {
        try await RunningNetwork.run(bridges: 0) { network in
            _ = try await network.arrive(0xa)
            let bridge = try await network.dialIn(0xc, features: nil)
            try await expectIntroduction(by: bridge, in: network)
        }
    }

    @Test func whoOnlyClaimsToBeABridgeIsNeverAsked() async throws {
        try await RunningNetwork.run(bridges: 0) { network in
            _ = try await network.arrive(0xa)
            let liar = try await network.dialIn(0xc, secret: "guessed", features: nil)
            let (_, answer) = try await network.arrive(0xb)
            // The one peer there is, the genesis peer; and no helper, for nobody was asked.
            #expect(answer.member("data")?.string("status") == "emergency_direct_connect")
            liar.send(#"{"type":"ping","requestId":"p"}"#)
            #expect(try await liar.next("pong").string("requestId") == "p", "nothing else came before")
            #expect(network.bootstrap.status().pool.endpoints.isEmpty)
            #expect(network.bootstrap.status().counters.unprovenBridges == 1)
        }
    }

    @Test func bridgeOfOursWithTheWrongSecretIsTold() async throws {
        try await RunningNetwork.run(bridges: 0) { network in
            let socket = try await network.dial()
            let metadata: RawJSON = #"{"nodeType":"bridge","isBridgeNode":true,"bridgeAuthToken":"guessed"}"#
            socket.send(
                PeerToBootstrap.register(
                    Register(nodeID: .node(0xc), protocolVersion: "1.0.0", metadata: metadata, features: [])
                )
            )
            #expect(try await socket.next("error").string("code") == "unproven_bridge")
            #expect(network.bootstrap.status().registeredPeers == 0)
        }
    }

    @Test func answerOfAnotherClientDoesNotCount() async throws {
        try await RunningNetwork.run(bridges: 0) { network in
            _ = try await network.arrive(0xa)
            let bridge = try await network.dialIn(0xc, features: nil)
            let other = try await network.dialIn(0xd, features: nil)
            let newcomer = try await network.ask(0xb)
            let request = try await bridge.next("get_onboarding_peer")
            let stranger = try await network.dial()
            for socket in [other, stranger] {
                socket.send(PeerToBootstrap.onboardingPeerResponse(try Self.answer(to: request, helper: 0xe)))
                socket.send(#"{"type":"ping","requestId":"p"}"#)
                _ = try await socket.next("pong")
            }
            bridge.send(PeerToBootstrap.onboardingPeerResponse(try Self.answer(to: request, helper: 0xa)))
            let helpers = try await newcomer.next("response").member("data")?.elements("peers")
            #expect(helpers?.first?.string("nodeId") == NodeID(0xa).description)
            #expect(network.bootstrap.status().pool.counters.foreignAnswers == 1)
        }
    }

    @Test func lostDialInMovesItsRequestsToTheOtherBridge() async throws {
        try await RunningNetwork.run(bridges: 0) { network in
            _ = try await network.arrive(0xa)
            let first = try await network.dialIn(0xc, features: nil)
            let second = try await network.dialIn(0xd, features: nil)
            let newcomer = try await network.ask(0xb)
            _ = try await first.next("get_onboarding_peer")
            first.abort()
            let request = try await second.next("get_onboarding_peer")
            second.send(PeerToBootstrap.onboardingPeerResponse(try Self.answer(to: request, helper: 0xa)))
            #expect(try await newcomer.next("response").member("data")?.string("status") == "peer_found")
        }
    }

    private func expectIntroduction(by bridge: ScriptedSocket, in network: RunningNetwork) async throws {
        let newcomer = try await network.ask(0xb)
        let request = try await bridge.next("get_onboarding_peer")
        #expect(request.string("newNodeId") == NodeID(0xb).description)
        bridge.send(PeerToBootstrap.onboardingPeerResponse(try Self.answer(to: request, helper: 0xa)))
        let response = try await newcomer.next("response")
        #expect(response.member("data")?.string("status") == "peer_found")
    }

    static func answer(to request: RawJSON, helper: NodeID) throws -> OnboardingPeerResponse {
        OnboardingPeerResponse(
            requestID: try #require(request.string("requestId").flatMap { WireRequestID($0) }),
            success: true,
            data: .answer(OnboardingAnswer(inviterPeerID: helper))
        )
    }
}

extension RunningNetwork {
    /// A bridge that registers as such. With `features` it is one of ours, else one of the current era.
    func dialIn(
        _ id: NodeID,
        secret: String = RunningNetwork.secretText,
        features: [String]?
    ) async throws -> ScriptedSocket {
        let socket = try await dial()
        let metadata = RawJSON.object { writer in
            writer.member("nodeType", "bridge")
            writer.member("isBridgeNode", true)
            writer.member("bridgeAuthToken", secret)
            writer.member("relayLoad", Int64(0))
            writer.member("listeningAddress", "ws://127.0.0.1:1")
        }
        socket.send(
            PeerToBootstrap.register(
                Register(nodeID: .node(id), protocolVersion: "1.0.0", metadata: metadata, features: features)
            )
        )
        _ = try await socket.next("registered")
        return socket
    }
}
