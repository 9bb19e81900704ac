public import BridgeCore
import HTTPRoutes
import Hummingbird
import Kademlia
import KeyProofs
public import LinkCore
package import Logging
package import NIOCore
import ServiceLifecycle
package import StateStore
import Synchronization
package import Telemetry
package import WebSocketTransport

/// A bridge: watches the DHT from the inside and tells bootstrap servers who can help a newcomer.
///
/// One port serves bootstraps and DHT peers; a second one, if asked for, serves monitors.
package final class BridgeNode: Service, Sendable {
    package struct Configuration: Sendable {
        package var host = "0.0.0.0"
        /// 0 picks a free port.
        package var port = 8083
        /// The address others are told to dial; nil: the bound one, which only works on one machine or network.
        package var externalAddress: String?
        /// What bootstraps prove themselves with.
        package var secret: Secret
        /// Bootstraps to dial; for bridges that they can't reach, or don't know of.
        package var bootstraps: [WebSocketURL] = []
        /// Whom to trust when a bootstrap or a peer is dialled by `wss`.
        package var trust = ClientTrust.system
        /// Serves TLS on the port; nil: plain text, as behind a proxy.
        package var tls: ServerTLS?
        /// Proxies that say in whose name they connect; nobody else is believed.
        package var trustedProxies = TrustedProxies.none
        package var metricsHost = "0.0.0.0"
        /// nil: no metrics port. 0 picks a free one.
        package var metricsPort: Int?
        package var limits = WebSocketLimits.server
        /// Of the connections to bootstraps that we dial.
        package var dialInLimits: WebSocketLimits = {
            var limits = WebSocketLimits.client
            limits.maxMessageBytes = BridgeDefaults.linkMessageBytes
            // Nobody else would notice that a bootstrap is gone without a word.
            limits.pingInterval = BridgeDefaults.dialInPingInterval
            limits.pongTimeout = BridgeDefaults.dialInPongTimeout
            return limits
        }()
        /// Of any kind; nil: as many as `BridgeDefaults` says.
        package var maximumConnections: Int?
        /// nil: as many as `BridgeDefaults` says.
        package var maximumPeers: Int?
        package var maximumLinks = BridgeDefaults.maximumLinks
        package var queueCapacity = BridgeDefaults.queueCapacity
        /// Connections to DHT peers up to which the bridge dials nodes it hears of.
        package var targetPeers = BridgeDefaults.targetPeers
        /// Resident bytes above which nobody new is let in; nil: no limit.
        package var memoryLimit: Int?
        /// How often a line on resource use is logged; nil: never.
        package var resourceInterval: Duration? = ServerBounds.Defaults.resourceInterval
        /// Only tokens that bridges of this network signed let anybody come back.
        package var strictTokens = false
        package var dialPrivate = PrivateDialling.automatic
        /// Routing table entries of one IPv4 /24 or IPv6 /48 per bucket; 0: no limit.
        package var peersPerSubnet = KademliaDefaults.entriesPerGroup
        /// How long connections may take to close on shutdown, once the waiting questions are answered.
        package var drainTime = Duration.seconds(4)

        package init(secret: Secret) {
            self.secret = secret
        }
    }

    private let configuration: Configuration
    private let group: any EventLoopGroup
    private let clock: SystemClock
    private let logger: Logger
    private let sockets: BridgeSockets
    private let secret: CurrentSecret
    private let resourceWatch: ResourceWatch
    private let memory: PeerMemory?
    private let listening: ListeningAddress
    private let metricsListening: ListeningAddress
    /// The ports that were bound, for reports; 0 until then.
    private let ports = Mutex<(sockets: Int, metrics: Int)>((0, 0))

    /// - Parameter peerBook: where peers are remembered for after a restart; nil: nowhere.
    package init(
        configuration: Configuration,
        identity: BridgeIdentity,
        peerBook: (any PeerBookStore)? = nil,
        group: any EventLoopGroup,
        clock: SystemClock,
        logger: Logger
    ) {
        var logger = logger
        logger[metadataKey: LogKey.bridge.name] = "\(identity.nodeID.short)"
        self.configuration = configuration
        self.group = group
        self.logger = logger
        let secret = CurrentSecret(configuration.secret)
        self.secret = secret
        let bootstraps = Self.unique(configuration.bootstraps)
        var decisions = Bridge.Configuration(
            nodeID: identity.nodeID,
            startTime: SystemClock.unixMilliseconds(),
            isSecret: { secret.matches($0) },
            publicKey: identity.rawPublicKey,
            cryptography: .ed25519
        )
        decisions.maximumConnections = configuration.maximumConnections ?? decisions.maximumConnections
        decisions.maximumPeers = configuration.maximumPeers ?? decisions.maximumPeers
        decisions.maximumLinks = configuration.maximumLinks
        decisions.queueCapacity = configuration.queueCapacity
        decisions.targetPeers = configuration.targetPeers
        decisions.strictTokens = configuration.strictTokens
        decisions.dialPrivate = configuration.dialPrivate
        decisions.peersPerSubnet = configuration.peersPerSubnet
        decisions.remembersPeers = peerBook != nil
        memory = peerBook.map { PeerMemory($0, logger: logger) }
        decisions.dialIns = bootstraps.map { url in
            let wait = Backoff(
                base: BridgeDefaults.dialInBase,
                cap: BridgeDefaults.dialInCap,
                jitter: BridgeDefaults.dialInJitter
            )
            return (url.description, wait)
        }
        sockets = BridgeSockets(
            bridge: Bridge(configuration: decisions),
            identity: identity,
            secret: secret,
            bootstraps: bootstraps,
            bootstrapClient: WebSocketClient(
                group: group,
                limits: configuration.dialInLimits,
                logger: logger,
                trust: configuration.trust
            ),
            trust: configuration.trust,
            memory: memory,
            group: group,
            clock: clock,
            logger: logger
        )
        resourceWatch = ResourceWatch(
            sockets,
            connectionLimit: decisions.maximumConnections,
            queueCapacity: decisions.queueCapacity,
            memoryLimit: configuration.memoryLimit,
            logInterval: configuration.resourceInterval,
            eventLoop: group.next(),
            clock: clock,
            logger: logger
        )
        self.clock = clock
        listening = ListeningAddress(on: group.next())
        metricsListening = ListeningAddress(on: group.next())
    }

    /// A bridge that never ran keeps nobody waiting.
    deinit {
        listening.fail()
        metricsListening.fail()
    }

    /// Serves until graceful shutdown; then answers what waits and tells everybody with 1001.
    package func run() async throws {
        resourceWatch.start()
        sockets.recall()
        // Nothing is written before that is read: a bridge that ended sooner would forget whoever came.
        await memory?.settle()
        defer {
            resourceWatch.stop()
            listening.fail()
            metricsListening.fail()
        }
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Part.self) { tasks in
                tasks.addTask { try await self.serveSockets() }
                if let port = self.configuration.metricsPort {
                    tasks.addTask { try await self.serveMetrics(port: port) }
                }
                while let ended = try await tasks.next() {
                    // A monitor that hangs must not keep the process.
                    if ended == .sockets { tasks.cancelAll() }
                }
            }
        } onCancelOrGracefulShutdown: {
            self.sockets.stop()
        }
        await memory?.settle()
    }

    /// Where the bridge listens, once it does; throws if it stopped before.
    package func listeningAddress() async throws -> SocketAddress {
        try await listening.value()
    }

    /// Where monitors find it, once they do; throws if it stopped before, or has no metrics port and stopped.
    package func metricsAddress() async throws -> SocketAddress {
        try await metricsListening.value()
    }

    /// From now on bootstraps prove another secret, and it is the one we show them. Links that are open stay.
    package func reload(secret: Secret) {
        self.secret.replace(with: secret)
    }

    package func status() -> BridgeNodeStatus {
        BridgeNodeStatus(sockets.status(), at: clock.now())
    }

    /// What the bridge has in hand, and what it costs the process.
    package func resources() -> ResourceReport {
        resourceWatch.report()
    }

    /// The two ports that were bound; 0 for one that is not.
    var boundPorts: (sockets: Int, metrics: Int) { ports.withLock { $0 } }

    private enum Part { case sockets, metrics }

    private func serveSockets() async throws -> Part {
        var server = WebSocketServer.Configuration(host: configuration.host, port: configuration.port)
        server.tls = configuration.tls
        server.trustedProxies = configuration.trustedProxies
        server.limits = configuration.limits
        server.limits.maxMessageBytes = BridgeDefaults.undecidedMessageBytes
        server.drainTime = configuration.drainTime
        let transport = WebSocketServer(
            configuration: server,
            group: group,
            logger: logger,
            onUpgrade: { [sockets] _ in .accept(BridgeSocket(accepting: sockets)) },
            http: Self.upgradeRequired().channelResponder(logger: logger)
        )
        // Detached, so that the transport does not hear of a shutdown before the waiting questions are answered: it would
        // close the links at once. It hears of it from `sockets`.
        let serving = Task.detached { [self] in try await transport.run(onListening: listens(on:)) }
        sockets.whenStopped { serving.cancel() }
        try await withTaskCancellationHandler {
            try await serving.value
        } onCancel: {
            sockets.stop()
        }
        return .sockets
    }

    private func listens(on address: SocketAddress) {
        let announced = configuration.externalAddress ?? Self.webSocketAddress(of: address)
        ports.withLock { $0.sockets = address.port ?? 0 }
        sockets.listening(at: announced)
        logger.info("bridge listening", [.address: "\(announced)"])
        listening.resolve(address)
    }

    private func serveMetrics(port: Int) async throws -> Part {
        var server = WebSocketServer.Configuration(host: configuration.metricsHost, port: port)
        // A monitor that hangs must not keep the process.
        server.drainTime = .seconds(1)
        let transport = WebSocketServer(
            configuration: server,
            group: group,
            logger: logger,
            onUpgrade: { _ in .notFound("only monitors here") },
            http: monitoring().channelResponder(logger: logger)
        )
        try await transport.run(onListening: { [self] address in
            ports.withLock { $0.metrics = address.port ?? 0 }
            metricsListening.resolve(address)
        })
        return .metrics
    }

    /// No bootstrap is dialled twice because it is named twice.
    private static func unique(_ urls: [WebSocketURL]) -> [WebSocketURL] {
        var seen: Set<WebSocketURL> = []
        return urls.filter { seen.insert($0).inserted }
    }

    /// A port that is bound to all interfaces can be dialled on this machine, and that is all we know of it.
    private static func webSocketAddress(of address: SocketAddress) -> String {
        let port = address.port ?? 0
        switch address.ipAddress {
        case nil, "0.0.0.0", "::": return "ws://127.0.0.1:\(port)"
        case .some(let host): return host.contains(":") ? "ws://[\(host)]:\(port)" : "ws://\(host):\(port)"
        }
    }
}

extension Backoff: DialInWait {}
