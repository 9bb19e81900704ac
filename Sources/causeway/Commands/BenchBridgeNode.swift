import ArgumentParser
import BridgeNode
import Foundation
import LoadDriver
import NIOPosix
import ServiceLifecycle
import Telemetry
import WebSocketTransport

/// `causeway bench bridge-node`: a real bridge that keeps nothing on disk, announces its address on standard output and ends
/// when its standard input does.
struct BenchBridgeNodeCommand: AsyncParsableCommand {
    static let name = "bridge-node"
    static let configuration = CommandConfiguration(
        commandName: name,
        abstract: "Run a bridge for a measurement.",
        shouldDisplay: false
    )

    func run() async throws {
        _ = MachineLimits.takingAll(logger: BenchCommand.logger)
        let secret = ProcessInfo.processInfo.environment["BRIDGE_AUTH"] ?? ""
        var configuration = BridgeNode.Configuration(secret: Secret(secret))
        configuration.host = "127.0.0.1"
        configuration.port = 0
        // Newcomers of a measurement are not there to be dialled.
        configuration.targetPeers = 0
        // A connection for each request is what is compared.
        configuration.maximumLinks = HoldDefaults.bridgeLinks
        let bridge = BridgeNode(
            configuration: configuration,
            identity: .random(),
            group: MultiThreadedEventLoopGroup.singleton,
            clock: SystemClock(),
            logger: BenchCommand.logger
        )
        try await runUntilSignalled(
            [bridge, BridgeAnnouncer(bridge: bridge), EndOfInput()],
            logger: BenchCommand.logger
        )
    }
}

/// Tells the parent where the bridge listens.
private struct BridgeAnnouncer: Service {
    let bridge: BridgeNode

    func run() async throws {
        BenchProcess.announce(try await bridge.listeningAddress())
        try await gracefulShutdown()
    }
}

extension BenchProcess {
    static func bridgeNode(secret: String) throws -> BenchProcess {
        try BenchProcess(role: BenchBridgeNodeCommand.name, arguments: [], secret: secret)
    }
}
