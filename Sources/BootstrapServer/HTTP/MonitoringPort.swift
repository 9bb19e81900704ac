import HTTPRoutes
import Hummingbird
package import Logging
package import NIOCore
import ServiceLifecycle
import Telemetry
import WebSocketTransport

/// The bootstrap server's pages on a second port, for containers whose checks ask there (protocol.md 6.3) and for networks that
/// keep monitors apart from peers. No WebSockets.
package final class MonitoringPort: Service, Sendable {
    private let configuration: WebSocketServer.Configuration
    private let pages: BootstrapPages
    private let group: any EventLoopGroup
    private let logger: Logger
    private let listening: ListeningAddress

    /// - Parameter port: 0 picks a free one.
    package init(host: String, port: Int, pages: BootstrapPages, group: any EventLoopGroup, logger: Logger) {
        var configuration = WebSocketServer.Configuration(host: host, port: port)
        // A monitor that hangs must not keep the process.
        configuration.drainTime = .seconds(1)
        self.configuration = configuration
        self.pages = pages
        self.group = group
        self.logger = logger
        listening = ListeningAddress(on: group.next())
    }

    /// A port that never opened keeps nobody waiting.
    deinit {
        listening.fail()
    }

    package func run() async throws {
        defer { listening.fail() }
        let transport = WebSocketServer(
            configuration: configuration,
            group: group,
            logger: logger,
            onUpgrade: { _ in .notFound("only monitors here") },
            http: pages.responder().channelResponder(logger: logger)
        )
        try await transport.run(onListening: { [listening, logger] address in
            logger.info("monitors are served", [.address: "\(address)"])
            listening.resolve(address)
        })
    }

    /// Where it listens, once it does; throws if it stopped before.
    package func listeningAddress() async throws -> SocketAddress {
        try await listening.value()
    }
}
