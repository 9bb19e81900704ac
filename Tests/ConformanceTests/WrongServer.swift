import Logging
import NIOCore
import NIOPosix
import WebSocketTransport
import WireMessages

/// A server that says what a test wants it to say, however wrong.
struct WrongServer: Sendable {
    /// What to do with a message: the texts to answer, or a close.
    enum Reaction: Sendable {
        case say([String])
        case close(WebSocketCloseCode, String)
        case end
    }

    let url: WebSocketURL

    static func run<Result: Sendable>(
        _ react: @escaping @Sendable (RawJSON?) -> Reaction,
        _ body: @Sendable (WrongServer) async throws -> Result
    ) async throws -> Result {
        let group = MultiThreadedEventLoopGroup.singleton
        let listening = ListeningAddress(on: group.next())
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        let server = WebSocketServer(
            configuration: WebSocketServer.Configuration(host: "127.0.0.1", port: 0),
            group: group,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onUpgrade: { _ in .accept(Handler(react: react, end: end)) },
            http: nil
        )
        return try await withThrowingTaskGroup { tasks in
            tasks.addTask {
                defer { listening.fail() }
                try await withThrowingTaskGroup { server_ in
                    server_.addTask { try await server.run { listening.resolve($0) } }
                    server_.addTask { for await _ in ends { return } }
                    try await server_.next()
                    server_.cancelAll()
                    try? await server_.waitForAll()
                }
            }
            let url = try WebSocketURL("ws://127.0.0.1:\(try await listening.value().port ?? 0)")
            let result = try await body(WrongServer(url: url))
            tasks.cancelAll()
            try? await tasks.waitForAll()
            return result
        }
    }

    private final class Handler: WebSocketHandler {
        let react: @Sendable (RawJSON?) -> Reaction
        let end: AsyncStream<Void>.Continuation

        init(react: @escaping @Sendable (RawJSON?) -> Reaction, end: AsyncStream<Void>.Continuation) {
            self.react = react
            self.end = end
        }

        func opened(_ connection: WebSocketConnection) {}
        func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) {}

        func received(_ message: WebSocketMessage, on connection: WebSocketConnection) {
            switch react(try? RawJSON(checking: Array(message.payload.readableBytesView))) {
            case .say(let texts):
                for text in texts { connection.send(Array(text.utf8)) }
            case .close(let code, let reason): connection.close(code, reason: reason)
            // The server stops listening before it closes its sockets: whoever hears of the close finds nobody any more.
            case .end: end.yield()
            }
        }
    }
}
