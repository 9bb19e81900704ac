import Kademlia
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
    private let context = LoadContext(group: MultiThreadedEventLoopGroup.singleton, clock: SystemClock(), processes: [])

    private func echoing<Result: Sendable>(_ body: (MeasuredServer) async throws -> Result) async throws -> Result {
        let server = EchoServer(host: "127.0.0.1", port: 0)
        return try await HoldingServers.serving(
            { [group] in try await server.run(group: group, onListening: $0) },
            body
        )
    }

    private func bridging<Result: Sendable>(_ body: (MeasuredServer) async throws -> Result) async throws -> Result {
        let bridge = InstantBridge(host: "127.0.0.1", port: 0, nodeID: 0xb1)
        return try await HoldingServers.serving(
            { [group] listening in
                try await bridge.run(group: group, logger: HoldingServers.logger, onListening: listening)
            },
            body
        )
    }

    private func joins(at bootstrap: ScriptedBootstrap, inFlight: [Int]) async throws -> JoinLoadReport {
        try await echoing { bare in
            try await HoldingServers.serving(bootstrap) { server in
                try await JoinLoad(
                    target: server.url,
                    process: server.process,
                    bare: bare,
                    inFlight: inFlight,
                    total: 20,
                    rounds: 2
                ).run(context)
            }
        }
    }

    @Test func requestsOverOneLinkAndOverOneConnectionEachAllSucceed() async throws {
        let report = try await bridging { bridge in
            try await RequestLoad(
                target: bridge.url,
                process: bridge.process,
                secret: Secret("s"),
                windows: [1, 8],
                total: 40
            ).run(context, logger: HoldingServers.logger)
        }
        #expect(report.failed == 0)
        #expect(report.windows.map(\.window) == [1, 8])
        for window in report.windows {
            #expect(window.linksOpened == 1)
            #expect(window.persistent.all.succeeded == 40 * LoadDefaults.linkTurns)
            #expect(window.perConnection.all.succeeded == 40)
            #expect(window.ratio.throughput?.byRound.count == LoadDefaults.rounds)
        }
        #expect(report.table.contains("window 8, one link"))
    }

    @Test func joinsAreCountedAfterTheWarmUpAndTakeTurnsWithBareCycles() async throws {
        let bootstrap = ScriptedBootstrap(refusing: .max)
        let report = try await joins(at: bootstrap, inFlight: [1, 5])
        #expect(report.failed == 0)
        #expect(report.levels.map(\.joins.all.succeeded) == [20, 20])
        #expect(report.levels.map(\.bare.all.succeeded) == [20, 20])
        for level in report.levels {
            #expect(level.ofCeiling?.byRound.count == 2)
            #expect(level.joins.cpuMicroseconds.server != nil)
        }
        // One first peer; 3 and 15 joins to warm up.
        #expect(bootstrap.asked.load(ordering: .relaxed) == 1 + 3 + 20 + 15 + 20)
        #expect(report.table.contains("5 in flight: joins reach "))
    }

    @Test func refusedJoinsAreReportedByReason() async throws {
        let report = try await joins(at: ScriptedBootstrap(refusing: 10), inFlight: [1])
        let joins = try #require(report.levels.first?.joins.all)
        // The tenth, the twentieth: 1 first peer, 3 to warm up, 20 joins.
        #expect(joins.failures == ["refused: no_helper": 2])
        #expect(joins.succeeded == 18)
        #expect(report.failed == 2)
        #expect(report.table.contains("FAILED: 1 in flight, joins: 2 operations"))
    }

    @Test func bootstrapThatRefusesTheFirstPeerIsAnErrorAndNotAMeasurement() async throws {
        _ = await #expect(throws: LoadError.firstPeer("refused: no_helper")) {
            try await joins(at: ScriptedBootstrap(refusing: 1), inFlight: [1])
        }
    }

    @Test func limitsAreThoseOfABareServer() async throws {
        let report = try await echoing { bare in
            try await LimitsLoad(bare: bare, inFlight: [1, 4], total: 20, window: 8, messages: 100, rounds: 2)
                .run(context)
        }
        #expect(report.failed == 0)
        #expect(report.cycles.map(\.cycles.all.succeeded) == [20, 20])
        let echo = try #require(report.echo)
        #expect(echo.perSecondByRound.count == 2)
        #expect(echo.perSecond > 0)
        #expect(report.table.contains("messages of"))
    }

    @Test func bothModesAreComparedInOneRun() async throws {
        let report = try await echoing { bare in
            try await bridging { bridge in
                try await HoldingServers.serving(ScriptedBootstrap(refusing: .max)) { persistent in
                    try await HoldingServers.serving(ScriptedBootstrap(refusing: .max)) { stateless in
                        try await CompareLoad(
                            persistent: persistent,
                            stateless: stateless,
                            bare: bare,
                            bridge: bridge,
                            secret: Secret("s"),
                            inFlight: 4,
                            total: 25,
                            rounds: 5
                        ).run(context, logger: HoldingServers.logger, minOfCeiling: 1_000)
                    }
                }
            }
        }
        #expect(report.failed == 0)
        #expect(report.joins.persistent.all.succeeded == 25)
        #expect(report.joins.stateless.all.succeeded == 25)
        #expect(report.joins.ratio.throughput?.byRound.count == 5)
        #expect(report.requests.first?.persistent.all.succeeded == 25 * LoadDefaults.linkTurns)
        // Nobody is a thousand times faster than a bare server.
        #expect(report.missed.map(\.name).contains("joins.ofCeiling"))
        #expect(report.table.hasSuffix(report.verdict))
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
