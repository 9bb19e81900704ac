import ArgumentParser
import BridgeNode
import Logging
import NIOPosix
import ServiceLifecycle
import StateStore
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
            EXTERNAL_ADDRESS, METRICS_PORT).
            """
    )

    @Argument(help: ArgumentHelp("Port to listen on, as the existing program takes it.", visibility: .hidden))
    var legacyPort: Int?

    @Option(help: "Address to listen on. (BRIDGE_HOST; default: 0.0.0.0)")
    var host: String?

    @Option(help: "Port to listen on, 0 for any free one. (BRIDGE_PORT; default: 8083)")
    var port: Int?

    @Option(help: "URL that peers are told to dial. (EXTERNAL_ADDRESS; default: the address listened on)")
    var externalAddress: String?

    @Option(help: "Port for monitors, 0 for any free one. (METRICS_PORT; default: 9090)")
    var metricsPort: Int?

    @OptionGroup var shared: SharedOptions

    func run() async throws {
        let settings = try await shared.settings()
        let logger = try shared.logger("causeway.bridge", settings)
        let configuration = try nodeConfiguration(settings)
        let store = try SQLiteStateStore(directory: try shared.stateDirectory(settings))
        let bridge = BridgeNode(
            configuration: configuration,
            identity: try BridgeIdentity.stored(in: store),
            group: MultiThreadedEventLoopGroup.singleton,
            clock: SystemClock(),
            logger: logger
        )
        try await runUntilSignalled([bridge], logger: logger)
    }

    private func nodeConfiguration(_ settings: Settings) throws -> BridgeNode.Configuration {
        var configuration = BridgeNode.Configuration(secret: try shared.secret(settings))
        configuration.host = try host ?? settings.string(.bridgeHost) ?? configuration.host
        configuration.port = try port ?? legacyPort ?? settings.port(.bridgePort) ?? configuration.port
        configuration.metricsHost = configuration.host
        configuration.metricsPort = try metricsPort ?? settings.port(.metricsPort) ?? 9_090
        let external = try externalAddress ?? settings.string(.externalAddress) ?? settings.string(.publicAddress)
        if let external {
            do {
                configuration.externalAddress = try WebSocketURL(external).description
            } catch {
                throw SettingError(name: "EXTERNAL_ADDRESS", problem: "\(error)")
            }
        }
        return configuration
    }
}
