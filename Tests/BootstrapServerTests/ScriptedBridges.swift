import BridgeLink
import Kademlia
import NIOCore
import NIOPosix
import SocketTestKit
import WebSocketTransport
import WireMessages

/// A bridge on a real port that accepts whoever dials, announces what a test chooses, and is played by hand from there on.
struct ScriptedBridge: Sendable {
    let id: NodeID
    let target: BridgeTarget
    private let accepted: AsyncStream<ScriptedSocket>

    /// The next link, authenticated by our side.
    func link() async throws -> ScriptedSocket {
        for await socket in accepted { return socket }
        throw CancellationError()
    }

    static func run(
        _ id: NodeID,
        features: LinkFeatures,
        publicKey: String? = nil,
        _ body: @Sendable (ScriptedBridge) async throws -> Void
    ) async throws {
        let (upgrades, upgraded) = AsyncStream<ScriptedSocket>.makeStream()
        let (links, accepted) = AsyncStream<ScriptedSocket>.makeStream()
        let (ports, port) = AsyncStream<Int>.makeStream()
        var configuration = WebSocketServer.Configuration(host: "127.0.0.1", port: 0)
        configuration.drainTime = .milliseconds(200)
        let server = WebSocketServer(
            configuration: configuration,
            group: MultiThreadedEventLoopGroup.singleton,
            logger: quiet,
            onUpgrade: { _ in
                let socket = ScriptedSocket()
                upgraded.yield(socket)
                return .accept(socket)
            },
            http: nil
        )
        let success = AuthSuccess(bridgeNodeID: id, features: features.names, publicKey: publicKey)
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await server.run { port.yield($0.port ?? 0) } }
            tasks.addTask {
                for await socket in upgrades {
                    _ = try await socket.next("bootstrap_auth")
                    socket.send(BridgeToBootstrap.authSuccess(success))
                    accepted.yield(socket)
                }
            }
            for await number in ports {
                let target = BridgeTarget(try WebSocketURL("ws://127.0.0.1:\(number)"))
                try await body(ScriptedBridge(id: id, target: target, accepted: links))
                break
            }
            tasks.cancelAll()
            while let result = await tasks.nextResult() {
                if case .failure(let error) = result, !(error is CancellationError) { throw error }
            }
        }
    }
}
