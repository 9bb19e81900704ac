import ArgumentParser
import Logging
import NIOCore
import NIOPosix
import PeerSwarm
import ServiceLifecycle
import Telemetry
import WebSocketTransport

/// `causeway swarm`: simulated peers join a network through a bootstrap server.
struct SwarmCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "swarm",
        abstract: "Run simulated DHT peers that join through a bootstrap server.",
        discussion: """
            The peers speak the real protocol over real sockets. They stay until --for is over or the process is asked to \
            end. The exit code is 1 if any join failed.
            """
    )

    @Option(help: "WebSocket address of the bootstrap server.")
    var bootstrap: String

    @Option(help: "How many peers.")
    var peers = 25

    @Option(
        name: .customLong("for"),
        help: "How long to stay, for instance 500ms, 20s or 2m. (default: until asked to end)"
    )
    var duration: DurationArgument?

    @Option(help: "Peers that come per second. (default: all together, once the first is in)")
    var rate: Double?

    @Option(help: "Address that the peers listen on and name to others.")
    var host = "127.0.0.1"

    @Option(help: "How long one join may take.")
    var joinTimeout = DurationArgument(.seconds(30))

    @OptionGroup
    var churn: ChurnOptions

    @Option(help: "Makes ids and choices repeatable.")
    var seed: UInt64?

    @Flag(help: "Print one JSON object as the last line of standard output.")
    var json = false

    @Option(help: "error, warning, info, debug or trace.", transform: parseLogLevel)
    var logLevel = Logger.Level.error

    func validate() throws {
        guard (1...10_000).contains(peers) else { throw ValidationError("--peers must be between 1 and 10000.") }
        if let rate, !(rate.isFinite && rate > 0) { throw ValidationError("--rate must be above zero.") }
    }

    func run() async throws {
        var configuration = PeerSwarm.Configuration(bootstrap: try address(), count: peers)
        configuration.host = host
        configuration.joinTimeout = joinTimeout.duration
        configuration.churn = churn.churn
        configuration.seed = seed
        if let rate { configuration.arrival = .perSecond(rate) }
        let logger = LogFormat.text.logger(label: "causeway.swarm", level: logLevel)
        let swarm = PeerSwarm(
            configuration: configuration,
            group: MultiThreadedEventLoopGroup.singleton,
            logger: logger
        )

        let start = ContinuousClock.now
        let last = try await runWithProgress(swarm, for: duration?.duration, logger: logger) {
            let snapshot = swarm.snapshot()
            return (snapshot, show(snapshot, since: start))
        }
        try report(last)
    }

    private func address() throws -> WebSocketURL {
        do {
            return try WebSocketURL(bootstrap)
        } catch {
            throw ValidationError("--bootstrap \(bootstrap): \(error)")
        }
    }

    private func show(_ snapshot: SwarmSnapshot, since start: ContinuousClock.Instant) -> UpSnapshot {
        UpSnapshot(
            address: bootstrap,
            elapsed: start.duration(to: .now),
            expected: peers,
            connectedPeers: snapshot.connectedPeers,
            succeeded: snapshot.joins.succeeded,
            failed: snapshot.joins.failed,
            abandoned: snapshot.joins.abandoned,
            p50Ms: snapshot.joins.p50Ms,
            p99Ms: snapshot.joins.p99Ms,
            bridges: [],
            churn: churn.churn == .none ? nil : .init(snapshot.churn, snapshot.introductions),
            lastFailure: snapshot.failures.last?.reason
        )
    }

    private func report(_ snapshot: SwarmSnapshot) throws {
        if json { try JSONReport.print(snapshot) }
        if snapshot.joins.failed > 0 { throw ExitCode(1) }
    }
}

/// How many peers leave and are replaced.
struct ChurnOptions: ParsableArguments {
    @Option(
        name: .customLong("churn"),
        help: "Percent of the peers replaced per minute, from when the first ones are in."
    )
    var percent = 0.0

    @Option(
        name: .customLong("churn-silent"),
        help: "Percent of the leavers that fall silent without closing. Of the others a third is cut off abruptly."
    )
    var silentPercent = PeerSwarm.Churn.defaultSilentPercent

    var churn: PeerSwarm.Churn { percent > 0 ? .init(percentPerMinute: percent, silentPercent: silentPercent) : .none }

    func validate() throws {
        guard (0...6000).contains(percent) else { throw ValidationError("--churn must be between 0 and 6000.") }
        guard (0...100).contains(silentPercent) else {
            throw ValidationError("--churn-silent must be between 0 and 100.")
        }
    }
}
