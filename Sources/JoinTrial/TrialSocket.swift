import NIOCore
import Synchronization
import WebSocketTransport
import WireMessages

/// The trial's WebSocket: keeps what it hears until the trial looks.
final class TrialSocket: WebSocketHandler {
    enum Heard: Sendable {
        case message(BootstrapToPeer)
        /// Not a message of the network, which ends the trial: somebody else listens there.
        case nonsense(String)
        case closed(WebSocketClosure)
    }

    private struct Inbox: Sendable {
        var waiting: [Heard] = []
        var closure: WebSocketClosure?
    }

    private let inbox: Watched<Inbox>
    private let connection = Mutex<WebSocketConnection?>(nil)

    init(on eventLoop: any EventLoop) {
        inbox = Watched(Inbox(), on: eventLoop)
    }

    func send(_ message: PeerToBootstrap) {
        connection.withLock { $0 }?.send(message.encode())
    }

    /// Says goodbye, and waits a little until the other end has heard it.
    func leave() async {
        guard let connection = connection.withLock({ $0 }) else { return }
        connection.close(.normal, reason: "")
        // Also when the task is cancelled: then nobody waits.
        _ = try? await inbox.first(within: JoinTrialDefaults.goodbye) { $0.closure }
    }

    /// The next thing that is heard; nil after `limit`.
    func next(within limit: Duration) async throws -> Heard? {
        try await inbox.first(within: limit) { inbox in
            if !inbox.waiting.isEmpty { return inbox.waiting.removeFirst() }
            return inbox.closure.map { .closed($0) }
        }
    }

    // MARK: WebSocketHandler

    func opened(_ connection: WebSocketConnection) {
        self.connection.withLock { $0 = connection }
    }

    func received(_ message: WebSocketMessage, on connection: WebSocketConnection) {
        let heard: Heard
        do throws(WireError) {
            let decoded = try BootstrapToPeer.decode(Array(message.payload.readableBytesView))
            // To be ignored (protocol.md 0.4).
            if case .unknown = decoded { return }
            heard = .message(decoded)
        } catch {
            switch error.reason {
            // A message of a shape that we do not know is no reason to call the server wrong.
            case .missingField, .invalidField: return
            case .notJSON, .notAnObject, .missingType: heard = .nonsense("\(error)")
            }
        }
        inbox.update { inbox in
            if inbox.waiting.count < JoinTrialDefaults.maxWaitingMessages { inbox.waiting.append(heard) }
        }
    }

    func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) {
        inbox.update { $0.closure = closure }
    }
}
