package import Logging
package import NIOCore
import NIOPosix
package import NIOSSL

/// Dials WebSocket servers. One client serves any number of connections; it has no state of its own besides the clock
/// that looks after them.
package struct WebSocketClient: Sendable {
    private let group: any EventLoopGroup
    private let limits: WebSocketLimits
    private let logger: Logger
    private let sweepers: LoopSweepers
    private let tls: TLSConfiguration

    /// - Parameter tls: whom to trust on `wss`. Verification of name and certificate stays on whatever it says.
    package init(
        group: any EventLoopGroup,
        limits: WebSocketLimits = .client,
        logger: Logger,
        tls: TLSConfiguration = .makeClientConfiguration()
    ) {
        self.group = group
        self.limits = limits
        self.logger = logger
        self.sweepers = LoopSweepers(group: group, limits: limits)
        var tls = tls
        tls.certificateVerification = .fullVerification
        // HTTP/2 has another way to open WebSockets, which we don't speak.
        tls.applicationProtocols = ["http/1.1"]
        self.tls = tls
    }

    /// Dials, and completes once the WebSocket is open. Fails with a ``WebSocketConnectError``, after which `handler` hears
    /// nothing. `opened` is called before the future completes.
    package func connect(
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

    package func connect(
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
        let secure: NIOSSLClientHandler?
        do {
            var generator = SystemRandomNumberGenerator()
            let handshake = try ClientHandshake(url: url, headers: headers, using: &generator)
            attempt = ClientHandshakeHandler(handshake: handshake, handler: handler, sweeper: sweeper, opened: opened)
            secure = try url.scheme == .wss ? self.makeTLSHandler(for: url.host) : nil
        } catch let error as WebSocketConnectError {
            return opened.fail(error)
        } catch {
            return opened.fail(WebSocketConnectError.tls("\(error)"))
        }
        self.open(url, secure: secure, attempt: attempt)
    }

    private func open(_ url: WebSocketURL, secure: NIOSSLClientHandler?, attempt: ClientHandshakeHandler) {
        let eventLoop = attempt.opened.futureResult.eventLoop.assumeIsolated()
        let timeout = TimeAmount(self.limits.handshakeTimeout)
        // Covers looking up the name, TCP, TLS and the upgrade together.
        let overdue = eventLoop.scheduleTask(in: timeout) { attempt.fail(.timedOut) }
        attempt.opened.futureResult.whenComplete { _ in overdue.cancel() }

        let bootstrap = ClientBootstrap(group: eventLoop.nonisolated())
            .connectTimeout(timeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        // An address needs no resolver, and no race between the two families of addresses.
        let connected =
            (try? SocketAddress(ipAddress: url.host, port: url.port)).map { bootstrap.connect(to: $0) }
            ?? bootstrap.connect(host: url.host, port: url.port)
        connected
            .assumeIsolated()
            .whenComplete { result in
                switch result {
                case .success(let channel): attempt.start(on: channel, secure: secure)
                case .failure(let error): attempt.fail(Self.classify(error, host: url.host))
                }
            }
    }

    /// The name goes into SNI and is checked against the certificate; an address can only be checked.
    private func makeTLSHandler(for host: String) throws -> NIOSSLClientHandler {
        let context = try NIOSSLContext(configuration: self.tls)
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host)
    }

    private static func classify(_ error: any Error, host: String) -> WebSocketConnectError {
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
