import ArgumentParser
import LoadDriver
import NIOPosix
import Telemetry
import WebSocketTransport

/// `causeway bench join`: how many newcomers a bootstrap server leads to a helper, and how long each waits.
struct BenchJoinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "join",
        abstract: "Measure joins: a new socket each, a given number under way at a time.",
        discussion: """
            One join is a new TCP connection, the WebSocket upgrade, register and get_peers_or_genesis sent at once, both \
            answers, and the close. The latency runs from the dial to the last answer. Without --bootstrap a bootstrap \
            server and two instant bridges run in processes of their own for the time of the measurement.
            """
    )

    @Option(help: "Bootstrap server to measure. Joins must lead to a helper there.")
    var bootstrap: String?

    @Option(help: "Joins under way at a time; a measurement for each.")
    var inFlight = CountList([1, 10, 100])

    @Option(help: "Joins of each measurement, after a warm-up.")
    var total = 10_000

    @OptionGroup var output: BenchOutput

    func validate() throws {
        guard total > 0 else { throw ValidationError("--total must be positive.") }
    }

    func run() async throws {
        if let bootstrap {
            try await measure(try WebSocketURL(bootstrap))
        } else {
            // Held to the end of the measurement: the servers end with these.
            let secret = BenchProcess.randomSecret()
            let bridges = try [BenchProcess.instantBridge(), BenchProcess.instantBridge()]
            let server = try BenchProcess.bootstrap(bridges: bridges.map { try $0.address() }, secret: secret)
            defer {
                server.stop()
                for bridge in bridges { bridge.stop() }
            }
            try await measure(try server.address())
        }
    }

    private func measure(_ target: WebSocketURL) async throws {
        let load = JoinLoad(target: target, inFlight: inFlight.counts, total: total)
        let report = try await load.run(
            group: MultiThreadedEventLoopGroup.singleton,
            clock: SystemClock(),
            logger: BenchCommand.logger
        )
        try output.show(report, table: report.table, failed: report.failed)
    }
}
