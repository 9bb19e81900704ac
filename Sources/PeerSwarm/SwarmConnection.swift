import NIOCore
import PeerCore
import WebSocketTransport

/// One WebSocket of one simulated peer.
final class SwarmConnection: WebSocketHandler {
    enum Role: Sendable {
        case client
        case dialled(DHTLinkID)
        case accepted
    }

    private let peer: NIOLoopBound<SwarmPeer>
    private let role: Role

    init(peer: NIOLoopBound<SwarmPeer>, role: Role) {
        self.peer = peer
        self.role = role
    }

    func opened(_ connection: WebSocketConnection) {
        peer.value.opened(connection, as: role)
    }

    func received(_ message: WebSocketMessage, on connection: WebSocketConnection) {
        peer.value.received(message, on: connection, as: role)
    }

    func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) {
        peer.value.closed(connection, as: role)
    }
}
