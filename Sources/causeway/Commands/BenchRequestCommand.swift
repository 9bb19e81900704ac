import ArgumentParser
import FoundationEssentials
import LoadDriver
import NIOPosix
import Telemetry
import WebSocketTransport

/// `causeway bench rpc`: what the persistent link is worth, against one connection per request.
struct BenchRequestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rpc",
        abstract: "Measure onboarding requests to a bridge: over one link, and over one connection each.",
        discussion: """
            Both are measured in the same run, in alternating rounds. One connection each means: connect, authenticate, \
            ask, close. Without --bridge an instant bridge runs in a process of its own for the time of the measurement; \
            with it, the secret comes from the environment variable BRIDGE_AUTH.
            """
    )

    @Option(help: "Bridge to measure.")
    var bridge: String?

    @Option(help: "Requests under way at a time; a comparison for each.")
    var window = CountList([1, 16, 128])

    @Option(help: "Requests of each kind in each comparison, after a warm-up.")
    var total = 10_000

    @OptionGroup var output: BenchOutput

    func validate() throws {
        guard total > 0 else { throw ValidationError("--total must be positive.") }
    }

    func run() async throws {
        if let bridge {
            guard let secret = ProcessInfo.processInfo.environment["BRIDGE_AUTH"], !secret.isEmpty else {
                throw SettingError(name: "BRIDGE_AUTH", problem: "is not set. --bridge needs the secret of that bridge")
            }
            try await measure(try WebSocketURL(bridge), secret: Secret(secret))
        } else {
            let bridge = try BenchProcess.instantBridge()
            defer { bridge.stop() }
            try await measure(try bridge.address(), secret: Secret(BenchProcess.randomSecret()))
        }
    }

    private func measure(_ target: WebSocketURL, secret: Secret) async throws {
        let load = RequestLoad(target: target, secret: secret, windows: window.counts, total: total)
        let report = try await load.run(
            group: MultiThreadedEventLoopGroup.singleton,
            clock: SystemClock(),
            logger: BenchCommand.logger
        )
        try output.show(report, table: report.table, failed: report.failed)
    }
}
