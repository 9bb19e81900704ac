import Kademlia
import Logging
import NIOCore
import NIOPosix
import Synchronization
import WebSocketTransport
import WireMessages

/// A bridge on a real port whose answers a test chooses.
final class ScriptedBridge: Sendable {
    enum Behaviour: Sendable {
        case answers
        case silent
        case busy
        case hangsUp
        case refusesSecret
    }

    struct Seen: Sendable {
        var connections = 0
        var open = 0
        var requests: [NodeID] = []
        var requestsBeforeAuthentication = 0
    }

    let id: NodeID
    let behaviour: Mutex<Behaviour>
    let seen = Mutex(Seen())
    private let sockets = Mutex<[UInt64: WebSocketConnection]>([:])
    private let changes: AsyncStream<Void>
    private let changed: AsyncStream<Void>.Continuation

    init(id: NodeID, _ behaviour: Behaviour = .answers) {
        self.id = id
        self.behaviour = Mutex(behaviour)
        (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .unbounded)
    }

    /// Serves until cancelled; tells its port once it listens.
    func run(port: Int = 0, onListening: @escaping @Sendable (Int) -> Void) async throws {
        var configuration = WebSocketServer.Configuration(host: "127.0.0.1", port: port)
        configuration.drainTime = .milliseconds(200)
        let server = WebSocketServer(
            configuration: configuration,
            group: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onUpgrade: { [self] _ in .accept(Link(bridge: self)) },
            http: nil
        )
        try await server.run { onListening($0.port ?? 0) }
    }

    /// Cuts every connection without a word, as a killed process does.
    func cutAll() {
        for socket in sockets.withLock({ $0.values.map { $0 } }) { socket.abort() }
    }

    /// Waits until what the bridge saw satisfies the condition.
    func waitUntil(_ condition: @Sendable (Seen) -> Bool) async {
        if condition(seen.withLock { $0 }) { return }
        for await _ in changes where condition(seen.withLock { $0 }) { return }
    }

    private func update(_ body: (inout Seen) -> Void) {
        seen.withLock { body(&$0) }
        changed.yield()
    }

    private final class Link: WebSocketHandler {
        private let bridge: ScriptedBridge
        private let isAuthenticated = Mutex(false)

        init(bridge: ScriptedBridge) {
            self.bridge = bridge
        }

        func opened(_ connection: WebSocketConnection) {
            bridge.sockets.withLock { $0[connection.id] = connection }
            bridge.update {
                $0.connections += 1
                $0.open += 1
            }
        }

        func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) {
            bridge.sockets.withLock { $0[connection.id] = nil }
            bridge.update { $0.open -= 1 }
        }

        func received(_ message: WebSocketMessage, on connection: WebSocketConnection) {
            guard let decoded = try? BootstrapToBridge.decode(Array(message.payload.readableBytesView)) else { return }
            let behaviour = bridge.behaviour.withLock { $0 }
            switch decoded {
            case .bootstrapAuth:
                if case .refusesSecret = behaviour {
                    connection.close(.normal, reason: "Unauthorized - invalid bridge auth token")
                    return
                }
                isAuthenticated.withLock { $0 = true }
                let success = AuthSuccess(
                    bridgeNodeID: bridge.id,
                    listeningAddress: "ws://listed",
                    publicWssAddress: "wss://listed",
                    features: []
                )
                connection.send(BridgeToBootstrap.authSuccess(success).encode())
            case .getOnboardingPeer(let request):
                let early = !isAuthenticated.withLock { $0 }
                bridge.update {
                    $0.requests.append(request.newNodeID)
                    if early { $0.requestsBeforeAuthentication += 1 }
                }
                answer(request, behaviour, on: connection)
            case .cancelOnboardingPeer, .invitationForBridge, .ping, .pong, .unknown:
                break
            }
        }

        private func answer(_ request: GetOnboardingPeer, _ behaviour: Behaviour, on connection: WebSocketConnection) {
            var response = OnboardingPeerResponse(requestID: request.requestID, success: true)
            switch behaviour {
            case .answers:
                // The helper repeats the newcomer's id, so that a test sees whose answer it got.
                response.data = .answer(OnboardingAnswer(inviterPeerID: request.newNodeID))
            case .busy:
                response.success = false
                response.error = "busy"
                response.code = "busy"
                response.retryAfterMs = 5_000
            case .hangsUp:
                connection.abort()
                return
            case .silent, .refusesSecret:
                return
            }
            connection.send(BridgeToBootstrap.onboardingPeerResponse(response).encode())
        }
    }
}
