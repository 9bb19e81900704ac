import BootstrapCore
import BootstrapServer
import BridgeNode
import Kademlia
import NIOCore
import NIOPosix
import SocketTestKit
import StateStore
import Testing
import WebSocketTransport
import WireMessages

/// Whole joins over real sockets: our bootstrap server, our bridges, scripted peers.
@Suite(.timeLimit(.minutes(1))) struct BootstrapServerTests {
    @Test func newcomerIsLedToItsHelperAndBothHearOfEachOther() async throws {
        try await RunningNetwork.run { network in
            let genesis = try await network.genesis(0xa)
            let (newcomer, response) = try await network.arrive(0xb)
            let data = try #require(response.member("data"))
            #expect(data.string("status") == "peer_found")

            let instruction = try await genesis.links[0].next("create_invitation_for_peer")
            #expect(instruction.string("targetNodeId") == NodeID(0xb).description)
            let token: RawJSON = #"{"version":"1.0","nonce":"y","expires":1.0}"#
            genesis.socket.send(
                PeerToBootstrap.sendInvitation(
                    SendInvitation(
                        targetPeerID: .node(0xb),
                        invitationToken: token,
                        inviterNodeID: .node(0xa),
                        requestID: "i1"
                    )
                )
            )
            let invitation = try await newcomer.next("invitation_received")
            #expect(invitation.member("invitationToken") == token, "byte for byte")
            newcomer.send(
                PeerToBootstrap.invitationAccepted(InvitationAccepted(fromPeer: .node(0xb), toPeer: .node(0xa)))
            )
            let introduction = try await newcomer.next("websocket_peer_metadata")
            #expect(introduction.string("fromPeer") == NodeID(0xa).description)
            let toHelper = try await genesis.socket.next("websocket_peer_metadata")
            #expect(toHelper.string("targetPeer") == NodeID(0xb).description)
            #expect(network.bridges[0].status().linksOpenedTotal == 1)
        }
    }

    @Test func genesisDecisionOutlivesTheServer() async throws {
        let ledger = InMemoryGenesisLedger()
        try await RunningNetwork.run(bridges: 0, ledger: ledger) { network in
            _ = try await network.arrive(0xa)
        }
        #expect(ledger.genesis() == 0xa)
        try await RunningNetwork.run(bridges: 0, ledger: ledger) { network in
            let (_, response) = try await network.arrive(0xb)
            #expect(response.bool("success") == false)
            #expect(response.string("code") == "no_helper")
        }
    }

    @Test func fiftyNewcomersAtOnceAreAllAnsweredOverOneConnectionPerBridge() async throws {
        try await RunningNetwork.run(bridges: 2) { network in
            let genesis = try await network.genesis(0xa)
            let statuses = try await withThrowingTaskGroup(of: String?.self) { tasks in
                for number in 1...50 {
                    tasks.addTask {
                        let id = NodeID(high: 5, middle: 5, low: UInt32(number))
                        let (_, response) = try await network.arrive(id)
                        return response.member("data")?.string("status")
                    }
                }
                return try await tasks.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.allSatisfy { $0 == "peer_found" })
            for bridge in network.bridges {
                #expect(bridge.status().linksOpenedTotal == 1)
                #expect(bridge.status().requests == 25)
            }
            _ = genesis
        }
    }

    @Test func badInputIsAnsweredOrClosedAndTheServerGoesOn() async throws {
        try await RunningNetwork.run(bridges: 0) { network in
            for (text, code) in [
                ("not json", 1002), ("[]", 1002), (#"{"type":"register"}"#, 1002),
                (String(repeating: "[", count: 10_000), 1002), (#"{"type":"a","type":"b"}"#, 1002),
            ] as [(String, UInt16)] {
                let socket = try await network.dial()
                socket.send(text)
                #expect(try await socket.end().code?.rawValue == code, "\(text.prefix(30))")
            }
            let socket = try await network.dial("/ws?any=path")
            socket.send(#"{"type":"get_peers_or_genesis","nodeId":7,"requestId":"q"}"#)
            #expect(try await socket.next("response").string("requestId") == "q")
            socket.send(#"{"type":"unheard_of"}"#)
            socket.send(#"{"type":"ping","requestId":"p"}"#)
            #expect(try await socket.next("pong").string("requestId") == "p")
        }
    }

    @Test func messageBeyondTheLimitIsClosedWith1009() async throws {
        try await RunningNetwork.run(bridges: 0) { network in
            let socket = try await network.dial()
            socket.send("\"" + String(repeating: "x", count: 70_000) + "\"")
            #expect(try await socket.end().code == .messageTooBig)
        }
    }
}
