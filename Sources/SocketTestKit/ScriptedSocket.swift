import NIOCore
import Synchronization
package import WebSocketTransport
package import WireMessages

/// One WebSocket to a server under test, whose other end a test plays by hand.
package final class ScriptedSocket: WebSocketHandler {
    private enum Heard: Sendable {
        case message(RawJSON)
        case closed(WebSocketClosure)
    }

    /// The socket was closed while something else was awaited.
    package struct Ended: Error {
        package var closure: WebSocketClosure?
    }

    private let heard: AsyncStream<Heard>
    private let continuation: AsyncStream<Heard>.Continuation
    private let connection = Mutex<WebSocketConnection?>(nil)

    package init() {
        (heard, continuation) = AsyncStream.makeStream()
    }

    /// Dials and says nothing yet.
    package static func dial(_ address: String, client: WebSocketClient) async throws -> ScriptedSocket {
        let socket = ScriptedSocket()
        let connection = try await client.connect(to: WebSocketURL(address), handler: socket)
        socket.connection.withLock { $0 = connection }
        return socket
    }

    package func opened(_ connection: WebSocketConnection) {
        self.connection.withLock { $0 = connection }
    }

    package func received(_ message: WebSocketMessage, on connection: WebSocketConnection) {
        guard let json = try? RawJSON(checking: Array(message.payload.readableBytesView)) else { return }
        continuation.yield(.message(json))
    }

    package func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) {
        continuation.yield(.closed(closure))
        continuation.finish()
    }

    package func send(_ text: String) {
        connection.withLock { $0 }?.send(Array(text.utf8))
    }

    package func send(_ message: some WireConversation) {
        connection.withLock { $0 }?.send(message.encode())
    }

    package func close() {
        connection.withLock { $0 }?.close(.normal, reason: "done")
    }

    package func abort() {
        connection.withLock { $0 }?.abort()
    }

    /// The next message of that type; others before it are skipped.
    package func next(_ type: String) async throws -> RawJSON {
        for await event in heard {
            switch event {
            case .message(let message) where message.string("type") == type: return message
            case .message: continue
            case .closed(let closure): throw Ended(closure: closure)
            }
        }
        throw Ended()
    }

    /// How the socket ends; messages before that are skipped.
    package func end() async throws -> WebSocketClosure {
        for await event in heard {
            if case .closed(let closure) = event { return closure }
        }
        throw Ended()
    }
}
