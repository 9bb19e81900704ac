import ArgumentParser
import BridgeCore
import LoadDriver
import NIOPosix
import Telemetry

/// `causeway bench bridge-memory`: what requests in flight cost a bridge.
struct BenchBridgeMemoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bridge-memory",
        abstract: "Measure by how much a bridge's memory grows with many requests in flight, in both link modes.",
        discussion: """
            A real bridge with some helpers, in a process of its own for each round, first answers as many requests as it \
            takes to fill its memory of newcomers. \
            Then either one link is opened, or a connection for each request, all authenticated; all requests are sent at \
            once, and the memory is read every millisecond until the last is answered. The growth is the most that was read, \
            without what the bridge had before its link or connections.
            """
    )

    @Option(help: "Requests in flight; a bridge takes as many connections.")
    var requests = min(HoldDefaults.requests, BenchBridgeMemoryCommand.mostRequests)

    @Option(help: "Rounds of each mode.")
    var rounds = HoldDefaults.memoryRounds

    @Option(help: "Requests that each bridge answers before it counts as idle.")
    var warmUp = HoldDefaults.warmUp

    @Option(help: "Fail if one link needs more than this share of what one connection each needs, for instance 0.2.")
    var maxShare: Double?

    @OptionGroup var output: BenchOutput

    /// The share was above --max-share.
    struct TooMuch: Error, CustomStringConvertible {
        var share: Double?
        var limit: Double

        var description: String {
            "one link needs \(share.map { "\($0)" } ?? "an unknown share") of what one connection each needs; allowed: \(limit)"
        }
    }

    /// As many as may be authenticated at a time; those of the warm-up may still be closing.
    private static let mostRequests = min(
        HoldDefaults.bridgeLinks - 2 * HoldDefaults.warmUpWindow,
        BridgeDefaults.queueCapacity
    )

    func validate() throws {
        guard requests > 0, rounds > 0, warmUp >= 0 else {
            throw ValidationError("--requests and --rounds must be positive, --warm-up not negative.")
        }
        guard requests <= Self.mostRequests else {
            throw ValidationError(
                """
                --requests may be \(Self.mostRequests) at most: the bridge takes \(HoldDefaults.bridgeLinks) links and \
                queues \(BridgeDefaults.queueCapacity) requests.
                """
            )
        }
    }

    func run() async throws {
        _ = MachineLimits.takingAll(logger: BenchCommand.logger)
        let secret = BenchProcess.randomSecret()
        var load = BridgeMemoryLoad(secret: Secret(secret), requests: requests, rounds: rounds)
        load.warmUp = warmUp
        let report = try await load.run(
            group: MultiThreadedEventLoopGroup.singleton,
            clock: SystemClock(),
            logger: BenchCommand.logger
        ) {
            let bridge = try BenchProcess.bridgeNode(secret: secret)
            return BridgeMemoryLoad.Bridge(
                server: MeasuredServer(url: try bridge.address(), process: bridge.observed),
                stop: { bridge.stop() }
            )
        }
        try output.show(report, table: report.table, failed: report.failed)
        if let maxShare, !((report.ratio.growth ?? .infinity) <= maxShare) {
            throw TooMuch(share: report.ratio.growth, limit: maxShare)
        }
    }
}
