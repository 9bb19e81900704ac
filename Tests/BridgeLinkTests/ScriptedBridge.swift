import Dispatch
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
        /// Reads up to the first outcome, and no further before `readOn`. Needs a loop of its own.
        case stopsReading
    }

    struct Seen: Sendable {
        var connections = 0
        var open = 0
        var requests: [NodeID] = []
        var requestsBeforeAuthentication = 0
        /// How whoever dialled called itself.
        var names: [String?] = []
        var outcomes: [IntroductionOutcome] = []
        var keys: [[BridgeKeys.Key]] = []
        var clients: [ConnectedClientsResponse] = []
    }

    let id: NodeID
    private let features: LinkFeatures
    private let publicKey: String?
    private let group: any EventLoopGroup
    private let gate = DispatchSemaphore(value: 0)
    let behaviour: Mutex<Behaviour>
    let seen = Mutex(Seen())
    private let sockets = Mutex<[UInt64: WebSocketConnection]>([:])
    private let changes: AsyncStream<Void>
    private let changed: AsyncStream<Void>.Continuation

    init(
        id: NodeID,
        _ behaviour: Behaviour = .answers,
        features: LinkFeatures = [],
        publicKey: String? = nil,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        self.group = group
        self.id = id
        self.features = features
        self.publicKey = publicKey
        self.behaviour = Mutex(behaviour)
        (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .unbounded)
    }

    /// Serves until cancelled; tells its port once it listens.
    func run(port: Int = 0, onListening: @escaping @Sendable (Int) -> Void) async throws {
        var configuration = WebSocketServer.Configuration(host: "127.0.0.1", port: port)
        configuration.drainTime = .milliseconds(200)
        let server = WebSocketServer(
            configuration: configuration,
            group: group,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onUpgrade: { [self] _ in .accept(Link(bridge: self)) },
            http: nil
        )
        try await server.run { onListening($0.port ?? 0) }
    }

    func behave(_ behaviour: Behaviour) {
        self.behaviour.withLock { $0 = behaviour }
    }

    func readOn() {
        behave(.answers)
        gate.signal()
    }

    /// Says it on every connection.
    func say(_ message: BridgeToBootstrap) {
        for socket in sockets.withLock({ $0.values.map { $0 } }) { socket.send(message.encode()) }
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
            case .bootstrapAuth(let auth):
                bridge.update { $0.names.append(auth.bootstrapServer) }
                if case .refusesSecret = behaviour {
                    connection.close(.normal, reason: "Unauthorized - invalid bridge auth token")
                    return
                }
                isAuthenticated.withLock { $0 = true }
                let success = AuthSuccess(
                    bridgeNodeID: bridge.id,
                    listeningAddress: "ws://listed",
                    publicWssAddress: "wss://listed",
                    features: bridge.features.names,
                    publicKey: bridge.publicKey
                )
                connection.send(BridgeToBootstrap.authSuccess(success).encode())
            case .getOnboardingPeer(let request):
                let early = !isAuthenticated.withLock { $0 }
                bridge.update {
                    $0.requests.append(request.newNodeID)
                    if early { $0.requestsBeforeAuthentication += 1 }
                }
                answer(request, behaviour, on: connection)
            case .introductionOutcome(let outcome):
                bridge.update { $0.outcomes.append(outcome) }
                if case .stopsReading = behaviour { bridge.gate.wait() }
            case .bridgeKeys(let message):
                bridge.update { $0.keys.append(message.keys) }
            case .connectedClientsResponse(let answer):
                bridge.update { $0.clients.append(answer) }
            case .cancelOnboardingPeer, .invitationForBridge, .validateReconnection, .connectGenesisPeer, .ping, .pong,
                .unknown:
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
            case .silent, .refusesSecret, .stopsReading:
                return
            }
            connection.send(BridgeToBootstrap.onboardingPeerResponse(response).encode())
        }
    }
}
