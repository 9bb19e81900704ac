import BootstrapCore
import BootstrapServer
import BridgeLink
import Kademlia
import SocketTestKit
import Synchronization
import Testing
import WireMessages

/// What bridges of ours hear beyond the existing network, and whom a bridge without peers is told of.
@Suite(.timeLimit(.minutes(1))) struct LinkFeatureTests {
    private static let key = String(repeating: "ab", count: 32)

    @Test func bridgeHearsWhatBecameOfItsHelper() async throws {
        try await ScriptedBridge.run(0xc, features: [.outcome]) { bridge in
            try await RunningNetwork.run(bridges: 0, and: [bridge.target]) { network in
                let link = try await bridge.link()
                let (helper, _) = try await network.arrive(0xa)
                let newcomer = try await network.ask(0xb)
                let request = try await link.next("get_onboarding_peer")
                link.send(BridgeToBootstrap.onboardingPeerResponse(try DialInTests.answer(to: request, helper: 0xa)))
                _ = try await newcomer.next("response")
                helper.send(
                    PeerToBootstrap.sendInvitation(
                        SendInvitation(
                            targetPeerID: .node(0xb),
                            invitationToken: "{}",
                            inviterNodeID: .node(0xa),
                            requestID: "i"
                        )
                    )
                )
                _ = try await newcomer.next("invitation_received")
                newcomer.send(
                    PeerToBootstrap.invitationAccepted(InvitationAccepted(fromPeer: .node(0xb), toPeer: .node(0xa)))
                )
                let accepted = try await link.next("introduction_outcome")
                #expect(accepted.string("requestId") == request.string("requestId"))
                #expect(accepted.string("newNodeId") == NodeID(0xb).description)
                #expect(accepted.string("inviterPeerId") == NodeID(0xa).description)
                #expect(accepted.string("outcome") == "accepted")
                newcomer.send(
                    PeerToBootstrap.connectionOutcome(
                        ConnectionOutcome(nodeID: .node(0xb), success: true, connectionType: "websocket")
                    )
                )
                #expect(try await link.next("introduction_outcome").string("outcome") == "connected")
                let counters = network.bootstrap.status().counters
                #expect(counters.introductionsAccepted == 1 && counters.introductionsConnected == 1)
                let body = BootstrapServer.statusBody(network.bootstrap.status())
                let shown = try #require(try RawJSON(checking: body).member("introductions"))
                let values = ["followed", "notFollowed", "accepted", "connected", "silent", "failed"].map {
                    shown.int64($0)
                }
                #expect(values == [1, 0, 1, 1, 0, 0])
            }
        }
    }

    @Test func bridgeThatDialledInHearsOfASilentHelper() async throws {
        let quickly: (inout Bootstrap.Configuration) -> Void = { $0.helperPatience = .milliseconds(50) }
        try await RunningNetwork.run(bridges: 0, configure: quickly) { network in
            _ = try await network.arrive(0xa)
            let bridge = try await network.dialIn(0xc, features: LinkFeatures.all.names)
            _ = try await bridge.next("bootstrap_auth")
            let success = AuthSuccess(bridgeNodeID: 0xc, features: LinkFeatures.all.names, publicKey: Self.key)
            bridge.send(PeerToBootstrap.authSuccess(success))
            let keys = try await bridge.next("bridge_keys").elements("keys")
            #expect(keys.map { $0.string("publicKey") } == [Self.key])
            #expect(keys.map { $0.string("bridgeNodeId") } == [NodeID(0xc).description])
            let newcomer = try await network.ask(0xb)
            let request = try await bridge.next("get_onboarding_peer")
            bridge.send(PeerToBootstrap.onboardingPeerResponse(try DialInTests.answer(to: request, helper: 0xa)))
            _ = try await newcomer.next("response")
            #expect(try await bridge.next("introduction_outcome").string("outcome") == "silent")
        }
    }

    @Test func existingBridgeHearsNothingOfThat() async throws {
        try await RunningNetwork.run(bridges: 0) { network in
            let (helper, _) = try await network.arrive(0xa)
            let bridge = try await network.dialIn(0xc, features: nil)
            let newcomer = try await network.ask(0xb)
            let request = try await bridge.next("get_onboarding_peer")
            bridge.send(PeerToBootstrap.onboardingPeerResponse(try DialInTests.answer(to: request, helper: 0xa)))
            _ = try await newcomer.next("response")
            helper.send(
                #"{"type":"send_invitation","requestId":"i","targetPeerId":"\#(NodeID(0xb))","inviterNodeId":"\#(NodeID(0xa))","invitationToken":{}}"#
            )
            _ = try await newcomer.next("invitation_received")
            newcomer.send(
                PeerToBootstrap.invitationAccepted(InvitationAccepted(fromPeer: .node(0xb), toPeer: .node(0xa)))
            )
            _ = try await newcomer.next("websocket_peer_metadata")
            let status = network.bootstrap.status()
            #expect(status.counters.introductionsAccepted == 1)
            #expect(status.pool.statistics.outcomesSent == 0 && status.pool.statistics.outcomesDropped == 1)
        }
    }

    @Test func bridgesThatLostTheirPeersAreToldWhoIsHere() async throws {
        try await ScriptedBridge.run(0xc, features: [.clients]) { dialled in
            try await RunningNetwork.run(bridges: 0, and: [dialled.target]) { network in
                _ = try await network.arrive(0xa)
                let link = try await dialled.link()
                let existing = try await network.dialIn(0xd, features: nil)
                let stranger = try await network.dial()
                stranger.send(PeerToBootstrap.getConnectedClients(Self.question(0xd)))
                stranger.send(#"{"type":"ping","requestId":"p"}"#)
                _ = try await stranger.next("pong")
                link.send(BridgeToBootstrap.getConnectedClients(Self.question(0xc)))
                try Self.expectOnlyTheFirstPeer(try await link.next("connected_clients_response"))
                existing.send(PeerToBootstrap.getConnectedClients(Self.question(0xd)))
                try Self.expectOnlyTheFirstPeer(try await existing.next("connected_clients_response"))
                link.send(BridgeToBootstrap.getConnectedClients(Self.question(0xd)))
                #expect(try await link.next("connected_clients_response").bool("success") == false)
                let counters = network.bootstrap.status().counters
                #expect(counters.foreignAnswers == 1 && counters.foreignSenders == 1)
                #expect(counters.clientsAnswers == 2)
            }
        }
    }

    @Test func everyServerHasANameOfItsOwnTheSameForAllBridges() async throws {
        let names = Mutex<[String]>([])
        for _ in 0..<2 {
            try await RunningNetwork.run(bridges: 0) { network in
                for id: NodeID in [0xc, 0xd] {
                    let bridge = try await network.dialIn(id, features: [])
                    let name = try #require(try await bridge.next("bootstrap_auth").string("bootstrapServer"))
                    names.withLock { $0.append(name) }
                }
            }
        }
        let heard = names.withLock { $0 }
        #expect(heard[0] == heard[1] && heard[2] == heard[3] && heard[0] != heard[2])
        #expect(heard.allSatisfy { $0.utf8.count <= 64 && !$0.contains(RunningNetwork.secretText) })
    }

    private static func question(_ bridge: NodeID) -> GetConnectedClients {
        GetConnectedClients(requestID: "g", bridgeNodeID: bridge, reason: "zero_peer_recovery")
    }

    private static func expectOnlyTheFirstPeer(_ answer: RawJSON) throws {
        #expect(answer.bool("success") == true && answer.string("requestId") == "g")
        #expect(answer.int64("totalConnected") == 1)
        let clients = answer.elements("clients")
        #expect(clients.map { $0.string("nodeId") } == [NodeID(0xa).description])
        #expect(clients.first?.member("metadata")?.string("listeningAddress") == "ws://127.0.0.1:1")
    }
}
