import NIOCore
import WebSocketTransport

/// Translates the callbacks of one client's connection into the server's events.
final class PeerHandler: WebSocketHandler {
    private let server: BootstrapServer

    init(server: BootstrapServer) {
        self.server = server
    }

    func opened(_ connection: WebSocketConnection) {
        server.opened(connection)
    }

    func received(_ message: WebSocketMessage, on connection: WebSocketConnection) {
        server.received(message, on: connection)
    }

    func heardControlFrame(on connection: WebSocketConnection) {
        server.heardControlFrame(on: connection)
    }

    func pongReceived(_ payload: ByteBuffer, on connection: WebSocketConnection) {
        server.pongReceived(on: connection)
    }

    func writabilityChanged(_ isWritable: Bool, on connection: WebSocketConnection) {
        server.writabilityChanged(isWritable, on: connection)
    }

    func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) {
        server.closed(connection, closure)
    }
}
