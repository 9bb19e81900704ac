import BootstrapCore
import BootstrapServer
import BridgeLink
import BridgeNode
import LinkCore
import Logging
import NIOCore
import NIOPosix
import PeerSwarm
import ServiceLifecycle
import StateStore
import Synchronization
import Telemetry
import Timekeeping
import WebSocketTransport

/// A whole network on one machine, in the order in which it can come up: bridges, bootstrap server, peers.
final class LocalNetwork: Service, Sendable {
    struct Configuration: Sendable {
        var host: String
        /// Of the bootstrap server. Everything else takes free ports.
        var port: Int
        var peers: Int
        var bridges: Int
        var arrival = PeerSwarm.Configuration.Arrival.together
        var churn = PeerSwarm.Churn.none
        /// Makes the ids of the peers repeatable: a state directory remembers who the genesis peer is.
        var seed: UInt64?
        var stateDirectory: String
    }

    /// What runs so far.
    private struct Parts: Sendable {
        var bridges: [BridgeNode] = []
        var server: BootstrapServer?
        var address: String?
        var swarm: PeerSwarm?
    }

    // One thread per core in all. The peers live on one event loop; it is theirs alone, so that it does not hold up the
    // servers' sockets. They end with the process: sockets may still report their end when `run` returns.
    private static let serverLoops = MultiThreadedEventLoopGroup(numberOfThreads: max(1, System.coreCount - 1))
    private static let peerLoop = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// How long the server may take to link to all bridges before the peers come anyway.
    private static let linkPatience = Duration.seconds(5)

    private let configuration: Configuration
    private let logger: Logger
    private let clock = SystemClock()
    private let parts = Mutex(Parts())

    init(configuration: Configuration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// Runs until graceful shutdown.
    func run() async throws {
        let secret = Self.randomSecret()
        let group = Self.serverLoops
        try await withThrowingDiscardingTaskGroup { tasks in
            do {
                let bridges = try (1...configuration.bridges).map { try makeBridge($0, secret: secret, group: group) }
                parts.withLock { $0.bridges = bridges }
                for bridge in bridges { tasks.addTask { try await bridge.run() } }
                var addresses: [WebSocketURL] = []
                for bridge in bridges { addresses.append(url(try await bridge.listeningAddress())) }

                let server = try makeServer(bridges: addresses, secret: secret, group: group)
                tasks.addTask { try await server.run() }
                let entrance = url(try await server.listeningAddress())
                parts.withLock {
                    $0.server = server
                    $0.address = entrance.description
                }
                // The genesis peer is told of bridges that are linked, so it should not come before them.
                _ = await server.linkedToAllBridges(within: Self.linkPatience)

                var swarmConfiguration = PeerSwarm.Configuration(bootstrap: entrance, count: configuration.peers)
                swarmConfiguration.host = configuration.host
                swarmConfiguration.arrival = configuration.arrival
                swarmConfiguration.churn = configuration.churn
                swarmConfiguration.seed = configuration.seed
                let swarm = PeerSwarm(configuration: swarmConfiguration, group: Self.peerLoop, logger: logger)
                parts.withLock { $0.swarm = swarm }
                tasks.addTask { try await swarm.run() }
            } catch is ListeningAddress.NeverListened {
                // The part itself says why, by the error that its `run` throws.
            }
        }
    }

    /// What there is to report and to show now.
    func observe() -> (report: UpSummary, shown: UpSnapshot) {
        let parts = parts.withLock { $0 }
        let summary = UpSummary(
            swarm: parts.swarm?.snapshot() ?? SwarmSnapshot(),
            bridges: parts.bridges.map { $0.status() },
            pool: parts.server?.status().pool.endpoints.map(\.status) ?? []
        )
        let shown = UpSnapshot(
            address: parts.address ?? "starting",
            livePage: parts.address.map { "http\($0.dropFirst(2))" },
            elapsed: clock.now() - .zero,
            expected: configuration.peers,
            connectedPeers: summary.connectedPeers,
            succeeded: summary.joins.succeeded,
            failed: summary.joins.failed,
            abandoned: summary.joins.abandoned,
            p50Ms: summary.joins.p50Ms,
            p99Ms: summary.joins.p99Ms,
            bridges: summary.bridges.map { bridge in
                .init(
                    name: String(bridge.id.prefix(8)),
                    status: bridge.status,
                    connectionsOpened: bridge.connectionsOpened,
                    requests: bridge.requests,
                    peers: bridge.peersConnected
                )
            },
            churn: configuration.churn == .none ? nil : .init(summary.churn, summary.introductions),
            lastFailure: summary.failures.last?.reason
        )
        return (summary, shown)
    }

    private func makeBridge(_ number: Int, secret: Secret, group: any EventLoopGroup) throws -> BridgeNode {
        var bridge = BridgeNode.Configuration(secret: secret)
        bridge.host = configuration.host
        bridge.port = 0
        let store = try SQLiteStateStore(directory: "\(configuration.stateDirectory)/bridge-\(number)")
        return BridgeNode(
            configuration: bridge,
            identity: try BridgeIdentity.stored(in: store),
            peerBook: store,
            group: group,
            clock: clock,
            logger: logger
        )
    }

    private func makeServer(
        bridges: [WebSocketURL],
        secret: Secret,
        group: any EventLoopGroup
    ) throws -> BootstrapServer {
        var server = BootstrapServer.Configuration(secret: secret)
        server.host = configuration.host
        server.port = configuration.port
        server.bridges = bridges.map { BridgeTarget($0) }
        server.decisions.createNewDHT = true
        server.decisions.openNetwork = true
        server.probeInterval = .seconds(60)
        let store = try SQLiteStateStore(directory: "\(configuration.stateDirectory)/bootstrap")
        return try BootstrapServer(
            configuration: server,
            ledger: store,
            history: store.openedHistory(logger: logger),
            group: group,
            clock: clock,
            logger: logger
        )
    }

    private func url(_ address: SocketAddress) -> WebSocketURL {
        WebSocketURL(scheme: .ws, host: configuration.host, port: address.port ?? 0)
    }

    /// 128 random bits as text.
    private static func randomSecret() -> Secret {
        var generator = SystemRandomNumberGenerator()
        return Secret("\(generator.next() as UInt64)-\(generator.next() as UInt64)")
    }
}
