import ArgumentParser
import BootstrapCore
import BootstrapServer
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
            Peers connect by WebSocket on any path; /health and /bridge-health answer on the same port. The switches and \
            environment variables of the existing network work unchanged (-createNewDHT, -openNetwork, BOOTSTRAP_PORT, \
            BRIDGE_NODE_1, BRIDGE_AUTH and so on).

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

    @Option(help: "Most registered peers at a time. (MAX_PEERS; default: 10000)")
    var maxPeers: Int?

    @Option(help: "Build id of the deployed clients. Any other build is then refused. (BUILD_ID; default: accept all)")
    var buildId: String?

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
        try await runUntilSignalled([server, reload], logger: logger)
    }

    func listeningPort(_ settings: Settings) throws -> Int? {
        try settings.port(.bootstrapPort, flag: port, option: "--port")
    }

    private func serverConfiguration(_ settings: Settings) throws -> BootstrapServer.Configuration {
        var configuration = BootstrapServer.Configuration(secret: try shared.secret(settings))
        configuration.host = try host ?? settings.string(.bootstrapHost) ?? configuration.host
        configuration.port = try listeningPort(settings) ?? configuration.port
        configuration.bridges = try bridgeOptions.targets(settings)
        configuration.requests.hedges = try bridgeOptions.hedges(settings)
        configuration.bridgeTrust = try bridgeOptions.trust(settings)
        configuration.tls = try certificate.tls(settings)
        configuration.decisions.createNewDHT = try createNewDht || settings.bool(.createNewDHT) ?? false
        configuration.decisions.openNetwork = try openNetwork || settings.bool(.openNetwork) ?? false
        configuration.decisions.maxPeers = try maxPeers ?? settings.int(.maxPeers) ?? configuration.decisions.maxPeers
        configuration.decisions.version = VersionRule(
            buildID: try buildId ?? settings.string(.buildID) ?? "node_causeway"
        )
        return configuration
    }
}
