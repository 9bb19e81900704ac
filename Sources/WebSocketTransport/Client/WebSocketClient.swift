public import Logging
public import NIOCore
import NIOPosix

/// Dials WebSocket servers. One client serves any number of connections; it has no state of its own besides the clock
/// that looks after them.
public struct WebSocketClient: Sendable {
    private let group: any EventLoopGroup
    private let limits: WebSocketLimits
    private let logger: Logger
    private let sweepers: LoopSweepers
    private let trust: ClientTrust

    /// - Parameter trust: whom to believe on `wss`. Name and certificate are always verified.
    public init(
        group: any EventLoopGroup,
        limits: WebSocketLimits = .client,
        logger: Logger,
        trust: ClientTrust = .system
    ) {
        self.group = group
        self.limits = limits
        self.logger = logger
        self.sweepers = LoopSweepers(group: group, limits: limits)
        self.trust = trust
    }

    /// Dials, and completes once the WebSocket is open. Fails with a ``WebSocketConnectError``, after which `handler` hears
    /// nothing. `opened` is called before the future completes.
    public func connect(
        to url: WebSocketURL,
        headers: [(String, String)] = [],
        handler: any WebSocketHandler
    ) -> EventLoopFuture<WebSocketConnection> {
        let eventLoop = self.group.next()
        let opened = eventLoop.makePromise(of: WebSocketConnection.self)
        eventLoop.execute {
            self.dial(url, headers: headers, handler: handler, opened: opened)
        }
        return opened.futureResult
    }

    public func connect(
        to url: WebSocketURL,
        headers: [(String, String)] = [],
        handler: any WebSocketHandler
    ) async throws -> WebSocketConnection {
        try await self.connect(to: url, headers: headers, handler: handler).get()
    }

    private func dial(
        _ url: WebSocketURL,
        headers: [(String, String)],
        handler: any WebSocketHandler,
        opened: EventLoopPromise<WebSocketConnection>
    ) {
        let eventLoop = opened.futureResult.eventLoop
        guard let sweeper = self.sweepers[eventLoop] else {
            return opened.fail(WebSocketConnectError.refused("no event loop"))
        }
        let attempt: ClientHandshakeHandler
        do throws(WebSocketConnectError) {
            var generator = SystemRandomNumberGenerator()
            let handshake = try ClientHandshake(url: url, headers: headers, using: &generator)
            attempt = ClientHandshakeHandler(handshake: handshake, handler: handler, sweeper: sweeper, opened: opened)
        } catch {
            return opened.fail(error)
        }
        // Covers looking up the name, TCP, TLS and the upgrade together.
        let overdue = eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(self.limits.handshakeTimeout)) {
            attempt.fail(.timedOut)
        }
        opened.futureResult.whenComplete { _ in overdue.cancel() }
        switch url.scheme {
        case .ws:
            self.open(url, tls: nil, attempt: attempt)
        case .wss:
            self.trust.current(on: eventLoop).assumeIsolated().whenComplete { result in
                do {
                    self.open(url, tls: try ClientTLS(host: url.host, trust: result.get()), attempt: attempt)
                } catch {
                    attempt.fail(.tls(TLSFailure.describe(error)))
                }
            }
        }
    }

    private func open(_ url: WebSocketURL, tls: ClientTLS?, attempt: ClientHandshakeHandler) {
        let eventLoop = attempt.opened.futureResult.eventLoop
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(TimeAmount(self.limits.handshakeTimeout))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        // An address needs no resolver, and no race between the two families of addresses.
        let connected =
            (try? SocketAddress(ipAddress: url.host, port: url.port)).map { bootstrap.connect(to: $0) }
            ?? bootstrap.connect(host: url.host, port: url.port)
        connected
            .assumeIsolated()
            .whenComplete { result in
                switch result {
                case .success(let channel): attempt.start(on: channel, tls: tls)
                case .failure(let error): attempt.fail(Self.classify(error, host: url.host))
                }
            }
    }

    static func classify(_ error: any Error, host: String) -> WebSocketConnectError {
        switch error {
        case let error as NIOConnectionError:
            guard let first = error.connectionErrors.first else { return .resolution(host) }
            return Self.classify(first.error, host: host)
        case let error as IOError:
            return .refused(String(cString: strerror(error.errnoCode)))
        case ChannelError.connectTimeout:
            return .timedOut
        case let error as WebSocketConnectError:
            return error
        default:
            return .refused("\(error)")
        }
    }
}
