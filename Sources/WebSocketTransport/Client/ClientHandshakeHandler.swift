import NIOCore
import NIOHTTP1

/// Asks the server to switch to WebSocket, checks the answer and hands the connection over.
///
/// Ends in exactly one way: the promise succeeds after the handler heard `opened`, or fails with a ``WebSocketConnectError``
/// and the handler hears nothing.
final class ClientHandshakeHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private enum State {
        case waiting
        /// A good answer; its end follows the head at once.
        case accepted
        /// The decoder is asked to leave. HTTP parts may still come, and break the protocol.
        case upgrading
        /// The decoder is leaving, and passes on the bytes that came behind the answer.
        case collecting([NIOAny])
        case done
    }

    private let handshake: ClientHandshake
    private let handler: any WebSocketHandler
    private let sweeper: ConnectionSweeper
    let opened: EventLoopPromise<WebSocketConnection>
    private var state = State.waiting
    private var context: ChannelHandlerContext?
    private var tls: ClientTLS?

    init(
        handshake: ClientHandshake,
        handler: any WebSocketHandler,
        sweeper: ConnectionSweeper,
        opened: EventLoopPromise<WebSocketConnection>
    ) {
        self.handshake = handshake
        self.handler = handler
        self.sweeper = sweeper
        self.opened = opened
    }

    /// An answer needs less than a request, but may come through proxies that add to it.
    private static var decoderLimits: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldCount = 64
        limits.maxHeaderListSize = 16 << 10
        limits.maxHeaderFieldSize = 16 << 10
        return limits
    }

    /// Begins on a fresh connection. Not in a channel initializer, because several addresses of one name may be dialled at
    /// the same time, and only one of these connections comes here.
    func start(on channel: any Channel, tls: ClientTLS?) {
        guard case .waiting = self.state else {
            // Given up in the meantime.
            channel.close(promise: nil)
            return
        }
        self.tls = tls
        let decoder = HTTPResponseDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: Self.decoderLimits)
        do {
            let pipeline = channel.pipeline.syncOperations
            if let tls { try pipeline.addHandler(tls.handler) }
            try pipeline.addHandlers(HTTPRequestEncoder(), ByteToMessageHandler(decoder), self)
        } catch {
            self.fail(.invalidHandshake("connection closed"))
            channel.close(promise: nil)
            return
        }
        // With TLS this waits in the TLS handler until its handshake is done.
        self.context?.write(self.wrapOutboundOut(.head(self.handshake.request)), promise: nil)
        self.context?.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.fail(.invalidHandshake("connection closed"))
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.state {
        case .waiting:
            guard case .head(let head) = self.unwrapInboundIn(data) else { return }
            do throws(WebSocketConnectError) {
                try self.handshake.check(head)
                self.state = .accepted
            } catch {
                self.fail(error)
            }
        case .accepted:
            guard case .end = self.unwrapInboundIn(data) else { return self.fail(.invalidHandshake("101 with a body")) }
            self.upgrade()
        case .upgrading:
            self.fail(.invalidHandshake("a second answer"))
        case .collecting(let collected):
            self.state = .collecting(collected + [data])
        case .done:
            break
        }
    }

    /// The order matters: the decoder leaves, and passes on what it holds, in the next turn of the loop, after the step that
    /// is put there first. So HTTP parts can come before that step only, and bytes after it only. They wait until the
    /// decoder is gone, because it also watches what is written, and takes that for requests.
    private func upgrade() {
        guard let context = self.context else { return }
        self.state = .upgrading
        context.eventLoop.assumeIsolated().execute {
            if case .upgrading = self.state { self.state = .collecting([]) }
        }
        do {
            let pipeline = context.pipeline.syncOperations
            let decoder = try pipeline.context(handlerType: ByteToMessageHandler<HTTPResponseDecoder>.self)
            let encoder = try pipeline.context(handlerType: HTTPRequestEncoder.self)
            pipeline.removeHandler(context: encoder, promise: nil)
            pipeline.removeHandler(context: decoder).assumeIsolated().whenComplete { _ in self.handOver() }
        } catch {
            self.fail(.invalidHandshake("connection closed"))
        }
    }

    private func handOver() {
        guard case .collecting(let collected) = self.state, let context = self.context, context.channel.isActive else {
            return self.fail(.invalidHandshake("connection closed"))
        }
        let frames = WebSocketFrameHandler(
            role: .client,
            sweeper: self.sweeper,
            handler: self.handler,
            path: self.handshake.request.uri
        )
        do {
            try context.pipeline.syncOperations.addHandler(frames, position: .after(self))
        } catch {
            return self.fail(.invalidHandshake("connection closed"))
        }
        self.state = .done
        if let connection = frames.open() {
            self.opened.succeed(connection)
        } else {
            self.opened.fail(WebSocketConnectError.invalidHandshake("connection closed"))
        }
        for bytes in collected {
            context.fireChannelRead(bytes)
        }
        context.fireChannelReadComplete()
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let reason = self.tls?.reason(for: error) {
            self.fail(.tls(reason))
        } else if let error = error as? HTTPParserError {
            self.fail(.invalidHandshake("\(error)"))
        } else {
            self.fail(.invalidHandshake("connection lost"))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.fail(.invalidHandshake("connection closed before the answer"))
        context.fireChannelInactive()
    }

    /// Gives up, unless the WebSocket is open already.
    func fail(_ error: WebSocketConnectError) {
        switch self.state {
        case .waiting, .accepted, .upgrading, .collecting:
            self.state = .done
            self.opened.fail(error)
            self.context?.cutOff()
        case .done:
            break
        }
    }
}
