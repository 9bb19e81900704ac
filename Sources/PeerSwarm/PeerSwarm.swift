package import Logging
package import NIOCore
import ServiceLifecycle
import Synchronization
import WebSocketTransport

/// Hundreds of simulated DHT peers on real sockets, in one process: they join through a bootstrap server, invite each other,
/// keep links, and answer each other and the bridges.
///
/// All of them listen on one port, told apart by path, as the existing network's peers behind their proxy (protocol.md 7.3).
/// All of them live on one event loop, so there is neither a lock nor a task per peer.
package final class PeerSwarm: Service, Sendable {
    private let configuration: Configuration
    private let eventLoop: any EventLoop
    private let logger: Logger
    private let metrics = SwarmStage.Metrics()
    private let progress = SwarmProgress()

    package init(configuration: Configuration, group: any EventLoopGroup, logger: Logger) {
        self.configuration = configuration
        self.eventLoop = group.next()
        self.logger = logger
    }

    /// What happened so far. May be called at any time, before and after ``run()`` too.
    package func snapshot() -> SwarmSnapshot {
        metrics.values.withLock { $0.snapshot }
    }

    /// Returns once every peer's join has succeeded or failed, or the swarm has stopped, or the caller was cancelled.
    package func waitUntilSettled() async {
        await progress.settlement.wait(for: 1)
    }

    /// Returns once so many of the peers that replaced others have ended their joins, or the swarm has stopped, or the caller
    /// was cancelled.
    package func waitForReplacements(_ count: Int) async {
        await progress.replacements.wait(for: count)
    }

    /// Lets the peers join and live until graceful shutdown or cancellation; then closes their connections.
    ///
    /// - Throws: when there is no port to listen on.
    package func run() async throws {
        let eventLoop = eventLoop
        let stage = try await eventLoop.submit { [configuration, metrics, progress, logger] in
            NIOLoopBound(
                SwarmStage(
                    configuration: configuration,
                    eventLoop: eventLoop,
                    metrics: metrics,
                    progress: progress,
                    logger: logger
                ),
                eventLoop: eventLoop
            )
        }.get()
        var listening = WebSocketServer.Configuration(host: configuration.host, port: configuration.port)
        // A silent peer would say by its pings that it is alive. Peers find out by their own messages who is.
        listening.limits.pingInterval = nil
        let server = WebSocketServer(
            configuration: listening,
            group: eventLoop,
            logger: logger,
            onUpgrade: { request in
                guard let peer = stage.value.peer(at: request.path) else { return .accept(Stranger()) }
                return .accept(SwarmConnection(peer: NIOLoopBound(peer, eventLoop: eventLoop), role: .accepted))
            },
            http: nil
        )
        // Before the listener goes: peers that saw their links end one by one would dial each other again.
        try await withTaskCancellationOrGracefulShutdownHandler {
            defer { eventLoop.execute { stage.value.stop() } }
            try await server.run { address in
                guard let port = address.port else { return }
                eventLoop.execute { stage.value.begin(listeningOn: port) }
            }
        } onCancelOrGracefulShutdown: {
            eventLoop.execute { stage.value.stop() }
        }
    }
}

/// Somebody who looks for a peer that is not here.
private final class Stranger: WebSocketHandler {
    func opened(_ connection: WebSocketConnection) {
        connection.close(.policyViolation, reason: "no such peer")
    }

    func received(_ message: WebSocketMessage, on connection: WebSocketConnection) {}

    func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) {}
}
