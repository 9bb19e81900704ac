import ArgumentParser
import Foundation
import LoadDriver
import NIOPosix
import Telemetry
import WebSocketTransport

/// `causeway bench peer-holder`: opens idle connections and keeps them until its standard input ends. Prints two lines: how the
/// opening went, as soon as it is over, and which connections were lost, at the end.
struct PeerHolderCommand: AsyncParsableCommand {
    static let name = "peer-holder"
    static let configuration = CommandConfiguration(
        commandName: name,
        abstract: "Hold idle connections for a measurement.",
        shouldDisplay: false
    )

    @Option(help: "Server to connect to.")
    var server: String

    @Option(help: "Connections.")
    var peers: Int

    @Option(help: "Connections that others hold, from which the source addresses follow.")
    var firstPeer = 0

    @Option(
        help:
            "What the connections say before they fall silent: \(HeldAs.allCases.map(\.rawValue).joined(separator: " or "))."
    )
    var kind = HeldAs.registered

    func run() async throws {
        _ = MachineLimits.takingAll(logger: BenchCommand.logger)
        let fleet = try await PeerFleet.open(
            HoldPlan.Share(server: 0, peers: peers, firstPeer: firstPeer),
            as: kind,
            at: try WebSocketURL(server),
            group: MultiThreadedEventLoopGroup.singleton,
            clock: SystemClock()
        )
        try Self.tell(fleet.opened)
        try await runUntilSignalled([EndOfInput()], logger: BenchCommand.logger)
        try Self.tell(await fleet.release())
    }

    private static func tell(_ report: some Encodable) throws {
        try JSONReport.print(report)
        fflush(nil)
    }
}

extension HeldAs: ExpressibleByArgument {}

/// Idle connections in a process of their own.
struct HoldingProcess: PeerHolder {
    let opened: FleetReport
    private let process: BenchProcess

    /// Returns when every connection is open or has failed.
    init(url: WebSocketURL, kind: HeldAs, share: HoldPlan.Share) throws {
        process = try BenchProcess(
            role: PeerHolderCommand.name,
            arguments: [
                "--server", url.description, "--peers", "\(share.peers)", "--first-peer", "\(share.firstPeer)",
                "--kind", kind.rawValue,
            ],
            secret: nil
        )
        opened = try process.report()
    }

    func release() async throws -> [String: Int] {
        process.endInput()
        let lost: [String: Int] = try process.report()
        process.stop()
        return lost
    }
}
