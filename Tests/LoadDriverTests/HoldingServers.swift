import Kademlia
import Logging
import NIOCore
import NIOPosix
import Synchronization
import WebSocketTransport
import WireMessages

@testable import LoadDriver

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Scripted servers on loopback, in this process, for tests of loads that last.
enum HoldingServers {
    static let group = MultiThreadedEventLoopGroup.singleton
    static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    /// Runs a server for as long as `body` takes.
    static func serving<Result: Sendable>(
        _ handler: any WebSocketHandler,
        _ body: (MeasuredServer) async throws -> Result
    ) async throws -> Result {
        let server = WebSocketServer(
            configuration: WebSocketServer.Configuration(host: "127.0.0.1", port: 0),
            group: group,
            logger: logger,
            onUpgrade: { _ in .accept(handler) },
            http: nil
        )
        return try await serving({ try await server.run(onListening: $0) }, body)
    }

    static func serving<Result: Sendable>(
        _ serve: @escaping @Sendable (@escaping @Sendable (SocketAddress) -> Void) async throws -> Void,
        _ body: (MeasuredServer) async throws -> Result
    ) async throws -> Result {
        let listening = ListeningAddress(on: group.next())
        let server = Task {
            defer { listening.fail() }
            try await serve { listening.resolve($0) }
        }
        defer { server.cancel() }
        let url = WebSocketURL(scheme: .ws, host: "127.0.0.1", port: try await listening.value().port ?? 0)
        return try await body(MeasuredServer(url: url, process: ObservedProcess(id: getpid())))
    }
}

/// Answers like a bootstrap with a helper at hand. The first who asks is genesis.
final class ScriptedEntrance: WebSocketHandler {
    struct State {
        var open = 0
        var mostOpen = 0
        var registered = 0
        var asked = 0
        /// Where connections came from.
        var sources: Set<String> = []
        var closings: [CheckedContinuation<Void, Never>] = []
    }

    let state = Mutex(State())
    /// One in so many registrations is refused.
    private let refusing: Int
    /// One in so many registrations is followed by a close.
    private let leaving: Int

    init(refusing: Int = .max, leaving: Int = .max) {
        self.refusing = refusing
        self.leaving = leaving
    }

    /// Returns when no connection is open.
    func untilEmpty() async {
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                if state.open > 0 { state.closings.append(continuation) }
                return state.open == 0
            }
            if isEmpty { continuation.resume() }
        }
    }

    func opened(_ connection: WebSocketConnection) {
        state.withLock { state in
            state.open += 1
            state.mostOpen = max(state.mostOpen, state.open)
            if let source = connection.remoteAddress?.ipAddress { state.sources.insert(source) }
        }
    }

    func received(_ message: WebSocketMessage, on connection: WebSocketConnection) {
        guard let message = try? PeerToBootstrap.decode(Array(message.payload.readableBytesView)) else { return }
        if case .register(let register) = message {
            let number = state.withLock { state in
                state.registered += 1
                return state.registered
            }
            if number.isMultiple(of: refusing) {
                connection.send(BootstrapToPeer.error(ErrorNotice(message: "full", code: "full")).encode())
            } else {
                connection.send(BootstrapToPeer.registered(Registered(nodeID: register.nodeID)).encode())
                if number.isMultiple(of: leaving) { connection.close(.goingAway, reason: "restart") }
            }
        } else if case .getPeersOrGenesis(let question) = message {
            let isFirst = state.withLock { state in
                state.asked += 1
                return state.asked == 1
            }
            let helper = PeerEntry(nodeID: .node(0xb1))
            let answer: JoinAnswer =
                isFirst ? JoinAnswer(peers: [], isGenesis: true) : .peerFound(helper: helper, membershipToken: nil)
            connection.send(BootstrapToPeer.response(.success(question.requestID, .join(answer))).encode())
        }
    }

    func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) {
        let closings = state.withLock { state in
            state.open -= 1
            guard state.open == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { state.closings = [] }
            return state.closings
        }
        for closing in closings { closing.resume() }
    }
}

/// Says back what it hears.
final class Echo: WebSocketHandler {
    func opened(_ connection: WebSocketConnection) {}
    func received(_ message: WebSocketMessage, on connection: WebSocketConnection) { connection.send(message) }
    func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) {}
}
