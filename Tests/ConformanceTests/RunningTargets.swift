import BootstrapCore
import BootstrapServer
import BridgeLink
import BridgeNode
import Conformance
import Logging
import NIOCore
import NIOPosix
import StateStore
import Telemetry
import WebSocketTransport

/// Our own bootstrap server and a bridge, on free ports of 127.0.0.1, for the length of one closure.
struct RunningTargets: Sendable {
    static let secret = Secret("the shared secret")

    let bootstrap: WebSocketURL
    let bridge: WebSocketURL
    let monitor: WebSocketURL

    static func run<Result: Sendable>(_ body: @Sendable (RunningTargets) async throws -> Result) async throws -> Result
    {
        let group = MultiThreadedEventLoopGroup.singleton
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        var node = BridgeNode.Configuration(secret: secret)
        node.host = "127.0.0.1"
        node.port = 0
        node.metricsHost = "127.0.0.1"
        node.metricsPort = 0
        node.drainTime = .seconds(1)
        let bridge = BridgeNode(
            configuration: node,
            identity: .random(),
            group: group,
            clock: SystemClock(),
            logger: quiet
        )
        return try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await bridge.run() }
            let bridgeURL = try WebSocketURL("ws://127.0.0.1:\(try await bridge.listeningAddress().port ?? 0)")
            var configuration = BootstrapServer.Configuration(secret: secret)
            configuration.host = "127.0.0.1"
            configuration.port = 0
            configuration.closingTime = .seconds(1)
            configuration.decisions.createNewDHT = true
            configuration.decisions.openNetwork = true
            configuration.bridges = [BridgeTarget(bridgeURL)]
            let bootstrap = try BootstrapServer(
                configuration: configuration,
                ledger: InMemoryGenesisLedger(),
                group: group,
                clock: SystemClock(),
                logger: quiet
            )
            tasks.addTask { try await bootstrap.run() }
            let port = try await bootstrap.listeningAddress().port ?? 0
            guard await bootstrap.linkedToAllBridges(within: .seconds(30)) else { throw NotLinked() }
            let targets = RunningTargets(
                bootstrap: try WebSocketURL("ws://127.0.0.1:\(port)"),
                bridge: bridgeURL,
                monitor: try WebSocketURL("ws://127.0.0.1:\(try await bridge.metricsAddress().port ?? 0)")
            )
            let result = try await body(targets)
            tasks.cancelAll()
            while let ended = await tasks.nextResult() {
                if case .failure(let error) = ended, !(error is CancellationError) { throw error }
            }
            return result
        }
    }

    struct NotLinked: Error {}
}

/// A run of the kit as the command makes it.
func conformance(
    of url: WebSocketURL,
    secret: Secret? = RunningTargets.secret,
    monitor: WebSocketURL? = nil,
    kind: TargetKind? = nil,
    only: Set<String> = [],
    isThrowAway: Bool = true
) async throws -> ConformanceReport {
    var run = ConformanceRun(
        address: TargetAddress(url: url, secret: secret, monitor: monitor),
        group: MultiThreadedEventLoopGroup.singleton
    )
    run.kind = kind
    run.only = only
    run.isThrowAway = isThrowAway
    return try await run()
}
