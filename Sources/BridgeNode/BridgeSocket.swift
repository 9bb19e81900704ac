import BridgeCore
import Kademlia
import NIOCore
import Synchronization
import Telemetry
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
        /// With a bootstrap that we dialled and that has not registered us.
        case registration
        case dht
    }

    /// Who opened the socket.
    private enum Origin: Sendable {
        case accepted
        case peer(NodeID)
        case dialIn(BootstrapID)
    }

    private let sockets: BridgeSockets
    private let origin: Origin
    private let conversation: Mutex<Conversation>

    /// A socket that somebody opens to us.
    init(accepting sockets: BridgeSockets) {
        self.sockets = sockets
        origin = .accepted
        conversation = Mutex(.undecided)
    }

    /// A socket that we open to a peer.
    init(dialling peer: NodeID, for sockets: BridgeSockets) {
        self.sockets = sockets
        origin = .peer(peer)
        conversation = Mutex(.dht)
    }

    /// A socket that we open to a bootstrap.
    init(dialling bootstrap: BootstrapID, for sockets: BridgeSockets) {
        self.sockets = sockets
        origin = .dialIn(bootstrap)
        conversation = Mutex(.registration)
    }

    /// Whether we opened it to a bootstrap.
    var isDialIn: Bool {
        switch origin {
        case .dialIn: true
        case .accepted, .peer: false
        }
    }

    /// Takes effect for the next message.
    func become(_ conversation: Conversation) {
        self.conversation.withLock { $0 = conversation }
    }

    func opened(_ connection: WebSocketConnection) {
        let id = ConnectionID(value: connection.id)
        sockets.add(self, connection)
        sockets.step { [origin] bridge, now, generator in
            switch origin {
            case .accepted: bridge.accepted(id, from: connection.clientAddress?.description, at: now)
            case .peer(let peer): bridge.dialled(peer, as: id, at: now)
            case .dialIn(let bootstrap): bridge.reached(bootstrap, as: id, at: now, using: &generator)
            }
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
        case .registration:
            read(BootstrapToDialInBridge.self, message, on: id) { bridge, message, now, generator in
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
        let ending = SocketEnding(
            isRemote: closure.initiator == .remote,
            code: closure.code?.rawValue,
            reason: closure.reason
        )
        sockets.remove(id)
        sockets.step { bridge, now, generator in
            bridge.closed(id, by: ending, at: now, using: &generator)
        }
    }

    private func read<Message: WireConversation>(
        _ type: Message.Type,
        _ message: WebSocketMessage,
        on id: ConnectionID,
        _ event: (inout Bridge, Message, Moment, inout BufferedRandomness) -> [BridgeAction]
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
