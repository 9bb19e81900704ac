import ArgumentParser
import BridgeCore
import BridgeNode
import Logging
import NIOPosix
import ServiceLifecycle
import Telemetry
import WebSocketTransport

/// `causeway bridge`: an observer inside the DHT that knows who can help a newcomer.
struct BridgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bridge",
        abstract: "Run a bridge node: it watches the DHT and names helpers to bootstrap servers.",
        discussion: """
            Bootstrap servers and DHT peers connect to one port; monitors to another (/health, /metrics, /status). \
            The environment variables of the existing network work unchanged (BRIDGE_PORT, BRIDGE_AUTH, \
            BOOTSTRAP_URL, EXTERNAL_ADDRESS, METRICS_PORT).

            What the bridge takes on is measured by its machine or container: open files (the limit is raised as far \
            as the system allows) and memory. The options say otherwise.

            SIGHUP reads the certificates and the secret again, and says what changed. 'causeway config' shows and checks all \
            settings.
            """
    )

    @Argument(help: ArgumentHelp("Port to listen on, as the existing program takes it.", visibility: .hidden))
    var legacyPort: Int?

    @Option(help: SettingKey.bridgeHost.help)
    var host: String?

    @Option(help: SettingKey.bridgePort.help)
    var port: Int?

    @Option(help: SettingKey.externalAddress.help)
    var externalAddress: String?

    @Option(name: .customLong("bootstrap"), help: SettingKey.bootstrapURLs.help)
    var bootstraps: [String] = []

    @Option(help: SettingKey.metricsHost.help)
    var metricsHost: String?

    @Option(help: SettingKey.metricsPort.help(.bridge))
    var metricsPort: Int?

    @Option(help: SettingKey.certificateAuthorities.help)
    var caFile: String?

    @OptionGroup var proxies: ProxyOptions

    @OptionGroup(title: "Limits") var limitOptions: BridgeLimitOptions

    @OptionGroup var certificate: CertificateOptions

    @OptionGroup var shared: SharedOptions

    func run() async throws {
        let settings = try await shared.settings()
        let logger = try shared.logger("causeway.bridge", settings)
        MetricsRegistry.install()
        let machine = MachineLimits.takingAll(logger: logger)
        let limits = try limitOptions.limits(settings, on: machine)
        let configuration = try nodeConfiguration(settings, limits)
        limits.log(to: logger)
        let store = try shared.store(settings)
        let bridge = BridgeNode(
            configuration: configuration,
            identity: try BridgeIdentity.stored(in: store),
            peerBook: store,
            group: MultiThreadedEventLoopGroup.singleton,
            clock: SystemClock(),
            logger: logger
        )
        let reload = ReloadOnHangup(running: try listing(settings), logger: logger) {
            // All is read before anything is applied: a mistake leaves everything as it is.
            let settings = try await shared.settings()
            let secret = try shared.secret(settings)
            _ = try certificate.tls(settings)
            _ = try trust(settings)
            let listing = try listing(settings)
            try configuration.tls?.reload()
            try configuration.trust.reload()
            bridge.reload(secret: secret)
            return listing
        }
        let news = ServiceNews(
            manager: .current,
            address: { ServiceNews.text(of: try await bridge.listeningAddress()) },
            touch: { _ = bridge.status() }
        )
        try await runUntilSignalled([bridge, reload, news], logger: logger)
    }

    func nodeConfiguration(
        _ settings: Settings,
        _ limits: BridgeLimits
    ) throws -> BridgeNode.Configuration {
        var configuration = BridgeNode.Configuration(secret: try shared.secret(settings))
        limits.apply(to: &configuration)
        configuration.host = try listeningHost(settings)
        configuration.port = try peerPort(settings) ?? configuration.port
        configuration.bootstraps = try bootstrapAddresses(settings)
        configuration.tls = try certificate.tls(settings)
        configuration.trustedProxies = try proxies.trust(settings)
        configuration.trust = try trust(settings)
        configuration.metricsHost = try monitorHost(settings)
        configuration.metricsPort = try monitorPort(settings) ?? 9_090
        configuration.externalAddress = try dialledAddress(settings)
        return configuration
    }

    func listeningHost(_ settings: Settings) throws -> String {
        try host ?? settings.string(.bridgeHost) ?? "0.0.0.0"
    }

    func monitorHost(_ settings: Settings) throws -> String {
        try metricsHost ?? settings.string(.metricsHost) ?? listeningHost(settings)
    }

    func trust(_ settings: Settings) throws -> ClientTrust {
        guard let path = try caFile ?? settings.string(.certificateAuthorities) else { return .system }
        do {
            return try ClientTrust(.systemAnd(file: path))
        } catch {
            throw SettingError(name: SettingKey.certificateAuthorities.name(caFile, "--ca-file"), problem: "\(error)")
        }
    }

    /// What peers are told to dial, if it is not where we listen.
    func dialledAddress(_ settings: Settings) throws -> String? {
        let written = try externalAddress ?? settings.string(.externalAddress)
        guard let external = try written ?? settings.string(.publicAddress) else { return nil }
        do {
            return try WebSocketURL(external).description
        } catch {
            let key = written == nil ? SettingKey.publicAddress : .externalAddress
            throw SettingError(name: key.name(externalAddress, "--external-address"), problem: "\(error)")
        }
    }

    /// Where peers and bootstrap servers connect.
    func peerPort(_ settings: Settings) throws -> Int? {
        try settings.port(
            .bridgePort,
            flag: port ?? legacyPort,
            option: port == nil ? "port (first argument)" : "--port"
        )
    }

    /// Where monitors connect.
    func monitorPort(_ settings: Settings) throws -> Int? {
        try settings.port(.metricsPort, flag: metricsPort, option: "--metrics-port")
    }

    /// None unless named: bootstraps usually dial their bridges.
    func bootstrapAddresses(_ settings: Settings) throws -> [WebSocketURL] {
        var texts = bootstraps
        if texts.isEmpty { texts = try settings.strings(.bootstrapURLs) ?? [] }
        if texts.isEmpty, let text = try settings.string(.bootstrapURL) { texts = [text] }
        return try texts.filter { !$0.isEmpty }.map { text in
            do {
                return try WebSocketURL(text)
            } catch {
                throw SettingError(name: "--bootstrap \(text)", problem: "\(error)")
            }
        }
    }
}

extension BridgeLimits {
    fileprivate func apply(to configuration: inout BridgeNode.Configuration) {
        configuration.maximumConnections = bounds.connections
        configuration.maximumPeers = bounds.peers
        configuration.queueCapacity = bounds.queueCapacity
        configuration.targetPeers = bounds.targetPeers
        configuration.memoryLimit = bounds.memoryLimit
        configuration.resourceInterval = resourceInterval
        configuration.strictTokens = strictTokens
        configuration.peersPerSubnet = peersPerSubnet
        configuration.dialPrivate =
            switch dialPrivate {
            case .always: .always
            case .never: .never
            case .auto: .automatic
            }
    }
}
