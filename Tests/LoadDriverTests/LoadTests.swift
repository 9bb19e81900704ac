import Kademlia
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Telemetry
import Testing
import WebSocketTransport
import WireMessages

@testable import LoadDriver

/// The loads against scripted servers on loopback.
@Suite(.timeLimit(.minutes(1))) struct LoadTests {
    private let group = MultiThreadedEventLoopGroup.singleton
    private let clock = SystemClock()
    private let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    /// Runs a server for as long as `body` takes.
    private func serving<Result: Sendable>(
        _ serve: @escaping @Sendable (@escaping @Sendable (SocketAddress) -> Void) async throws -> Void,
        _ body: (WebSocketURL) async throws -> Result
    ) async throws -> Result {
        let listening = ListeningAddress(on: group.next())
        let server = Task {
            defer { listening.fail() }
            try await serve { listening.resolve($0) }
        }
        defer { server.cancel() }
        let port = try #require(try await listening.value().port)
        return try await body(WebSocketURL(scheme: .ws, host: "127.0.0.1", port: port))
    }

    private func servingBootstrap<Result: Sendable>(
        _ bootstrap: ScriptedBootstrap,
        _ body: (WebSocketURL) async throws -> Result
    ) async throws -> Result {
        let server = WebSocketServer(
            configuration: WebSocketServer.Configuration(host: "127.0.0.1", port: 0),
            group: group,
            logger: logger,
            onUpgrade: { _ in .accept(bootstrap) },
            http: nil
        )
        return try await serving({ try await server.run(onListening: $0) }, body)
    }

    @Test func requestsOverOneLinkAndOverOneConnectionEachAllSucceed() async throws {
        let bridge = InstantBridge(host: "127.0.0.1", port: 0, nodeID: 0xb1)
        let report = try await serving({ [group, logger] listening in
            try await bridge.run(group: group, logger: logger, onListening: listening)
        }) { target in
            try await RequestLoad(target: target, secret: Secret("s"), windows: [1, 8], total: 40)
                .run(group: group, clock: clock, logger: logger)
        }
        #expect(report.failed == 0)
        #expect(report.windows.map(\.window) == [1, 8])
        for window in report.windows {
            #expect(window.linksOpened == 1)
            #expect(window.persistent.succeeded == 40)
            #expect(window.perConnection.succeeded == 40)
            #expect(window.ratio.throughputByRound.count == LoadDefaults.rounds)
        }
    }

    @Test func joinsAreCountedAfterTheWarmUp() async throws {
        let bootstrap = ScriptedBootstrap(refusing: .max)
        let report = try await servingBootstrap(bootstrap) { target in
            try await JoinLoad(target: target, inFlight: [1, 5], total: 20)
                .run(group: group, clock: clock, logger: logger)
        }
        #expect(report.failed == 0)
        #expect(report.levels.map(\.joins.succeeded) == [20, 20])
        // One first peer; 3 and 15 joins to warm up.
        #expect(bootstrap.asked.load(ordering: .relaxed) == 1 + 3 + 20 + 15 + 20)
    }

    @Test func refusedJoinsAreReportedByReason() async throws {
        let bootstrap = ScriptedBootstrap(refusing: 10)
        let report = try await servingBootstrap(bootstrap) { target in
            try await JoinLoad(target: target, inFlight: [1], total: 20).run(group: group, clock: clock, logger: logger)
        }
        let joins = try #require(report.levels.first?.joins)
        // The tenth, the twentieth: 1 first peer, 3 to warm up, 20 joins.
        #expect(joins.failures == ["refused: no_helper": 2])
        #expect(joins.succeeded == 18)
        #expect(report.failed == 2)
    }

    @Test func bootstrapThatRefusesTheFirstPeerIsAnErrorAndNotAMeasurement() async throws {
        try await servingBootstrap(ScriptedBootstrap(refusing: 1)) { target in
            _ = await #expect(throws: LoadError.firstPeer("refused: no_helper")) {
                try await JoinLoad(target: target, inFlight: [1], total: 1)
                    .run(group: group, clock: clock, logger: logger)
            }
        }
    }
}

/// Answers like a bootstrap with a helper at hand; the first who asks is genesis, and one in `interval` is refused.
private final class ScriptedBootstrap: WebSocketHandler {
    let asked = Atomic<Int>(0)
    private let interval: Int

    init(refusing interval: Int) {
        self.interval = interval
    }

    func opened(_ connection: WebSocketConnection) {}

    func received(_ message: WebSocketMessage, on connection: WebSocketConnection) {
        guard let message = try? PeerToBootstrap.decode(Array(message.payload.readableBytesView)) else { return }
        if case .register(let register) = message {
            connection.send(BootstrapToPeer.registered(Registered(nodeID: register.nodeID)).encode())
        } else if case .getPeersOrGenesis(let question) = message {
            connection.send(BootstrapToPeer.response(answer(to: question)).encode())
        }
    }

    private func answer(to question: GetPeersOrGenesis) -> Response {
        let number = asked.add(1, ordering: .relaxed).newValue
        if number.isMultiple(of: interval) { return .failure(question.requestID, error: "none", code: "no_helper") }
        let helper = PeerEntry(nodeID: .node(0xb1))
        let answer: JoinAnswer =
            number == 1 ? JoinAnswer(peers: [], isGenesis: true) : .peerFound(helper: helper, membershipToken: nil)
        return .success(question.requestID, .join(answer))
    }

    func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) {}
}
