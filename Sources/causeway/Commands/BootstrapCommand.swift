import ArgumentParser
import BootstrapCore
import BootstrapServer
import HTTPRoutes
import LinkCore
import Logging
import NIOPosix
import ServiceLifecycle
import Telemetry
import WebSocketTransport

/// `causeway bootstrap`: the public entrance of a network.
struct BootstrapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bootstrap",
        abstract: "Run a bootstrap server: newcomers come in here.",
        discussion: """
            Peers connect by WebSocket on any path; monitors find /health, /health/ready, /stats, /bridge-health, \
            /metrics and /metrics/prometheus on the same port. The switches and environment variables of the existing \
            network work unchanged (-createNewDHT, -openNetwork, BOOTSTRAP_PORT, BRIDGE_NODE_1, BRIDGE_AUTH and so on).

            SIGHUP reads the list of bridges, the secret and the certificates again; links to bridges that stay, and \
            connections of peers, are not touched.
            """
    )

    @Option(help: "Address to listen on. (BOOTSTRAP_HOST; default: 0.0.0.0)")
    var host: String?

    @Option(help: "Port to listen on, 0 for any free one. (BOOTSTRAP_PORT; default: 8080)")
    var port: Int?

    @OptionGroup var bridgeOptions: BridgeListOptions

    @Flag(help: "The first peer starts a new network, unless this server started one before.")
    var createNewDht = false

    @Flag(help: "Lead newcomers to a helper that the bridges name.")
    var openNetwork = false

    @Flag(
        help: """
            Serve only peers that prove the key their id is made of: browsers can, Node peers of the existing network cannot. \
            (REQUIRE_AUTH)
            """
    )
    var requireAuth = false

    @Option(help: "Most registered peers at a time, 1 to 1000000. (MAX_PEERS; default: 10000)")
    var maxPeers: Int?

    @Option(help: "Build id of the deployed clients. Any other build is then refused. (BUILD_ID; default: accept all)")
    var buildId: String?

    @Option(help: "Second port for monitors alone, 0 for any free one. (METRICS_PORT; default: none)")
    var metricsPort: Int?

    @Option(
        help: "Path under which a proxy mounts this server, as /ws: HTTP answers there, too. (BASE_PATH; default: /)"
    )
    var basePath: String?

    @OptionGroup var proxies: ProxyOptions

    @OptionGroup var certificate: CertificateOptions

    @OptionGroup var shared: SharedOptions

    func run() async throws {
        let settings = try await shared.settings()
        let logger = try shared.logger("causeway.bootstrap", settings)
        _ = MachineLimits.takingAll(logger: logger)
        let configuration = try serverConfiguration(settings)
        let ledger = try shared.store(settings)
        let server = try BootstrapServer(
            configuration: configuration,
            ledger: ledger,
            group: MultiThreadedEventLoopGroup.singleton,
            clock: SystemClock(),
            logger: logger
        )
        let reload = ReloadOnHangup(logger: logger) {
            // All is read before anything is applied: a mistake leaves everything as it is.
            let settings = try await shared.settings()
            let bridges = try bridgeOptions.targets(settings)
            let secret = try shared.secret(settings)
            _ = try certificate.tls(settings)
            _ = try bridgeOptions.trust(settings)
            try configuration.tls?.reload()
            try configuration.bridgeTrust.reload()
            server.reload(bridges: bridges, secret: secret)
        }
        // They stop in reverse order: monitors see the server drain.
        try await runUntilSignalled(try monitoring(of: server, settings, logger) + [server, reload], logger: logger)
    }

    private func monitoring(
        of server: BootstrapServer,
        _ settings: Settings,
        _ logger: Logger
    ) throws -> [any Service] {
        guard let port = try monitorPort(settings) else { return [] }
        return [
            MonitoringPort(
                host: try listeningHost(settings),
                port: port,
                pages: server.pages(),
                group: MultiThreadedEventLoopGroup.singleton,
                logger: logger
            )
        ]
    }

    private func listeningHost(_ settings: Settings) throws -> String {
        try host ?? settings.string(.bootstrapHost) ?? "0.0.0.0"
    }

    /// Where monitors connect, if they have a port of their own.
    func monitorPort(_ settings: Settings) throws -> Int? {
        try settings.port(.metricsPort, flag: metricsPort, option: "--metrics-port")
    }

    func mountPath(_ settings: Settings) throws -> BasePath {
        guard let text = try basePath ?? settings.string(.basePath), !text.isEmpty else { return .root }
        guard let path = BasePath(text) else {
            throw SettingError(
                name: SettingKey.basePath.name(basePath, "--base-path"),
                problem: "\(text) is no path of letters, digits and -._~ that begins with a slash"
            )
        }
        return path
    }

    /// At least one, and no more than a machine holds connections.
    func peerLimit(_ settings: Settings) throws -> Int? {
        guard let limit = try maxPeers ?? settings.int(.maxPeers) else { return nil }
        guard (1...1_000_000).contains(limit) else {
            throw SettingError(
                name: SettingKey.maxPeers.name(maxPeers, "--max-peers"),
                problem: "\(limit) is not within 1 to 1000000"
            )
        }
        return limit
    }

    func listeningPort(_ settings: Settings) throws -> Int? {
        try settings.port(.bootstrapPort, flag: port, option: "--port")
    }

    private func serverConfiguration(_ settings: Settings) throws -> BootstrapServer.Configuration {
        var configuration = BootstrapServer.Configuration(secret: try shared.secret(settings))
        configuration.host = try listeningHost(settings)
        configuration.port = try listeningPort(settings) ?? configuration.port
        configuration.bridges = try bridgeOptions.targets(settings)
        configuration.requests.hedges = try bridgeOptions.hedges(settings)
        configuration.bridgeTrust = try bridgeOptions.trust(settings)
        configuration.tls = try certificate.tls(settings)
        configuration.trustedProxies = try proxies.trust(settings)
        configuration.basePath = try mountPath(settings)
        configuration.decisions.createNewDHT = try createNewDht || settings.bool(.createNewDHT) ?? false
        configuration.decisions.openNetwork = try openNetwork || settings.bool(.openNetwork) ?? false
        configuration.decisions.requiresProof = try requireAuth || settings.bool(.requireAuth) ?? false
        configuration.decisions.maxPeers = try peerLimit(settings) ?? configuration.decisions.maxPeers
        configuration.decisions.version = VersionRule(
            buildID: try buildId ?? settings.string(.buildID) ?? "node_causeway"
        )
        return configuration
    }
}
