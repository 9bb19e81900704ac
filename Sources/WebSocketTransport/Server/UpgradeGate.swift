import Kademlia
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOSSL

/// Stands behind the HTTP decoder of every accepted connection and decides what each request becomes: a WebSocket, a plain
/// HTTP exchange, or an error that is answered here. Also keeps the clock of every request.
///
///     waiting ──valid upgrade──> upgrading ──> (WebSocketFrameHandler takes over)
///        │ └──plain request──> serving ──response written, keep-alive──> serving ...
///        └──bad request, refusal──> refused ──FIN, or closeTimeout──> gone
final class UpgradeGate: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    typealias HTTPChannel = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    /// What all gates of one server share.
    final class Settings: Sendable {
        let maxRequestBodyBytes: Int
        let headers: HeaderLimits
        let trustedProxies: TrustedProxies
        /// nil: plain TCP.
        let tls: ServerTLS?
        let onUpgrade: @Sendable (UpgradeRequest) -> UpgradeDecision
        /// Passes a plain HTTP connection on to whoever serves it, or returns false. The receiver calls `attach`.
        /// nil: there are only WebSockets here.
        let serve: (@Sendable (NIOLoopBound<UpgradeGate>) -> Bool)?

        init(
            configuration: WebSocketServer.Configuration,
            onUpgrade: @escaping @Sendable (UpgradeRequest) -> UpgradeDecision,
            serve: (@Sendable (NIOLoopBound<UpgradeGate>) -> Bool)?
        ) {
            self.maxRequestBodyBytes = configuration.maxRequestBodyBytes
            self.headers = configuration.headers
            self.trustedProxies = configuration.trustedProxies
            self.tls = configuration.tls
            self.onUpgrade = onUpgrade
            self.serve = serve
        }
    }

    private enum State {
        /// Nothing, or part of the first head, has arrived.
        case waiting
        /// A good upgrade request; its end follows the head at once, since it has no body.
        case accepted(HTTPRequestHead, HandshakeKey)
        /// 101 is written. The decoder may pass on nothing more: what follows are frames.
        case upgrading
        /// A plain HTTP connection.
        case serving(Exchange)
        /// The last answer is written; all further input is dropped.
        case refused
        case gone
    }

    /// A plain HTTP connection, request after request.
    private struct Exchange {
        /// Parts that wait until the connection is attached to its server.
        var held: [HTTPServerRequestPart]?
        var isReceiving = false
        var bodyBytes = 0
        var unanswered = 0
        var closesAfterResponse = false
    }

    var sweepIndex = 0

    private let settings: Settings
    private let sweeper: ConnectionSweeper
    private var state = State.waiting
    private var context: ChannelHandlerContext?
    private var deadline: NIODeadline?
    private var hasEncoder = false
    private var isDraining = false

    init(settings: Settings, sweeper: ConnectionSweeper) {
        self.settings = settings
        self.sweeper = sweeper
    }

    /// Adds TLS, the decoder and a gate to a fresh channel. The gate's clock runs from here on, so it covers the TLS handshake
    /// and whoever never begins one.
    static func install(on channel: any Channel, settings: Settings, sweeper: ConnectionSweeper) throws {
        if let tls = settings.tls {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls.context))
        }
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldCount = settings.headers.maxFields
        limits.maxHeaderListSize = settings.headers.maxBytes
        limits.maxHeaderFieldSize = settings.headers.maxBytes
        let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits)
        try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(decoder))
        try channel.pipeline.syncOperations.addHandler(UpgradeGate(settings: settings, sweeper: sweeper))
    }

    // MARK: Life on the channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.startClock(self.sweeper.limits.handshakeTimeout)
        self.sweeper.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.leave()
        self.context = nil
    }

    /// Who does not read what it asked for is cut off, as is who does not ask: a stream must not wait for it for ever.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if case .serving(let exchange) = self.state, !exchange.isReceiving, exchange.unanswered > 0 {
            if context.channel.isWritable {
                self.deadline = nil
            } else {
                self.startClock(self.sweeper.limits.handshakeTimeout)
            }
        }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.leave()
        context.fireChannelInactive()
    }

    private func leave() {
        self.state = .gone
        self.sweeper.remove(self)
    }

    private func startClock(_ duration: Duration) {
        self.deadline = self.sweeper.eventLoop.now + TimeAmount(duration)
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.state {
        case .waiting:
            switch self.unwrapInboundIn(data) {
            case .head(let head): self.first(head)
            case .body, .end: break
            }
        case .accepted(let head, let key):
            switch self.unwrapInboundIn(data) {
            case .end: self.upgrade(head, key: key)
            case .head, .body: self.respond(.badRequest, "a WebSocket upgrade must have no body")
            }
        case .upgrading:
            // A second request behind an upgrade. Frames can't come this way: see `upgrade`.
            context.close(promise: nil)
        case .serving(let exchange):
            self.receive(self.unwrapInboundIn(data), exchange)
        case .refused, .gone:
            break
        }
    }

    private func first(_ head: HTTPRequestHead) {
        switch UpgradeCheck.classify(head) {
        case .upgrade(let key):
            self.state = .accepted(head, key)
        case .refuse(let status, let body):
            self.respond(status, body)
        case .http:
            guard let serve = self.settings.serve else { return self.respond(.notFound, "only WebSockets here") }
            guard serve(NIOLoopBound(self, eventLoop: self.sweeper.eventLoop)) else {
                return self.respond(.serviceUnavailable, "shutting down")
            }
            self.receive(.head(head), Exchange(held: []))
        }
    }

    private func receive(_ part: HTTPServerRequestPart, _ exchange: Exchange) {
        var exchange = exchange
        var part = part
        switch part {
        case .head(var head):
            guard !exchange.closesAfterResponse else { return }
            if exchange.held == nil, UpgradeCheck.classify(head) != .http {
                // The exchange with the HTTP server can't be taken back. Clients open a connection for each WebSocket.
                exchange.closesAfterResponse = true
                self.state = .serving(exchange)
                if exchange.unanswered == 0 {
                    self.respond(.badRequest, "a WebSocket upgrade must be the first request of its connection")
                }
                return
            }
            if let length = head.headers.first(name: "Content-Length").flatMap({ Int($0) }),
                length > self.settings.maxRequestBodyBytes, exchange.unanswered == 0
            {
                return self.respond(.payloadTooLarge, "request body too large")
            }
            if !head.isKeepAlive || Self.mustBeLast(head) || self.isDraining {
                exchange.closesAfterResponse = true
                head.headers.replaceOrAdd(name: "Connection", value: "close")
                part = .head(head)
            }
            exchange.isReceiving = true
            exchange.bodyBytes = 0
            exchange.unanswered += 1
            self.startClock(self.sweeper.limits.handshakeTimeout)
        case .body(let bytes):
            guard exchange.isReceiving else { return }
            exchange.bodyBytes += bytes.readableBytes
            guard exchange.bodyBytes <= self.settings.maxRequestBodyBytes else {
                self.context?.close(promise: nil)
                return
            }
        case .end:
            guard exchange.isReceiving else { return }
            exchange.isReceiving = false
            self.deadline = nil
        }
        exchange.held?.append(part)
        let passesOn = exchange.held == nil
        self.state = .serving(exchange)
        if passesOn { self.context?.fireChannelRead(self.wrapInboundOut(part)) }
    }

    /// The decoder stops after any request that offers an upgrade, even to a protocol that nobody speaks. And a proxy that
    /// keeps connections to us open would send a WebSocket request, of anyone, over one that served HTTP before.
    private static func mustBeLast(_ head: HTTPRequestHead) -> Bool {
        ["Upgrade", "Forwarded", "X-Forwarded-For", "Via"].contains { head.headers.contains(name: $0) }
    }

    /// Connects the HTTP server to this connection; on the event loop. Returns nil when it is gone already.
    func attach() throws -> HTTPChannel? {
        guard case .serving(var exchange) = self.state, let held = exchange.held, let context = self.context else {
            return nil
        }
        try self.installEncoder()
        let pipeline = context.pipeline.syncOperations
        try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: self.settings.tls != nil))
        let channel = try HTTPChannel(
            wrappingChannelSynchronously: context.channel,
            configuration: .init(isOutboundHalfClosureEnabled: true)
        )
        exchange.held = nil
        self.state = .serving(exchange)
        for part in held {
            context.fireChannelRead(self.wrapInboundOut(part))
        }
        context.fireChannelReadComplete()
        return channel
    }

    // MARK: Upgrade

    /// Answers 101 and hands the connection over.
    ///
    /// The order matters: the decoder finishes its removal, and passes on what it holds, in the next turn of the loop,
    /// after the step that is put there first. So until the frame handler stands in for this gate only HTTP parts can come
    /// here, and only bytes afterwards. Frames that came in one segment with the request are kept.
    private func upgrade(_ head: HTTPRequestHead, key: HandshakeKey) {
        guard let context = self.context else { return }
        let remoteAddress = context.channel.remoteAddress
        let clientAddress = remoteAddress?.address.map { self.settings.trustedProxies.client(of: $0, head.headers) }
        let request = UpgradeRequest(
            path: head.uri,
            headers: head.headers,
            remoteAddress: remoteAddress,
            clientAddress: clientAddress
        )
        let handler: any WebSocketHandler
        switch self.settings.onUpgrade(request) {
        case .accept(let accepted): handler = accepted
        case .refuse(let status, let body): return self.respond(status, body)
        }
        self.state = .upgrading
        let answer = ByteBuffer(
            string: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: \(key.accept)\r\n\r\n"
        )
        context.eventLoop.assumeIsolated().execute {
            self.handOver(to: handler, path: head.uri, clientAddress: clientAddress, answer: answer)
        }
        do {
            let decoder = try context.pipeline.syncOperations.context(
                handlerType: ByteToMessageHandler<HTTPRequestDecoder>.self
            )
            context.pipeline.syncOperations.removeHandler(context: decoder, promise: nil)
        } catch {
            context.close(promise: nil)
        }
    }

    private func handOver(
        to handler: any WebSocketHandler,
        path: String,
        clientAddress: IPAddress?,
        answer: ByteBuffer
    ) {
        guard case .upgrading = self.state, let context = self.context, context.channel.isActive else { return }
        let frames = WebSocketFrameHandler(
            role: .server,
            sweeper: self.sweeper,
            handler: handler,
            path: path,
            clientAddress: clientAddress
        )
        do {
            try context.pipeline.syncOperations.addHandler(frames, position: .after(self))
        } catch {
            context.close(promise: nil)
            return
        }
        context.writeAndFlush(NIOAny(answer), promise: nil)
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        _ = frames.open()
    }

    // MARK: Answers

    /// Answers with a short text, says goodbye and drops what still comes.
    private func respond(_ status: HTTPResponseStatus, _ body: String) {
        self.state = .refused
        self.startClock(self.sweeper.limits.closeTimeout)
        guard let context = self.context else { return }
        do {
            try self.installEncoder()
        } catch {
            context.close(promise: nil)
            return
        }
        let text = ByteBuffer(string: body + "\n")
        var headers: HTTPHeaders = [
            "Content-Type": "text/plain; charset=utf-8", "Content-Length": String(text.readableBytes),
            "Connection": "close",
        ]
        if status == .upgradeRequired {
            headers.add(name: "Upgrade", value: "websocket")
            headers.add(name: "Sec-WebSocket-Version", value: "13")
        }
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(self.wrapOutboundOut(.head(head)), promise: nil)
        context.write(self.wrapOutboundOut(.body(.byteBuffer(text))), promise: nil)
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
        // Closing for good with unread input would reset the connection, and could take the answer with it.
        context.close(mode: .output, promise: nil)
    }

    private func installEncoder() throws {
        guard !self.hasEncoder, let context = self.context else { return }
        self.hasEncoder = true
        try context.pipeline.syncOperations.addHandler(HTTPResponseEncoder(), position: .before(self))
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .serving(var exchange) = self.state else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        context.write(data, promise: promise)
        guard case .end = self.unwrapOutboundIn(data) else { return }
        exchange.unanswered -= 1
        self.state = .serving(exchange)
        if exchange.unanswered == 0 {
            self.startClock(self.sweeper.limits.handshakeTimeout)
            if self.isDraining || exchange.closesAfterResponse { self.hangUp() }
        }
    }

    private func hangUp() {
        guard let context = self.context else { return }
        self.startClock(self.sweeper.limits.closeTimeout)
        context.flush()
        context.close(mode: .output, promise: nil)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .output { self.startClock(self.sweeper.limits.closeTimeout) }
        context.close(mode: mode, promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else {
            context.close(promise: nil)
            return
        }
        switch self.state {
        case .waiting, .accepted:
            self.respond(to: error)
        case .serving(var exchange):
            if exchange.unanswered == 0 { return self.respond(to: error) }
            exchange.closesAfterResponse = true
            self.state = .serving(exchange)
        case .upgrading:
            context.close(promise: nil)
        case .refused, .gone:
            break
        }
    }

    private func respond(to error: HTTPParserError) {
        if error == .headerOverflow {
            self.respond(.requestHeaderFieldsTooLarge, "request headers too large")
        } else {
            self.respond(.badRequest, "not a valid HTTP request")
        }
    }
}

extension UpgradeGate: SweptConnection {
    func sweep(at now: NIODeadline) {
        if let deadline = self.deadline, deadline <= now {
            self.context?.cutOff()
        }
    }

    func drain() {
        self.isDraining = true
        switch self.state {
        case .serving(let exchange) where exchange.unanswered > 0:
            break
        case .waiting, .serving:
            self.context?.close(promise: nil)
        case .accepted, .upgrading, .refused, .gone:
            break
        }
    }

    func abort() {
        self.context?.cutOff()
    }
}
