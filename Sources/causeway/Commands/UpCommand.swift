import ArgumentParser
import FoundationEssentials
import Logging
import PeerSwarm
import ServiceLifecycle
import Telemetry

/// `causeway up`: a whole network in one process, to see it work.
struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Run a whole network: bootstrap server, bridges and simulated peers.",
        discussion: """
            Everything speaks over real sockets on this machine. It runs until --for is over or the process is asked to end. \
            The exit code is 1 if any join failed.
            """
    )

    @Option(help: "How many simulated peers.")
    var peers = 25

    @Option(help: "How many bridges.")
    var bridges = 2

    @Option(help: "Address that everything listens on.")
    var host = "127.0.0.1"

    @Option(help: "Port of the bootstrap server, 0 for any free one.")
    var port = 8080

    @Option(name: .customLong("for"), help: "How long to run, for instance 20s or 2m. (default: until asked to end)")
    var duration: DurationArgument?

    @Option(help: "Peers that come per second. (default: all together, once the first is in)")
    var rate: Double?

    @OptionGroup
    var churn: ChurnOptions

    @Option(
        name: .customLong("state-dir"),
        help: "Where to keep state. (default: a temporary directory, removed at the end)"
    )
    var stateDirectory: String?

    @Flag(help: "Print one JSON object as the last line of standard output.")
    var json = false

    @Option(help: "error, warning, info, debug or trace.", transform: parseLogLevel)
    var logLevel = Logger.Level.error

    func validate() throws {
        guard (1...10_000).contains(peers) else { throw ValidationError("--peers must be between 1 and 10000.") }
        guard (1...100).contains(bridges) else { throw ValidationError("--bridges must be between 1 and 100.") }
        guard (0...65_535).contains(port) else { throw ValidationError("--port must be between 0 and 65535.") }
        if let rate, !(rate.isFinite && rate > 0) { throw ValidationError("--rate must be above zero.") }
    }

    func run() async throws {
        let temporary = stateDirectory == nil ? try TemporaryDirectory() : nil
        defer { temporary?.remove() }
        let logger = LogFormat.text.logger(label: "causeway.up", level: logLevel)
        var configuration = LocalNetwork.Configuration(
            host: host,
            port: port,
            peers: peers,
            bridges: bridges,
            stateDirectory: stateDirectory ?? temporary?.path ?? "."
        )
        if let rate { configuration.arrival = .perSecond(rate) }
        configuration.churn = churn.churn
        // Kept state remembers who is genesis, so the same peers have to come back.
        if stateDirectory != nil { configuration.seed = 1 }

        let network = LocalNetwork(configuration: configuration, logger: logger)
        let summary = try await runWithProgress(network, for: duration?.duration, logger: logger) { network.observe() }
        if json { try JSONReport.print(summary) }
        if summary.joins.failed > 0 { throw ExitCode(1) }
    }
}

/// A directory of our own under the system's temporary one.
private struct TemporaryDirectory {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "causeway-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    func remove() {
        // What cannot be removed is left to the system, which cleans this place.
        try? FileManager.default.removeItem(atPath: path)
    }
}
