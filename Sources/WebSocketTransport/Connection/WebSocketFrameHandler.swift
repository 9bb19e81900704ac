import Kademlia
import NIOCore
import Telemetry

/// The one channel handler of an open WebSocket, same for both roles: bytes in and out, deadlines, the closing handshake.
///
///     open ──close()──> closing ──their close frame──┐
///      │                   └──closeTimeout──> aborted │
///      ├──their close frame (answered)───────────────>├──> hangingUp ──their FIN, or closeTimeout──> gone
///      └──broken rule (answered)─────────────────────>┘
///
/// Frames that are sent collect in `outbox` and leave in one write at the end of the turn of the event loop.
final class WebSocketFrameHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case open
        /// Our close frame is out; waiting for theirs.
        case closing(WebSocketClosure)
        /// Both directions have ended. A server has sent FIN and waits for the other end's: closing at once would make
        /// the kernel answer what is still on the way with a reset, which can destroy our close frame before it is read.
        case hangingUp(WebSocketClosure)
        case gone
    }

    /// Frames are handed to the socket without waiting for the end of the turn once this much has collected.
    private static let outboxLimit = 64 << 10

    var sweepIndex = 0

    private let role: FrameReader.Role
    private let sweeper: ConnectionSweeper
    private let handler: any WebSocketHandler
    private let path: String
    private let clientAddress: IPAddress?

    private var state = State.open
    private var reader: FrameReader
    private var controlBudget: ControlFrameBudget
    private var context: ChannelHandlerContext?
    private var connection: WebSocketConnection?

    private var outbox = ByteBuffer()
    /// Of a client; a server masks nothing, and keeps none.
    private var masks = BufferedRandomness()
    private var isReading = false
    private var isFlushScheduled = false
    /// Offers that were decided, and whose owners hear of it in the next turn of the loop: whoever makes us send may hold a lock.
    private var decidedOffers: [(reply: @Sendable (Bool) -> Void, isTaken: Bool)] = []
    /// The newest ping that could not be answered because the other end doesn't read. Only that one must be answered
    /// (RFC 6455, 5.5.3).
    private var owedPong: ByteBuffer?

    private var nextPing: NIODeadline?
    /// When the ping was sent since which nothing has been heard.
    private var unansweredSince: NIODeadline?
    private var unwritableSince: NIODeadline?
    private var closeDeadline: NIODeadline?

    /// What the application was told last, or may assume at first.
    private var toldWritable = true
    private var isTellingScheduled = false

    /// - Parameter clientAddress: nil if it is the address of the TCP connection.
    init(
        role: FrameReader.Role,
        sweeper: ConnectionSweeper,
        handler: any WebSocketHandler,
        path: String,
        clientAddress: IPAddress? = nil
    ) {
        let limits = sweeper.limits
        self.role = role
        self.sweeper = sweeper
        self.handler = handler
        self.path = path
        self.clientAddress = clientAddress
        self.reader = FrameReader(
            role: role,
            maxMessageBytes: limits.maxMessageBytes,
            maxFragments: limits.maxFragments
        )
        self.controlBudget = ControlFrameBudget(
            perSecond: limits.controlFramesPerSecond,
            burst: limits.controlFrameBurst,
            at: sweeper.eventLoop.now
        )
    }

    // MARK: Life on the channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.nextPing = self.limits.pingInterval.map { self.sweeper.eventLoop.now + TimeAmount($0) }
        self.sweeper.add(self)
    }

    /// Tells the application; frames may flow from here on. Call once, right after adding this handler.
    func open() -> WebSocketConnection? {
        guard let context = self.context else { return nil }
        let connection = WebSocketConnection(
            channel: context.channel,
            path: self.path,
            clientAddress: self.clientAddress,
            frames: self
        )
        self.connection = connection
        self.handler.opened(connection)
        // Frames that came together with the handshake follow in this turn, and no `channelReadComplete` after them.
        self.sweeper.eventLoop.assumeIsolated().execute {
            self.isReading = false
            self.flush()
        }
        return connection
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.end()
        self.context = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A socket error: nothing more can be said to the other end.
        self.fail(reason: "connection lost")
    }

    /// The one place that ends this connection for the application.
    private func end() {
        let closure: WebSocketClosure
        switch self.state {
        case .open: closure = WebSocketClosure(code: nil, reason: "connection lost", initiator: .transport)
        case .closing(let ours), .hangingUp(let ours): closure = ours
        case .gone: return
        }
        self.state = .gone
        self.sweeper.remove(self)
        self.outbox = ByteBuffer()
        guard let connection = self.connection else { return }
        // Breaks the cycle between handler and connection.
        self.connection = nil
        // In a later turn, because this one may stand inside the application's own call to `send`.
        let handler = self.handler
        self.sweeper.eventLoop.execute {
            handler.closed(closure, on: connection)
        }
    }

    /// Ends the connection without another word.
    private func fail(reason: String) {
        switch self.state {
        case .open:
            self.state = .hangingUp(WebSocketClosure(code: nil, reason: reason, initiator: .transport))
        case .closing, .hangingUp:
            break
        case .gone:
            return
        }
        self.context?.cutOff()
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var input = self.unwrapInboundIn(data)
        self.isReading = true
        self.unansweredSince = nil
        while true {
            switch self.state {
            case .open, .closing: break
            case .hangingUp, .gone: return
            }
            guard let event = self.reader.next(from: &input) else { return }
            self.handle(event)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.isReading = false
        self.flush()
    }

    private func handle(_ event: FrameReader.Event) {
        switch event {
        case .message(let message):
            // After our own close frame the application is done with this connection.
            guard case .open = self.state, let connection = self.connection else { return }
            self.handler.received(message, on: connection)
        case .ping(let payload):
            guard self.admitControlFrame() else { return }
            if self.unwritableSince == nil {
                self.write(.pong, payload)
            } else {
                self.owedPong = payload
            }
        case .pong(let payload):
            guard self.admitControlFrame(), let connection = self.connection else { return }
            self.handler.pongReceived(payload, on: connection)
        case .close(let code, let reason):
            self.remoteClosed(code, reason: reason)
        case .violation(let violation):
            self.refuse(violation)
        }
    }

    private func admitControlFrame() -> Bool {
        guard self.controlBudget.take(at: self.sweeper.eventLoop.now) else {
            self.refuse(.init(code: .policyViolation, reason: "too many control frames"))
            return false
        }
        guard case .open = self.state, let connection = self.connection else { return false }
        self.handler.heardControlFrame(on: connection)
        // The application may have closed the connection just now.
        guard case .open = self.state else { return false }
        return true
    }

    // MARK: Closing

    private func remoteClosed(_ code: WebSocketCloseCode?, reason: String) {
        switch self.state {
        case .open:
            self.writeClose(code, reason: "")
            self.hangUp(WebSocketClosure(code: code, reason: reason, initiator: .remote))
        case .closing(let ours):
            self.hangUp(ours)
        case .hangingUp, .gone:
            break
        }
    }

    private func refuse(_ violation: FrameReader.Violation) {
        switch self.state {
        case .open:
            self.writeClose(violation.code, reason: violation.reason)
            self.hangUp(WebSocketClosure(code: violation.code, reason: violation.reason, initiator: .transport))
        case .closing(let ours):
            self.hangUp(ours)
        case .hangingUp, .gone:
            break
        }
    }

    /// The server hangs up first, so that the client doesn't keep the port in TIME_WAIT (RFC 6455, 7.1.1).
    private func hangUp(_ closure: WebSocketClosure) {
        self.state = .hangingUp(closure)
        self.startCloseTimer()
        guard let context = self.context else { return }
        let frames = self.outbox
        self.outbox = ByteBuffer()
        guard self.role == .server, closure.initiator == .remote else {
            context.writeAndFlush(self.wrapOutboundOut(frames), promise: nil)
            // Takes effect once all that was written has left.
            if self.role == .server || closure.initiator == .transport {
                context.close(mode: .output, promise: nil)
            }
            return
        }
        // They began, so nothing of theirs is on the way that a reset could answer: both directions end at once, as soon as
        // our close frame has left.
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { _ in self.context?.close(promise: nil) }
        context.writeAndFlush(self.wrapOutboundOut(frames), promise: sent)
    }

    private func writeClose(_ code: WebSocketCloseCode?, reason: String) {
        var payload = ByteBuffer()
        if let code {
            payload.writeInteger(code.rawValue)
            payload.writeString(reason)
        }
        self.write(.close, payload)
    }

    private func startCloseTimer() {
        if self.closeDeadline == nil {
            self.closeDeadline = self.sweeper.eventLoop.now + TimeAmount(self.limits.closeTimeout)
        }
    }

    // MARK: Writing

    /// What the application asks for; on the event loop.
    func perform(_ command: WebSocketConnection.Command) {
        switch command {
        case .make(let text):
            guard case .open = self.state else { return }
            self.perform(.send(.text(ByteBuffer(bytes: text()))))
        case .send(let message):
            guard case .open = self.state, self.hasRoom() else { return }
            switch message {
            case .text(let bytes): self.write(.text, bytes)
            case .binary(let bytes): self.write(.binary, bytes)
            }
        case .offer(let text, let reply):
            guard case .open = self.state, self.unwritableSince == nil else { return self.decided(reply, false) }
            self.write(.text, text)
            self.decided(reply, true)
        case .ping(let payload):
            guard case .open = self.state, self.hasRoom() else { return }
            self.write(
                .ping,
                payload.getSlice(at: payload.readerIndex, length: FrameHeader.maxControlPayload) ?? payload
            )
        case .close(let code, let reason):
            guard case .open = self.state else { return }
            let reason = CloseReason.clean(reason)
            self.writeClose(code, reason: reason)
            self.state = .closing(WebSocketClosure(code: code, reason: reason, initiator: .local))
            self.startCloseTimer()
        case .abort:
            self.abort()
        case .setMaxMessageBytes(let bytes):
            self.reader.maxMessageBytes = bytes
        }
    }

    private func decided(_ reply: @escaping @Sendable (Bool) -> Void, _ isTaken: Bool) {
        self.decidedOffers.append((reply, isTaken))
        guard self.decidedOffers.count == 1 else { return }
        self.sweeper.eventLoop.assumeIsolated().execute {
            let offers = self.decidedOffers
            self.decidedOffers = []
            for offer in offers { offer.reply(offer.isTaken) }
        }
    }

    func abort() {
        switch self.state {
        case .open: self.state = .hangingUp(WebSocketClosure(code: nil, reason: "aborted", initiator: .local))
        // On a busy loop the close frame may still be waiting for the end of its turn.
        case .closing: self.flush()
        case .hangingUp, .gone: break
        }
        self.context?.cutOff()
    }

    /// Checked before a message is added, so that one large message to a peer that reads never ends a connection.
    private func hasRoom() -> Bool {
        guard self.unwritableSince != nil else { return true }
        self.flush()
        guard let context = self.context, let options = context.channel.syncOptions,
            let buffered = try? options.getOption(.bufferedWritableBytes)
        else { return true }
        guard buffered > self.limits.outboundHighWaterMark else { return true }
        self.fail(reason: "slow peer: too much unread")
        return false
    }

    private func write(_ opcode: FrameOpcode, _ payload: ByteBuffer) {
        let mask: UInt32? =
            switch self.role {
            case .server: nil
            // The system's: it must not be predictable (RFC 6455, 10.3).
            case .client: UInt32(truncatingIfNeeded: self.masks.next())
            }
        self.outbox.writeFrame(opcode, payload: payload, mask: mask)
        if self.outbox.readableBytes >= Self.outboxLimit {
            self.flush()
        } else if !self.isReading && !self.isFlushScheduled {
            self.isFlushScheduled = true
            self.sweeper.eventLoop.assumeIsolated().execute {
                self.isFlushScheduled = false
                self.flush()
            }
        }
    }

    private func flush() {
        guard self.outbox.readableBytes > 0, let context = self.context else { return }
        let frames = self.outbox
        self.outbox = ByteBuffer()
        context.writeAndFlush(self.wrapOutboundOut(frames), promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            self.unwritableSince = nil
            if let payload = self.owedPong, case .open = self.state {
                self.owedPong = nil
                self.write(.pong, payload)
            }
        } else if self.unwritableSince == nil {
            self.unwritableSince = self.sweeper.eventLoop.now
        }
        self.tellWritability()
        context.fireChannelWritabilityChanged()
    }

    /// In a later turn, because this one may stand inside the application's own call to `send`. What goes back and forth
    /// within one turn is not told.
    private func tellWritability() {
        guard !self.isTellingScheduled else { return }
        self.isTellingScheduled = true
        self.sweeper.eventLoop.assumeIsolated().execute {
            self.isTellingScheduled = false
            guard case .open = self.state, let connection = self.connection,
                connection.isWritable != self.toldWritable
            else { return }
            self.toldWritable.toggle()
            self.handler.writabilityChanged(self.toldWritable, on: connection)
        }
    }

    private var limits: WebSocketLimits { self.sweeper.limits }
}

extension WebSocketFrameHandler: SweptConnection {
    func sweep(at now: NIODeadline) {
        switch self.state {
        case .open:
            if let since = self.unwritableSince, since + TimeAmount(self.limits.unwritableTimeout) <= now {
                return self.fail(reason: "slow peer: nothing read for too long")
            }
            self.sweepPings(at: now)
        case .closing, .hangingUp:
            if let deadline = self.closeDeadline, deadline <= now {
                self.context?.cutOff()
            }
        case .gone:
            break
        }
    }

    private func sweepPings(at now: NIODeadline) {
        guard let interval = self.limits.pingInterval else { return }
        if let since = self.unansweredSince,
            since + TimeAmount(self.limits.pongTimeout ?? interval) <= now
        {
            return self.fail(reason: "no sign of life")
        }
        guard let due = self.nextPing, due <= now else { return }
        self.nextPing = now + TimeAmount(interval)
        if self.unansweredSince == nil { self.unansweredSince = now }
        // A ping behind a full socket would only grow the backlog; the peer is being timed anyway.
        if self.unwritableSince == nil { self.write(.ping, ByteBuffer()) }
    }

    func drain() {
        let (code, reason) = (WebSocketCloseCode.goingAway, "going away")
        guard let connection = self.connection else { return self.perform(.close(code, reason: reason)) }
        // By way of the connection: what the application said before goes first.
        connection.close(code, reason: reason)
    }
}
