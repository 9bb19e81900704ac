import ArgumentParser
import LoadDriver
import Telemetry

/// `causeway bench soak`: joins at a constant rate for a long time, and what the server uses meanwhile.
struct BenchSoakCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "soak",
        abstract: "Measure joins at a constant rate with churn, and whether memory and open files stay flat.",
        discussion: """
            Joins start when they are due, whether or not those before them have ended, and each latency counts from \
            then. Every newcomer stays until the population is full and it is the oldest, and leaves then. Memory and open \
            files of the server are read every second from when the population is full.

            \(SoakTrend.rule).

            Without --bootstrap a bootstrap server and two instant bridges run in processes of their own for the time of the \
            measurement.
            """
    )

    @Option(help: "Joins a second.")
    var rate = HoldDefaults.soakRate

    @Option(name: .customLong("for"), help: "For how long.")
    var duration = DurationArgument(HoldDefaults.soakTime)

    @Option(help: "Members that stay.")
    var population = HoldDefaults.population

    @Option(help: "Bootstrap server to measure, on this machine. Joins must lead to a helper there.")
    var bootstrap: String?

    @Option(help: "Process id of that server.")
    var pid: Int32?

    @OptionGroup var output: BenchOutput

    func validate() throws {
        guard rate > 0, rate <= 1_000_000, population > 0, duration.duration > .zero else {
            throw ValidationError("--rate, --population and --for must be positive.")
        }
        try validateForeign(bootstrap, pid)
    }

    func run() async throws {
        let descriptors = MachineLimits.takingAll(logger: BenchCommand.logger).descriptors
        let foreign = try foreignServer(bootstrap, pid)
        // The members, and nobody else for long; an address has more ports than that.
        _ = try HoldPlan(
            peers: population,
            servers: 1,
            descriptors: descriptors,
            serverDescriptors: foreign.map { $0.process.descriptorLimit() } ?? descriptors
        )
        let stage = BenchStage()
        defer { stage.stop() }
        let server: MeasuredServer
        if let foreign {
            server = foreign
        } else {
            let bridges = try [stage.instantBridge(), stage.instantBridge()]
            server = try stage.bootstrap(bridges: bridges, maxPeers: population + HoldDefaults.maxUnderWay)
        }
        var load = SoakLoad(server: server)
        load.rate = rate
        load.duration = duration.duration
        load.population = population
        let report = try await load.run(stage.context(foreign: foreign != nil))
        try output.show(report, table: report.table, failed: report.failed)
    }
}
