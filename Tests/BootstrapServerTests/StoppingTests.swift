import BootstrapCore
import BootstrapServer
import Kademlia
import NIOCore
import NIOPosix
import ServiceLifecycleTestKit
import SocketTestKit
import StateStore
import Synchronization
import Telemetry
import Testing
import Timekeeping
import WebSocketTransport
import WireMessages

/// What clients see of a server that stops, over real sockets.
@Suite(.timeLimit(.minutes(1))) struct StoppingTests {
    @Test func clientsThatUnderstandAreToldWhenToComeBackAndOthersGoAsEver() async throws {
        let ours = try await stopped(after: { $0.register(features: ["come_back"]) })
        let notice = try await ours.next("server_stopping")
        #expect(notice.string("reason") == "restart")
        // Not while this server is still stopping, and soon, since there are few.
        let wait = try #require(notice.int64("comeBackAfterMs"))
        #expect((2_000...3_000).contains(wait))
        let end = try await ours.end()
        #expect(end.code == .serviceRestart && end.initiator == .remote)

        let existing = try await stopped(after: { $0.register(features: nil) })
        #expect(try await existing.end().code == .goingAway)
    }

    @Test func clientsGoInWavesAndTheServerEndsInTime() async throws {
        let count = 3 * BootstrapDefaults.smallestWave
        let clock = SystemClock()
        let times = try await testGracefulShutdown { trigger in
            try await withThrowingTaskGroup(of: Void.self, returning: [Instant].self) { tasks in
                let server = try Self.server(clock)
                tasks.addTask { try await server.run() }
                let port = try await server.listeningAddress().port ?? 0
                let client = WebSocketClient(group: MultiThreadedEventLoopGroup.singleton, logger: quiet)
                var sockets: [ScriptedSocket] = []
                for number in 0..<count {
                    let socket = try await ScriptedSocket.dial("ws://127.0.0.1:\(port)", client: client)
                    socket.register(NodeID(integerLiteral: UInt32(number + 1)), features: nil)
                    _ = try await socket.next("registered")
                    sockets.append(socket)
                }
                let began = clock.now()
                trigger.triggerGracefulShutdown()
                let ends = try await withThrowingTaskGroup(of: Instant.self, returning: [Instant].self) { waiting in
                    for socket in sockets {
                        waiting.addTask {
                            _ = try await socket.end()
                            return clock.now()
                        }
                    }
                    return try await waiting.reduce(into: []) { $0.append($1) }
                }
                try await tasks.waitForAll()
                #expect(clock.now() - began < .seconds(10))
                return ends.sorted()
            }
        }
        #expect(times.count == count)
        let last = try #require(times.last)
        let first = try #require(times.first)
        // Three waves have two pauses between them; on a busy machine the first is noticed late.
        #expect(last - first >= BootstrapDefaults.wavePause, "not all at once")
    }

    /// A socket of a server that was asked to stop once the socket had said that.
    private func stopped(after say: @escaping @Sendable (ScriptedSocket) -> Void) async throws -> ScriptedSocket {
        let kept = Mutex<ScriptedSocket?>(nil)
        try await RunningNetwork.run(bridges: 0) { network in
            let socket = try await network.dial()
            kept.withLock { $0 = socket }
            // The answer says that it is registered.
            say(socket)
            _ = try await socket.next("registered")
        }
        return try #require(kept.withLock { $0 })
    }

    private static func server(_ clock: SystemClock) throws -> BootstrapServer {
        var configuration = BootstrapServer.Configuration(secret: Secret("s"))
        configuration.host = "127.0.0.1"
        configuration.port = 0
        configuration.probeInterval = nil
        return try BootstrapServer(
            configuration: configuration,
            ledger: InMemoryGenesisLedger(),
            group: MultiThreadedEventLoopGroup.singleton,
            clock: clock,
            logger: quiet
        )
    }
}

extension ScriptedSocket {
    fileprivate func register(_ id: NodeID = 0xa, features: [String]?) {
        send(
            PeerToBootstrap.register(
                Register(
                    nodeID: .node(id),
                    protocolVersion: "1.0.0",
                    buildID: "node_1",
                    metadata: RunningNetwork.metadata,
                    features: features
                )
            )
        )
    }
}
