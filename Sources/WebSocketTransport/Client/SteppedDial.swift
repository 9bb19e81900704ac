package import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import Synchronization

/// One dial like those of ``WebSocketClient``, hop by hop, so that whoever makes it sees how far it got. Each hop has a time of
/// its own, and fails with a ``WebSocketConnectError``, or with `CancellationError`.
///
/// The hops must be made in order, once each. Whoever does not come to an open WebSocket calls ``abandon()``.
package final class SteppedDial: Sendable {
    package let url: WebSocketURL
    package let eventLoop: any EventLoop
    private let trust: ClientTrust
    private let limits: WebSocketLimits

    private enum Progress: Sendable {
        case waiting
        case connected(any Channel)
        case abandoned
    }
    private let progress = Mutex(Progress.waiting)

    package init(
        _ url: WebSocketURL,
        on eventLoop: any EventLoop,
        trust: ClientTrust,
        limits: WebSocketLimits = .client
    ) {
        self.url = url
        self.eventLoop = eventLoop
        self.trust = trust
        self.limits = limits
    }

    /// Of the host, as `HostLookup` finds them.
    ///
    /// - Throws: `HostLookup.Failure` instead of an error that says less.
    package func lookUp(within limit: Duration) async throws -> [SocketAddress] {
        let found = try await HostLookup.addresses(of: url.host, port: url.port, on: eventLoop, within: limit)
        guard let found else { throw WebSocketConnectError.timedOut }
        return found
    }

    /// TCP.
    package func connect(to address: SocketAddress, within limit: Duration) async throws {
        let connecting = ClientBootstrap(group: eventLoop)
            .connectTimeout(TimeAmount(limit))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(to: address)
        // Whether or not somebody still waits for it.
        connecting.whenSuccess { channel in
            let isWanted = self.progress.withLock { progress in
                guard case .waiting = progress else { return false }
                progress = .connected(channel)
                return true
            }
            if !isWanted { channel.close(promise: nil) }
        }
        do {
            // The time is the channel's own; this one is for a loop that is held up.
            guard try await connecting.value(within: limit + .seconds(1)) != nil else {
                throw WebSocketConnectError.timedOut
            }
        } catch let error as CancellationError {
            throw error
        } catch {
            throw WebSocketClient.classify(error, host: url.host)
        }
    }

    /// TLS, which an address with `wss` needs and one with `ws` must not have. Name and certificate are verified as ever.
    package func secure(within limit: Duration) async throws -> ServerCertificate {
        let channel = try channel
        let done = eventLoop.makePromise(of: ServerCertificate.self)
        trust.current(on: eventLoop).whenComplete { [url] loaded in
            do {
                let tls = try ClientTLS(host: url.host, trust: loaded.get())
                try channel.pipeline.syncOperations.addHandlers(tls.handler, TLSWatch(tls, done))
            } catch {
                done.fail(WebSocketConnectError.tls(TLSFailure.describe(error)))
            }
        }
        defer { done.fail(WebSocketConnectError.timedOut) }
        guard let certificate = try await done.futureResult.value(within: limit) else {
            throw WebSocketConnectError.timedOut
        }
        return certificate
    }

    /// The request to become a WebSocket. `handler` hears `opened` before this returns, and nothing if it throws.
    package func upgrade(_ handler: any WebSocketHandler, within limit: Duration) async throws -> WebSocketConnection {
        let channel = try channel
        let sweepers = LoopSweepers(group: eventLoop, limits: limits)
        let opened = eventLoop.makePromise(of: WebSocketConnection.self)
        eventLoop.execute { [url] in
            var generator = SystemRandomNumberGenerator()
            guard let sweeper = sweepers[channel.eventLoop] else {
                return opened.fail(WebSocketConnectError.refused("no event loop"))
            }
            let attempt: ClientHandshakeHandler
            do throws(WebSocketConnectError) {
                let handshake = try ClientHandshake(url: url, headers: [], using: &generator)
                attempt = ClientHandshakeHandler(
                    handshake: handshake,
                    handler: handler,
                    sweeper: sweeper,
                    opened: opened
                )
            } catch {
                return opened.fail(error)
            }
            let overdue = channel.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(limit)) {
                attempt.fail(.timedOut)
            }
            opened.futureResult.whenComplete { _ in overdue.cancel() }
            // TLS is over, so its errors are those of a connection.
            attempt.start(on: channel, tls: nil)
        }
        guard let connection = try await opened.futureResult.value(within: limit + .seconds(1)) else {
            throw WebSocketConnectError.timedOut
        }
        return connection
    }

    /// The connection itself, for another protocol than WebSocket.
    package var channel: any Channel {
        get throws(WebSocketConnectError) {
            guard case .connected(let channel) = progress.withLock({ $0 }) else {
                throw .invalidHandshake("connection closed")
            }
            return channel
        }
    }

    /// Gives up, at whatever hop. Of a WebSocket that is open it closes the connection, without a word.
    package func abandon() {
        let before = progress.withLock { progress in
            defer { progress = .abandoned }
            return progress
        }
        switch before {
        case .connected(let channel):
            // Not politely: TLS would wait for an answer.
            channel.eventLoop.execute {
                if let secure = try? channel.pipeline.syncOperations.context(handlerType: NIOSSLHandler.self) {
                    secure.close(promise: nil)
                } else {
                    channel.close(promise: nil)
                }
            }
        case .waiting, .abandoned: break
        }
    }
}

/// Waits for the end of one TLS handshake, and reads the certificate.
private final class TLSWatch: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    private let tls: ClientTLS
    private let done: EventLoopPromise<ServerCertificate>

    init(_ tls: ClientTLS, _ done: EventLoopPromise<ServerCertificate>) {
        self.tls = tls
        self.done = done
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent {
            if let certificate = tls.handler.peerCertificate {
                done.succeed(ServerCertificate(certificate))
            } else {
                done.fail(WebSocketConnectError.tls("the server showed no certificate"))
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        done.fail(WebSocketConnectError.tls(tls.reason(for: error) ?? "the connection was lost"))
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        done.fail(WebSocketConnectError.tls("the server hung up during the TLS handshake"))
        context.fireChannelInactive()
    }
}
