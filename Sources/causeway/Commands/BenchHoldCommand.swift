import ArgumentParser
import LoadDriver
import Telemetry
import WebSocketTransport

/// `causeway bench hold`: what idle peers cost a bootstrap server, and the joins of others.
struct BenchHoldCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold",
        abstract: "Measure what idle registered peers cost: memory, and joins beside them.",
        discussion: """
            Peers connect from several loopback addresses, register, and stay, answering pings; they are processes of their \
            own. The memory of the server is read before the first of them, when all are there, and after they were held. Then \
            newcomers join beside them, and beside a hundred peers at another server, in turns. Every process takes all the \
            open files that the system allows; if those do not suffice, nothing is opened.

            Without --bootstrap the servers and their two instant bridges run for the time of the measurement. With it, joins \
            beside a hundred and beside all peers are measured at that server, one after the other.
            """
    )

    @Option(help: "Idle peers.")
    var peers = 10_000

    @Option(help: "Servers that share the peers, for more than one process may have open.")
    var servers = 1

    @Option(help: "Bootstrap server to measure, on this machine. Joins must lead to a helper there.")
    var bootstrap: String?

    @Option(help: "Process id of that server.")
    var pid: Int32?

    @Option(name: .customLong("for"), help: "How long to hold them before the memory is read.")
    var holding = DurationArgument(HoldDefaults.holding)

    @Option(help: "Joins of each round beside the peers; 0 for none.")
    var joins = HoldDefaults.joins

    @Option(help: "Rounds of joins beside few peers, and beside all.")
    var rounds = HoldDefaults.rounds

    @Option(help: "Joins under way at a time.")
    var inFlight = HoldDefaults.inFlight

    @Flag(inversion: .prefixedNo, help: "Hold as many connections at a bare NIO echo server, as the ceiling.")
    var ceiling = true

    @OptionGroup var output: BenchOutput

    func validate() throws {
        guard peers > 0, servers > 0, rounds > 0, inFlight > 0, joins >= 0 else {
            throw ValidationError("Numbers must be positive.")
        }
        try validateForeign(bootstrap, pid)
        guard bootstrap == nil || servers == 1 else {
            throw ValidationError("--servers is for servers of our own, not with --bootstrap.")
        }
    }

    func run() async throws {
        let descriptors = MachineLimits.takingAll(logger: BenchCommand.logger).descriptors
        // Checked before anything is started. Servers of our own take as many files as we may.
        let foreign = try foreignServer(bootstrap, pid)
        let beside = foreign == nil || joins == 0 ? 0 : HoldDefaults.few
        let plan = try HoldPlan(
            peers: peers,
            servers: servers,
            descriptors: descriptors,
            serverDescriptors: foreign.map { $0.process.descriptorLimit().map { $0 - beside } } ?? descriptors
        )
        let stage = BenchStage()
        defer { stage.stop() }
        var load = HoldLoad(servers: foreign.map { [$0] } ?? [], plan: plan)
        if foreign == nil {
            let bridges = try [stage.instantBridge(), stage.instantBridge()]
            func server() throws -> MeasuredServer {
                try stage.bootstrap(bridges: bridges, maxPeers: peers + HoldDefaults.maxUnderWay)
            }
            load.servers = try (0..<servers).map { _ in try server() }
            if joins > 0 { load.serverWithFew = try server() }
        }
        if ceiling { load.echo = try stage.echoServer() }
        load.holding = holding.duration
        if joins > 0 {
            var rounds = JoinRounds()
            rounds.count = joins
            rounds.rounds = self.rounds
            rounds.inFlight = inFlight
            load.joins = rounds
        }
        let report = try await load.run(
            context: stage.context(foreign: foreign != nil),
            open: { try HoldingProcess(url: $0, kind: $1, share: $2) }
        )
        try output.show(report, table: report.table, failed: report.failed)
    }
}

/// Both or neither.
func validateForeign(_ bootstrap: String?, _ pid: Int32?) throws {
    guard (bootstrap == nil) == (pid == nil) else {
        throw ValidationError("--bootstrap and --pid belong together: the server, and its process on this machine.")
    }
}

/// A server that somebody else started; nil if none was named.
func foreignServer(_ bootstrap: String?, _ pid: Int32?) throws -> MeasuredServer? {
    guard let bootstrap, let pid else { return nil }
    let process = ObservedProcess(id: pid)
    // Not after a minute, if ever.
    _ = try process.reading()
    return MeasuredServer(url: try WebSocketURL(bootstrap), process: process)
}
