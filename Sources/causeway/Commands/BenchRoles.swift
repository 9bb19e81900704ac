import ArgumentParser
import BootstrapCore
import BootstrapServer
import BridgeLink
import Foundation
import Kademlia
import LinkCore
import LoadDriver
import NIOCore
import NIOPosix
import ServiceLifecycle
import StateStore
import Telemetry
import WebSocketTransport

/// `causeway bench instant-bridge`: the bridge that a measurement runs against. Ends when its standard input does.
struct InstantBridgeCommand: AsyncParsableCommand {
    static let name = "instant-bridge"
    static let configuration = CommandConfiguration(
        commandName: name,
        abstract: "Answer every onboarding request at once with the same helper.",
        shouldDisplay: false
    )

    @Option(help: "Address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "Port to listen on; 0 picks a free one.")
    var port = 0

    func run() async throws {
        var generator = SystemRandomNumberGenerator()
        let bridge = InstantBridge(host: host, port: port, nodeID: .random(using: &generator))
        try await runUntilSignalled(
            [InstantBridgeService(bridge: bridge), EndOfInput()],
            logger: BenchCommand.logger
        )
    }
}

private struct InstantBridgeService: Service {
    let bridge: InstantBridge

    func run() async throws {
        try await bridge.run(group: MultiThreadedEventLoopGroup.singleton, logger: BenchCommand.logger) { address in
            BenchProcess.announce(address)
        }
    }
}

/// `causeway bench echo-server`: the ceiling that other figures are compared with. Ends when its standard input does.
struct EchoServerCommand: AsyncParsableCommand {
    static let name = "echo-server"
    static let configuration = CommandConfiguration(
        commandName: name,
        abstract: "Echo WebSocket messages by plain SwiftNIO.",
        shouldDisplay: false
    )

    func run() async throws {
        _ = MachineLimits.takingAll(logger: BenchCommand.logger)
        try await runUntilSignalled([EchoService(), EndOfInput()], logger: BenchCommand.logger)
    }
}

private struct EchoService: Service {
    func run() async throws {
        try await cancelWhenGracefulShutdown {
            try await EchoServer(host: "127.0.0.1", port: 0).run(group: MultiThreadedEventLoopGroup.singleton) {
                BenchProcess.announce($0)
            }
        }
    }
}

/// `causeway bench bootstrap-server`: a real bootstrap server that keeps nothing on disk, announces its address on standard
/// output and ends when its standard input does.
struct BenchBootstrapCommand: AsyncParsableCommand {
    static let name = "bootstrap-server"
    static let configuration = CommandConfiguration(
        commandName: name,
        abstract: "Run a bootstrap server for a measurement.",
        shouldDisplay: false
    )

    @Option(name: .customLong("bridge"), help: "Address of a bridge; once for each.")
    var bridges: [String] = []

    @Flag(help: "A connection to a bridge for each request, instead of one link.")
    var stateless = false

    @Option(help: "Registered peers that there is room for.")
    var maxPeers: Int?

    func run() async throws {
        _ = MachineLimits.takingAll(logger: BenchCommand.logger)
        let secret = ProcessInfo.processInfo.environment["BRIDGE_AUTH"] ?? ""
        var configuration = BootstrapServer.Configuration(secret: Secret(secret))
        configuration.host = "127.0.0.1"
        configuration.port = 0
        configuration.bridges = try bridges.map {
            BridgeTarget(try WebSocketURL($0), mode: stateless ? .stateless : .persistent)
        }
        configuration.decisions.createNewDHT = true
        configuration.decisions.openNetwork = true
        configuration.decisions.maxPeers = maxPeers ?? configuration.decisions.maxPeers
        let server = try BootstrapServer(
            configuration: configuration,
            ledger: InMemoryGenesisLedger(),
            group: MultiThreadedEventLoopGroup.singleton,
            clock: SystemClock(),
            logger: BenchCommand.logger
        )
        try await runUntilSignalled(
            [server, Announcer(server: server, hasLinks: !stateless), EndOfInput()],
            logger: BenchCommand.logger
        )
    }
}

/// Tells the parent where the server listens, once it has its links.
private struct Announcer: Service {
    let server: BootstrapServer
    let hasLinks: Bool

    func run() async throws {
        let address = try await server.listeningAddress()
        // Whoever measures an empty server does not want the links' opening in it. Without them joins fail, and say so.
        if hasLinks { _ = await server.linkedToAllBridges(within: LoadDefaults.patience) }
        BenchProcess.announce(address)
        try await gracefulShutdown()
    }
}

/// Ends when standard input does, or at graceful shutdown.
struct EndOfInput: Service {
    func run() async throws {
        let (end, continuation) = AsyncStream.makeStream(of: Never.self)
        // Reading blocks, and a file or a terminal can't be waited for in an event loop; so it has a thread, which ends with
        // the process at the latest.
        Thread.detachNewThread {
            while !FileHandle.standardInput.availableData.isEmpty {}
            continuation.finish()
        }
        for await _ in end.cancelOnGracefulShutdown() {}
    }
}

extension BenchProcess {
    /// Prints the address for the parent to read.
    static func announce(_ address: SocketAddress) {
        print(#"{"listening":"ws://\#(address.ipAddress ?? ""):\#(address.port ?? 0)"}"#)
        fflush(nil)
    }
}
