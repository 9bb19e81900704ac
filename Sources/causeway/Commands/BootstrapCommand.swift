import ArgumentParser
import BootstrapCore
import BootstrapServer
import Logging
import NIOPosix
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
            Peers connect by WebSocket on any path; /health and /bridge-health answer on the same port. The switches and \
            environment variables of the existing network work unchanged (-createNewDHT, -openNetwork, BOOTSTRAP_PORT, \
            BRIDGE_NODE_1, BRIDGE_AUTH and so on).
            """
    )

    @Option(help: "Address to listen on. (BOOTSTRAP_HOST; default: 0.0.0.0)")
    var host: String?

    @Option(help: "Port to listen on, 0 for any free one. (BOOTSTRAP_PORT; default: 8080)")
    var port: Int?

    @Option(
        name: .customLong("bridge"),
        help: "Address of a bridge, ws://host:port or host:port; once for each. (BRIDGE_NODE_1, BRIDGE_NODE_2)"
    )
    var bridges: [String] = []

    @Flag(help: "The first peer starts a new network, unless this server started one before.")
    var createNewDht = false

    @Flag(help: "Lead newcomers to a helper that the bridges name.")
    var openNetwork = false

    @Option(help: "Most registered peers at a time. (MAX_PEERS; default: 10000)")
    var maxPeers: Int?

    @Option(help: "Build id of the deployed clients. Any other build is then refused. (BUILD_ID; default: accept all)")
    var buildId: String?

    @OptionGroup var shared: SharedOptions

    func run() async throws {
        let settings = try await shared.settings()
        let logger = try shared.logger("causeway.bootstrap", settings)
        let configuration = try serverConfiguration(settings)
        let ledger = try SQLiteStateStore(directory: try shared.stateDirectory(settings))
        let server = try BootstrapServer(
            configuration: configuration,
            ledger: ledger,
            group: MultiThreadedEventLoopGroup.singleton,
            clock: SystemClock(),
            logger: logger
        )
        try await runUntilSignalled([server], logger: logger)
    }

    private func serverConfiguration(_ settings: Settings) throws -> BootstrapServer.Configuration {
        var configuration = BootstrapServer.Configuration(secret: try shared.secret(settings))
        configuration.host = try host ?? settings.string(.bootstrapHost) ?? configuration.host
        configuration.port = try port ?? settings.port(.bootstrapPort) ?? configuration.port
        configuration.bridges = try bridgeAddresses(settings)
        configuration.decisions.createNewDHT = try createNewDht || settings.bool(.createNewDHT) ?? false
        configuration.decisions.openNetwork = try openNetwork || settings.bool(.openNetwork) ?? false
        configuration.decisions.maxPeers = try maxPeers ?? settings.int(.maxPeers) ?? configuration.decisions.maxPeers
        configuration.decisions.version = VersionRule(
            buildID: try buildId ?? settings.string(.buildID) ?? "node_causeway"
        )
        return configuration
    }

    private func bridgeAddresses(_ settings: Settings) throws -> [WebSocketURL] {
        var texts = bridges
        if texts.isEmpty { texts = try settings.strings(.bridgeNodes) ?? [] }
        if texts.isEmpty { texts = try [SettingKey.bridgeNode1, .bridgeNode2].compactMap { try settings.string($0) } }
        // Unset means these two, as in the existing network (protocol.md 7.1).
        if texts.isEmpty { texts = ["localhost:8083", "localhost:8084"] }
        return try texts.filter { !$0.isEmpty }.map { text in
            do {
                return try WebSocketURL(text)
            } catch {
                throw SettingError(name: "--bridge \(text)", problem: "\(error)")
            }
        }
    }
}
