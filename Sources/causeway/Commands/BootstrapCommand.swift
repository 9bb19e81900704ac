import ArgumentParser
import BootstrapCore
import BootstrapServer
import HTTPRoutes
import LinkCore
import Logging
import NIOPosix
import Observation
import ServiceLifecycle
import StateStore
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

            SIGHUP reads the list of bridges, the secret and the certificates again, and says what changed; links to bridges \
            that stay, and connections of peers, are not touched. 'causeway config' shows and checks all settings.
            """
    )

    @Option(help: SettingKey.bootstrapHost.help)
    var host: String?

    @Option(help: SettingKey.bootstrapPort.help)
    var port: Int?

    @OptionGroup var bridgeOptions: BridgeListOptions

    @Flag(help: SettingKey.createNewDHT.help)
    var createNewDht = false

    @Flag(help: SettingKey.openNetwork.help)
    var openNetwork = false

    @Flag(help: SettingKey.requireAuth.help)
    var requireAuth = false

    @Option(help: SettingKey.maxPeers.help)
    var maxPeers: Int?

    @Option(help: SettingKey.buildID.help)
    var buildId: String?

    @Option(help: SettingKey.metricsHost.help)
    var metricsHost: String?

    @Option(help: SettingKey.metricsPort.help(.bootstrap))
    var metricsPort: Int?

    @Option(help: SettingKey.basePath.help)
    var basePath: String?

    @Flag(inversion: .prefixedNo, help: SettingKey.publicPages.help)
    var publicPages: Bool?

    @Option(help: SettingKey.probeInterval.help)
    var probeInterval: String?

    @Option(help: SettingKey.nodeName.help)
    var nodeName: String?

    @OptionGroup var proxies: ProxyOptions

    @OptionGroup var certificate: CertificateOptions

    @OptionGroup var shared: SharedOptions

    func run() async throws {
        let settings = try await shared.settings()
        let logger = try shared.logger("causeway.bootstrap", settings)
        MetricsRegistry.install()
        _ = MachineLimits.takingAll(logger: logger)
        let configuration = try serverConfiguration(settings)
        let ledger = try shared.store(settings)
        let server = try BootstrapServer(
            configuration: configuration,
            ledger: ledger,
            history: ledger.openedHistory(logger: logger),
            group: MultiThreadedEventLoopGroup.singleton,
            clock: SystemClock(),
            logger: logger
        )
        let note = { @Sendable (isReloaded: Bool, text: String) in
            server.note(
                isReloaded ? .configurationReloaded : .configurationRefused,
                level: isReloaded ? .info : .error,
                text: text
            )
        }
        let reload = ReloadOnHangup(running: try listing(settings), logger: logger, note: note) {
            // All is read before anything is applied: a mistake leaves everything as it is.
            let settings = try await shared.settings()
            let bridges = try bridgeOptions.targets(settings)
            let secret = try shared.secret(settings)
            _ = try certificate.tls(settings)
            _ = try bridgeOptions.trust(settings)
            try configuration.tls?.reload()
            try configuration.bridgeTrust.reload()
            let listing = try listing(settings)
            server.reload(bridges: bridges, secret: secret)
            return listing
        }
        // They stop in reverse order: monitors see the server drain.
        let news = ServiceNews(
            manager: .current,
            address: { ServiceNews.text(of: try await server.listeningAddress()) },
            touch: { _ = server.status() }
        )
        try await runUntilSignalled(
            try monitoring(of: server, settings, logger) + [server, reload, news],
            logger: logger
        )
    }

    /// What happened is worth less than the service: without a file it is kept in memory.
    private func history(in store: SQLiteStateStore, _ logger: Logger) -> any HistoryStore {
        do {
            let history = try store.history()
            if let path = history.setAside {
                logger.warning("the history could not be read and begins anew", [.path: "\(path)"])
            }
            return history
        } catch {
            logger.warning("the history is not kept across restarts", [.reason: "\(error)"])
            return InMemoryHistoryStore()
        }
    }

    private func monitoring(
        of server: BootstrapServer,
        _ settings: Settings,
        _ logger: Logger
    ) throws -> [any Service] {
        guard let port = try monitorPort(settings) else { return [] }
        return [
            MonitoringPort(
                host: try monitorHost(settings),
                port: port,
                pages: server.pages(),
                group: MultiThreadedEventLoopGroup.singleton,
                logger: logger
            )
        ]
    }

    func listeningHost(_ settings: Settings) throws -> String {
        try host ?? settings.string(.bootstrapHost) ?? "0.0.0.0"
    }

    func monitorHost(_ settings: Settings) throws -> String {
        try metricsHost ?? settings.string(.metricsHost) ?? listeningHost(settings)
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

    /// Who gives monitors a port of their own does not want them on the other.
    func servesPublicPages(_ settings: Settings) throws -> Bool {
        try publicPages ?? settings.bool(.publicPages) ?? (monitorPort(settings) == nil)
    }

    /// Often enough to hear of a fault before the users do, and a hundredth of what a bridge answers at least.
    static let probePace = Duration.seconds(60)

    /// nil: never.
    func probePace(_ settings: Settings) throws -> Duration? {
        guard let text = try probeInterval ?? settings.text(.probeInterval) else { return Self.probePace }
        // Each takes a bridge's time as a newcomer does.
        guard let pace = DurationArgument(argument: text)?.duration, pace == .zero || pace >= .seconds(1) else {
            throw SettingError(
                name: SettingKey.probeInterval.name(probeInterval, "--probe-interval"),
                problem:
                    "\(text.isEmpty ? "an empty text" : text) is no time of a second or more; write 60s, 5m, or 0 for never"
            )
        }
        return pace == .zero ? nil : pace
    }

    func serverConfiguration(_ settings: Settings) throws -> BootstrapServer.Configuration {
        var configuration = BootstrapServer.Configuration(secret: try shared.secret(settings))
        configuration.host = try listeningHost(settings)
        configuration.port = try listeningPort(settings) ?? configuration.port
        configuration.bridges = try bridgeOptions.targets(settings)
        configuration.requests.hedges = try bridgeOptions.hedges(settings)
        configuration.bridgeTrust = try bridgeOptions.trust(settings)
        configuration.tls = try certificate.tls(settings)
        configuration.trustedProxies = try proxies.trust(settings)
        configuration.basePath = try mountPath(settings)
        configuration.servesOperatorPages = try servesPublicPages(settings)
        configuration.probeInterval = try probePace(settings)
        if let name = try nodeName ?? settings.string(.nodeName), !name.isEmpty { configuration.nodeName = name }
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
