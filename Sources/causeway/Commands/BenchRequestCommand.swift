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
            ask, close. Without --bridge a bridge runs in a process of its own for the time of the measurement: an instant \
            one, or a real one with helpers that signs what it issues. With --bridge, the secret comes from the \
            environment variable BRIDGE_AUTH.
            """
    )

    /// What runs for the measurement.
    enum BridgeKind: String, ExpressibleByArgument, CaseIterable {
        case instant
        case node
    }

    @Option(help: "Bridge to measure (ws:// only).")
    var bridge: String?

    @Option(help: "instant: a scripted bridge that answers at once. node: a real bridge, with helpers.")
    var bridgeKind = BridgeKind.instant

    @Option(help: "Requests under way at a time; a comparison for each.")
    var window = CountList([1, 16, 128])

    @Option(
        help: "Requests over a connection each in each comparison, after a warm-up; ten times as many over one link."
    )
    var total = 10_000

    @Option(help: "Rounds in which the two take turns.")
    var rounds = LoadDefaults.rounds

    @OptionGroup var output: BenchOutput

    func validate() throws {
        guard total > 0, rounds > 0 else { throw ValidationError("--total and --rounds must be positive.") }
        guard bridge == nil || bridgeKind == .instant else {
            throw ValidationError("--bridge-kind is of bridges that run for the measurement, not of --bridge.")
        }
    }

    func run() async throws {
        let stage = BenchStage()
        defer { stage.stop() }
        if let bridge {
            guard let secret = ProcessInfo.processInfo.environment["BRIDGE_AUTH"], !secret.isEmpty else {
                throw SettingError(name: "BRIDGE_AUTH", problem: "is not set. --bridge needs the secret of that bridge")
            }
            try await measure(try WebSocketURL(bridge), nil, Secret(secret), stage.context(foreign: true))
            return
        }
        switch bridgeKind {
        case .instant:
            let server = try stage.instantBridge()
            try await measure(server.url, server.process, Secret(stage.secret), stage.context())
        case .node:
            let server = try stage.bridgeNode()
            var helpers: [HelperPeer] = []
            defer { for helper in helpers { helper.leave() } }
            for _ in 0..<HoldDefaults.helpers {
                helpers.append(
                    try await HelperPeer.join(
                        server.url,
                        group: MultiThreadedEventLoopGroup.singleton,
                        logger: BenchCommand.logger
                    )
                )
            }
            try await measure(server.url, server.process, Secret(stage.secret), stage.context())
        }
    }

    private func measure(
        _ target: WebSocketURL,
        _ process: ObservedProcess?,
        _ secret: Secret,
        _ context: LoadContext
    ) async throws {
        let load = RequestLoad(
            target: target,
            process: process,
            secret: secret,
            windows: window.counts,
            total: total,
            rounds: rounds
        )
        let report = try await load.run(context, logger: BenchCommand.logger)
        try output.show(report, table: report.table, failed: report.failed)
    }
}
