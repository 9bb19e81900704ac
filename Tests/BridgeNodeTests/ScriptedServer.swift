import Logging
import NIOCore
import NIOPosix
import SocketTestKit
import WebSocketTransport

/// A WebSocket server on a free port of 127.0.0.1 whose sockets a test plays by hand.
struct ScriptedServer: Sendable {
    struct NobodyCame: Error {}

    let address: String
    private let sockets: AsyncStream<ScriptedSocket>

    static func run<Result: Sendable>(
        _ body: @Sendable (ScriptedServer) async throws -> Result
    ) async throws -> Result {
        let group = MultiThreadedEventLoopGroup.singleton
        let (sockets, continuation) = AsyncStream.makeStream(of: ScriptedSocket.self)
        let listening = ListeningAddress(on: group.next())
        let server = WebSocketServer(
            configuration: WebSocketServer.Configuration(host: "127.0.0.1", port: 0),
            group: group,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onUpgrade: { _ in
                let socket = ScriptedSocket()
                continuation.yield(socket)
                return .accept(socket)
            },
            http: nil
        )
        return try await withThrowingTaskGroup { tasks in
            tasks.addTask {
                defer { listening.fail() }
                try await server.run { listening.resolve($0) }
            }
            let port = try await listening.value().port ?? 0
            let result = try await body(ScriptedServer(address: "ws://127.0.0.1:\(port)", sockets: sockets))
            tasks.cancelAll()
            try await tasks.waitForAll()
            return result
        }
    }

    /// The next socket that somebody opens.
    func nextSocket() async throws -> ScriptedSocket {
        for await socket in sockets { return socket }
        throw NobodyCame()
    }
}
