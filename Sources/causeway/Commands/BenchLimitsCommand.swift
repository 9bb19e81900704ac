import ArgumentParser
import LoadDriver

/// `causeway bench limits`: the ceiling of all other figures.
struct BenchLimitsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limits",
        abstract: "Measure the ceiling: a bare SwiftNIO WebSocket echo server on this machine, with the same load.",
        discussion: """
            Two figures: how often the server is connected to, upgraded, asked for an echo as large as what a newcomer says, \
            and left; and how many messages as large as an onboarding request it echoes over one connection.
            """
    )

    @Option(help: "Connections at a time; a measurement for each.")
    var inFlight = CountList([1, 100, 1_000])

    @Option(help: "Connections of each measurement, over all rounds, after a warm-up.")
    var total = 10_000

    @Option(help: "Messages under way at a time over one connection.")
    var window = 128

    @Option(help: "Messages over one connection, over all rounds, after a warm-up.")
    var messages = 1_000_000

    @Option(help: "Rounds of each measurement.")
    var rounds = LoadDefaults.rounds

    @OptionGroup var output: BenchOutput

    func validate() throws {
        guard total > 0, window > 0, messages > 0, rounds > 0 else {
            throw ValidationError("Numbers must be positive.")
        }
    }

    func run() async throws {
        let stage = BenchStage()
        defer { stage.stop() }
        let load = LimitsLoad(
            bare: try stage.echoServer(),
            inFlight: inFlight.counts,
            total: total,
            window: window,
            messages: messages,
            rounds: rounds
        )
        let report = try await load.run(stage.context())
        try output.show(report, table: report.table, failed: report.failed)
    }
}
