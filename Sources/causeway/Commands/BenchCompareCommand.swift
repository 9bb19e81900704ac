import ArgumentParser
import LoadDriver
import Telemetry

/// `causeway bench compare`: what the persistent link is worth from end to end; also a guard against regressions.
struct BenchCompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare one persistent link per bridge with one connection per request.",
        discussion: """
            Same program, same run, alternating rounds: joins through two bootstrap servers that differ in their \
            --bridge-mode only, bare echo cycles as the ceiling, and requests at an instant bridge, over one link and over one \
            connection each. Every ratio comes with a 95 % confidence interval.

            With --require the command fails, naming the ratio, unless requests over one link have at most \
            \(LoadDefaults.maxMedianRatio) of the median latency and at least \(LoadDefaults.minThroughputRatio) times the \
            throughput of one connection each, joins reach --min-of-ceiling, and nothing failed. These bounds leave slack \
            around the targets, and being ratios, they hold on a slow or busy machine too. Without it, only failed operations \
            fail the command.
            """
    )

    @Option(help: "Rounds; at least \(Self.leastRounds). (default: 7, with --quick \(Self.leastRounds))")
    var rounds: Int?

    @Option(
        help: """
            Joins in each mode, and requests over a connection each, over all rounds; ten times as many requests over one \
            link. (default: 14000, with --quick 5000)
            """
    )
    var total: Int?

    @Option(help: "Joins or requests under way at a time.")
    var inFlight = 100

    @Flag(help: "Fewer rounds and smaller ones, for checks of every change.")
    var quick = false

    @Flag(help: "Fail unless the ratios hold.")
    var require = false

    @Option(help: "What joins must reach of the rate of bare cycles, with --require.")
    var minOfCeiling = LoadDefaults.minOfCeiling

    @OptionGroup var output: BenchOutput

    /// Fewer give no useful confidence interval.
    private static let leastRounds = 5

    /// Ratios that do not hold.
    struct Missed: Error, CustomStringConvertible {
        var requirements: [CompareReport.Requirement]

        var description: String { requirements.map(\.text).joined(separator: "; ") }
    }

    func validate() throws {
        guard inFlight > 0, total ?? 1 > 0 else { throw ValidationError("Numbers must be positive.") }
        guard rounds ?? Self.leastRounds >= Self.leastRounds else {
            throw ValidationError("--rounds must be at least \(Self.leastRounds).")
        }
    }

    func run() async throws {
        let stage = BenchStage()
        defer { stage.stop() }
        let bridges = try [stage.instantBridge(), stage.instantBridge()]
        let load = CompareLoad(
            persistent: try stage.bootstrap(bridges: bridges),
            stateless: try stage.bootstrap(bridges: bridges, stateless: true),
            bare: try stage.echoServer(),
            bridge: try stage.instantBridge(),
            secret: Secret(stage.secret),
            inFlight: inFlight,
            total: total ?? (quick ? 5_000 : 14_000),
            rounds: rounds ?? (quick ? Self.leastRounds : 7)
        )
        let report = try await load.run(stage.context(), logger: BenchCommand.logger, minOfCeiling: minOfCeiling)
        // What failed is among the requirements.
        try output.show(report, table: report.table, failed: require ? 0 : report.failed)
        if require, !report.missed.isEmpty { throw Missed(requirements: report.missed) }
    }
}
