import ArgumentParser
import Conformance
import NIOPosix
import Telemetry
import WebSocketTransport

/// `causeway conformance`: does a bootstrap server or a bridge keep the wire contract?
struct ConformanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conformance",
        abstract: "Check a running bootstrap server or bridge against the wire contract.",
        discussion: """
            Works against any server of the network, whoever wrote it. It harms nobody: what would get in the way of real \
            peers, or could make the kit the first peer of a real network, is left out unless --fresh says that the network \
            is there to be thrown away.

            The exit code is 1 if the target deviates from the contract, and 2 if it cannot be reached.
            """
    )

    @Argument(help: "WebSocket address of the target, for instance ws://localhost:8080 or wss://example.org/ws.")
    var url: String

    @Option(help: "bootstrap or bridge. (default: found out by asking)")
    var kind: TargetKind?

    @Option(help: "Run only the case with this id; once for each.")
    var only: [String] = []

    @Flag(help: "The network is a throw-away one: become its first peer if it has none, and play a bridge too.")
    var fresh = false

    @Option(
        help:
            "File whose first line is the secret that bootstraps and bridges share. (BRIDGE_AUTH_FILE, or BRIDGE_AUTH)"
    )
    var bridgeAuthFile: String?

    @Option(help: "PEM file with an authority to trust besides the system's, for wss:// addresses.")
    var caFile: String?

    @Option(help: "Address of a bridge's port for monitors, for instance http://localhost:9090; checks that too.")
    var monitor: String?

    @Option(help: "Cases under way at a time.")
    var parallel: Int?

    @Flag(help: "Print one JSON object instead of the table.")
    var json = false

    func validate() throws {
        guard parallel.map({ (1...256).contains($0) }) ?? true else {
            throw ValidationError("--parallel must be between 1 and 256.")
        }
    }

    func run() async throws {
        var target = TargetAddress(url: try address(url), secret: try await secret(), certificateAuthorities: caFile)
        target.monitor = try monitor.map { try address($0) }
        var run = ConformanceRun(address: target, group: MultiThreadedEventLoopGroup.singleton)
        run.kind = kind
        run.only = Set(only)
        run.isThrowAway = fresh
        if let parallel { run.parallel = parallel }
        let report: ConformanceReport
        do {
            report = try await run()
        } catch let error as ConformanceError {
            throw SettingError(name: url, problem: "\(error)")
        }
        if json { try JSONReport.print(report) } else { print(report.text) }
        if !report.deviations.isEmpty { throw ExitCode(1) }
    }

    /// An address as a browser would write it means the same.
    private func address(_ text: String) throws -> WebSocketURL {
        let isWeb = text.hasPrefix("http://") || text.hasPrefix("https://")
        do {
            return try WebSocketURL(isWeb ? "ws" + text.dropFirst(4) : text)
        } catch {
            throw ValidationError("\(text): \(error)")
        }
    }

    /// Any secret will do, the public default too: this is not where it protects anything.
    private func secret() async throws -> Secret? {
        let settings = try await Settings(file: nil)
        if let file = try settings.secretFile(bridgeAuthFile) { return Secret(file.text) }
        return try settings.string(.bridgeAuth).flatMap { $0.isEmpty ? nil : Secret($0) }
    }
}

extension TargetKind: ExpressibleByArgument {}
