public import HummingbirdCore
public import Logging
public import NIOCore
import NIOHTTPTypes
import NIOPosix
import ServiceLifecycle

/// Accepts WebSockets and plain HTTP on one port.
///
/// WebSockets cost no task: their handlers run on the event loops. Plain HTTP connections are served by `http`, each in a
/// child task of `run`.
public final class WebSocketServer: Sendable {
    public struct Configuration: Sendable {
        public var host: String
        /// 0: any free port, told to `onListening`.
        public var port: Int
        public var limits = WebSocketLimits.server
        public var headers = HeaderLimits()
        /// nil: plain `ws` and `http`. Otherwise the port speaks TLS only, `wss` and `https`.
        public var tls: ServerTLS?
        /// Proxies that say in whose name they connect; nobody else is believed.
        public var trustedProxies = TrustedProxies.none

        /// Our routes take small JSON documents at most.
        public var maxRequestBodyBytes = 64 << 10

        /// At shutdown, how long connections may take to end politely before they are cut: exit within 10 s leaves room
        /// for the rest of the process.
        public var drainTime = Duration.seconds(6)

        /// Connections that the kernel holds until we accept them: a burst of joins should wait, not be refused.
        public var backlog = 4096

        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    /// Answers one plain HTTP request; the shape that Hummingbird's routers have.
    public typealias HTTPResponder = HTTPChannelHandler.Responder

    private let configuration: Configuration
    private let group: any EventLoopGroup
    private let logger: Logger
    private let onUpgrade: @Sendable (UpgradeRequest) -> UpgradeDecision
    private let http: HTTPResponder?

    /// - Parameters:
    ///   - onUpgrade: decides about each valid upgrade request; called on an event loop, so it must not block.
    ///   - http: answers plain HTTP requests; nil answers them all with 404.
    public init(
        configuration: Configuration,
        group: any EventLoopGroup,
        logger: Logger,
        onUpgrade: @escaping @Sendable (UpgradeRequest) -> UpgradeDecision,
        http: HTTPResponder?
    ) {
        self.configuration = configuration
        self.group = group
        self.logger = logger
        self.onUpgrade = onUpgrade
        self.http = http
    }

    /// Serves until graceful shutdown or cancellation. Then stops accepting, awaits `beforeClosing`, closes every WebSocket
    /// with 1001, lets HTTP responses finish, and cuts after `drainTime` whatever is left.
    ///
    /// - Parameters:
    ///   - onListening: hears the address once it is listened on.
    ///   - beforeClosing: awaited once, with the listener closed and all open connections served as before, so that the
    ///     owner can finish what it has begun over them. The owner bounds it. After a cancellation it runs cancelled.
    /// - Throws: `WebSocketListenError` when the address can't be listened on.
    public func run(
        onListening: @Sendable (SocketAddress) -> Void,
        beforeClosing: @escaping @Sendable () async -> Void = {}
    ) async throws {
        let sweepers = LoopSweepers(group: self.group, limits: self.configuration.limits)
        let (attachments, continuation) = AsyncStream.makeStream(of: NIOLoopBound<UpgradeGate>.self)
        let enqueue: @Sendable (NIOLoopBound<UpgradeGate>) -> Bool = { continuation.yield($0).isEnqueued }
        let settings = UpgradeGate.Settings(
            configuration: self.configuration,
            onUpgrade: self.onUpgrade,
            serve: self.http == nil ? nil : enqueue
        )
        let listener = try await self.listen(settings: settings, sweepers: sweepers)
        if let address = listener.localAddress { onListening(address) }

        let http = self.http.map { HTTP1Channel(responder: $0) }
        await withDiscardingTaskGroup { tasks in
            tasks.addTask {
                await self.untilShutdown(closing: listener)
                await beforeClosing()
                await self.drain(sweepers)
                continuation.finish()
            }
            for await gate in attachments {
                guard let http else { continue }
                tasks.addTask {
                    await self.serve(gate, http: http)
                }
            }
        }
    }

    private func listen(settings: UpgradeGate.Settings, sweepers: LoopSweepers) async throws -> any Channel {
        let bootstrap = ServerBootstrap(group: self.group)
            .serverChannelOption(.backlog, value: Int32(clamping: self.configuration.backlog))
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let sweeper = sweepers[channel.eventLoop] else {
                        throw ChannelError.inappropriateOperationForState
                    }
                    try UpgradeGate.install(on: channel, settings: settings, sweeper: sweeper)
                }
            }
        let (host, port) = (self.configuration.host, self.configuration.port)
        do {
            return try await bootstrap.bind(host: host, port: port).get()
        } catch {
            throw WebSocketListenError(host: host, port: port, cause: error)
        }
    }

    /// Returns when the listener is closed, which graceful shutdown and cancellation both bring about.
    private func untilShutdown(closing listener: any Channel) async {
        await withTaskCancellationOrGracefulShutdownHandler {
            // A listener has nothing to report on its end.
            try? await listener.closeFuture.get()
        } onCancelOrGracefulShutdown: {
            listener.close(promise: nil)
        }
    }

    private func drain(_ sweepers: LoopSweepers) async {
        let loop = self.group.any()
        let cut = loop.scheduleTask(in: TimeAmount(self.configuration.drainTime)) { sweepers.abortAll() }
        // Each future can only succeed: it says that an event loop has no connection left.
        try? await sweepers.drainAll(on: loop).get()
        cut.cancel()
    }

    private func serve(_ gate: NIOLoopBound<UpgradeGate>, http: HTTP1Channel) async {
        do {
            guard let channel = try await gate.eventLoop.submit({ try gate.value.attach() }).get() else { return }
            await http.handle(value: channel, logger: self.logger)
        } catch {
            self.logger.debug("HTTP connection not served", metadata: ["error": "\(error)"])
        }
    }
}

extension AsyncStream.Continuation.YieldResult {
    fileprivate var isEnqueued: Bool {
        if case .enqueued = self { true } else { false }
    }
}
