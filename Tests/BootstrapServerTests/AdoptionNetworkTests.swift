import BootstrapServer
import BridgeLink
import BridgeNode
import Kademlia
import NIOCore
import SocketTestKit
import Testing
import WebSocketTransport
import WireMessages

/// A server without memory is put before real bridges.
@Suite(.timeLimit(.minutes(1))) struct AdoptionNetworkTests {
    @Test func aServerThatForgotTheNetworkLeadsWhoeverComesFirstIntoIt() async throws {
        try await RunningNetwork.run { network in
            let genesis = try await network.genesis(0xa)
            let port = try #require(try await network.bridges[0].listeningAddress().port)
            let bridge = BridgeTarget(try WebSocketURL("ws://127.0.0.1:\(port)"))
            try await RunningNetwork.run(bridges: 0, and: [bridge]) { newcomers in
                let (_, answer) = try await newcomers.arrive(0xb)
                #expect(answer.member("data")?.bool("isGenesis") == false)
                #expect(answer.member("data")?.string("status") == "peer_found")
            }
            withExtendedLifetime(genesis) {}
        }
    }

    @Test func aBridgeThatIsDownHoldsUpANewNetworkForSecondsOnly() async throws {
        // Nobody listens there.
        let bridge = BridgeTarget(try WebSocketURL("ws://127.0.0.1:1"))
        try await RunningNetwork.run(bridges: 0, and: [bridge], awaitsLinks: false) { network in
            let (_, answer) = try await network.arrive(0xa)
            #expect(answer.member("data")?.bool("isGenesis") == true)
        }
    }
}
