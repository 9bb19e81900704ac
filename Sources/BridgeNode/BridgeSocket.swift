import BridgeCore
import Kademlia
import NIOCore
import Synchronization
import Timekeeping
import WebSocketTransport
import WireMessages

/// Translates what happens on one socket into events of the bridge. Messages are decoded here, outside any lock.
final class BridgeSocket: WebSocketHandler {
    /// Which conversation is spoken.
    enum Conversation: Sendable {
        /// Nobody has said anything yet.
        case undecided
        case bootstrap
        case dht
    }

    private let sockets: BridgeSockets
    /// Whom we dialled; nil for a socket that was opened by the other side.
    private let dialled: NodeID?
    private let conversation: Mutex<Conversation>

    /// A socket that somebody opens to us.
    init(accepting sockets: BridgeSockets) {
        self.sockets = sockets
        dialled = nil
        conversation = Mutex(.undecided)
    }

    /// A socket that we open.
    init(dialling peer: NodeID, for sockets: BridgeSockets) {
        self.sockets = sockets
        dialled = peer
        conversation = Mutex(.dht)
    }

    /// Takes effect for the next message.
    func become(_ conversation: Conversation) {
        self.conversation.withLock { $0 = conversation }
    }

    func opened(_ connection: WebSocketConnection) {
        let id = ConnectionID(value: connection.id)
        sockets.add(self, connection)
        if let dialled {
            sockets.step { bridge, now, _ in bridge.dialled(dialled, as: id, at: now) }
        } else {
            sockets.step { bridge, now, _ in bridge.accepted(id, at: now) }
        }
    }

    func received(_ message: WebSocketMessage, on connection: WebSocketConnection) {
        let id = ConnectionID(value: connection.id)
        switch conversation.withLock({ $0 }) {
        case .undecided:
            read(FirstMessage.self, message, on: id) { bridge, message, now, _ in
                bridge.received(message, on: id, at: now)
            }
        case .bootstrap:
            read(BootstrapToBridge.self, message, on: id) { bridge, message, now, generator in
                bridge.received(message, on: id, at: now, using: &generator)
            }
        case .dht:
            read(DHTMessage.self, message, on: id) { bridge, message, now, _ in
                bridge.received(message, on: id, at: now)
            }
        }
    }

    func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) {
        let id = ConnectionID(value: connection.id)
        let reason = closure.initiator == .remote ? closure.reason : nil
        sockets.remove(id)
        sockets.step { bridge, now, generator in
            bridge.closed(id, reason: reason, at: now, using: &generator)
            return []
        }
    }

    private func read<Message: WireConversation>(
        _ type: Message.Type,
        _ message: WebSocketMessage,
        on id: ConnectionID,
        _ event: (inout Bridge, Message, Moment, inout SystemRandomNumberGenerator) -> [BridgeAction]
    ) {
        let decoded = message.payload.withUnsafeReadableBytes { bytes in
            Result { () throws(WireError) in try Message.decode(bytes) }
        }
        sockets.step { bridge, now, generator in
            switch decoded {
            case .success(let message): event(&bridge, message, now, &generator)
            case .failure(let error): bridge.refused(error, on: id, at: now)
            }
        }
    }
}
