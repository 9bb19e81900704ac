import ArgumentParser
import LoadDriver
import WebSocketTransport

/// `causeway bench join`: how many newcomers a bootstrap server leads to a helper, and how long each waits.
struct BenchJoinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "join",
        abstract: "Measure joins: a new socket each, a given number under way at a time.",
        discussion: """
            One join is a new TCP connection, the WebSocket upgrade, register and get_peers_or_genesis sent at once, both \
            answers, and the close. The latency runs from the dial to the last answer. In turns with the joins, a bare \
            SwiftNIO server is connected to, upgraded, asked for an echo and left: what joins reach of that rate is \
            their share of the ceiling.

            Without --bootstrap a bootstrap server and two instant bridges run in processes of their own for the time of \
            the measurement.
            """
    )

    @Option(help: "Bootstrap server to measure (ws:// only). Joins must lead to a helper there.")
    var bootstrap: String?

    @Option(help: "Joins under way at a time; a measurement for each.")
    var inFlight = CountList([1, 100, 1_000])

    @Option(help: "Joins of each measurement, over all rounds, after a warm-up.")
    var total = 10_000

    @Option(help: "Rounds in which joins and bare cycles take turns.")
    var rounds = LoadDefaults.rounds

    @OptionGroup var output: BenchOutput

    func validate() throws {
        guard total > 0, rounds > 0 else { throw ValidationError("--total and --rounds must be positive.") }
    }

    func run() async throws {
        let stage = BenchStage()
        defer { stage.stop() }
        var target = try bootstrap.map { try WebSocketURL($0) }
        var process: ObservedProcess?
        if target == nil {
            let server = try stage.bootstrap(bridges: [stage.instantBridge(), stage.instantBridge()])
            target = server.url
            process = server.process
        }
        guard let target else { return }
        let load = JoinLoad(
            target: target,
            process: process,
            bare: try stage.echoServer(),
            inFlight: inFlight.counts,
            total: total,
            rounds: rounds
        )
        let report = try await load.run(stage.context(foreign: process == nil))
        try output.show(report, table: report.table, failed: report.failed)
    }
}
