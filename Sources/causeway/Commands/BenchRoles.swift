import ArgumentParser
import BootstrapCore
import BootstrapServer
import BridgeLink
import Foundation
import Kademlia
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

    func run() async throws {
        let secret = ProcessInfo.processInfo.environment["BRIDGE_AUTH"] ?? ""
        var configuration = BootstrapServer.Configuration(secret: Secret(secret))
        configuration.host = "127.0.0.1"
        configuration.port = 0
        configuration.bridges = try bridges.map { BridgeTarget(try WebSocketURL($0)) }
        configuration.decisions.createNewDHT = true
        configuration.decisions.openNetwork = true
        let server = try BootstrapServer(
            configuration: configuration,
            ledger: InMemoryGenesisLedger(),
            group: MultiThreadedEventLoopGroup.singleton,
            clock: SystemClock(),
            logger: BenchCommand.logger
        )
        try await runUntilSignalled(
            [server, Announcer(server: server), EndOfInput()],
            logger: BenchCommand.logger
        )
    }
}

/// Tells the parent where the server listens.
private struct Announcer: Service {
    let server: BootstrapServer

    func run() async throws {
        BenchProcess.announce(try await server.listeningAddress())
        try await gracefulShutdown()
    }
}

/// Ends when standard input does, or at graceful shutdown.
private struct EndOfInput: Service {
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
