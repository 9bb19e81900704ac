import NIOCore
import Telemetry
import Timekeeping

/// The one handler of a ``LoadSocket``: asks for the upgrade, plays scripts, closes. Lives on its event loop.
final class LoadSocketHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        case upgrading
        case open
        /// Our close frame is sent. The server closes the TCP connection.
        case closing
        case over
    }

    /// What is being played.
    private struct Turn {
        var script: any Script
        var startedAt: Instant
        /// When its first words left; nil while the connection is being opened.
        var spokeAt: Instant?
        var end: (LoadOutcome) -> Void
        var outcome: LoadOutcome?
    }

    private let request: ByteBuffer
    private let clock: SystemClock
    /// nil: the connection ends with its first script.
    private let lost: (@Sendable (String) -> Void)?
    private var phase = Phase.upgrading
    private var turn: Turn?
    private var masks: MaskSource
    private var context: ChannelHandlerContext?
    /// The beginning of a frame, or of the answer to the upgrade.
    private var rest: ByteBuffer?
    /// What one turn of the loop has to say, for one write.
    private var output: ByteBuffer?
    private var overdue: Scheduled<Void>?
    private var isLeaving = false
    private var isLost = false
    /// Why the connection ends, where that is known before it does.
    private var cause: String?

    init(request: ByteBuffer, mask: MaskSource, clock: SystemClock, lost: (@Sendable (String) -> Void)?) {
        self.request = request
        self.clock = clock
        self.lost = lost
        masks = mask
    }

    // MARK: Scripts

    /// The first script, before the connection is dialled.
    func begin(_ script: any Script, on eventLoop: any EventLoop, end: @escaping (LoadOutcome) -> Void) {
        turn = Turn(script: script, startedAt: clock.now(), end: end)
        arm(eventLoop)
    }

    /// A later one.
    func play(_ script: any Script, end: @escaping (LoadOutcome) -> Void) {
        guard case .open = phase, let context else { return end(.failed("the connection was lost before")) }
        begin(script, on: context.eventLoop, end: end)
        say(script.opening())
        flush()
    }

    func leave() {
        isLeaving = true
        guard case .open = phase, let context else { return }
        arm(context.eventLoop)
        close()
        flush()
    }

    /// Nobody waits for ever: neither for an answer nor for the end of the connection.
    private func arm(_ eventLoop: any EventLoop) {
        overdue?.cancel()
        overdue = eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(LoadDefaults.patience)) {
            let isAnswered = self.turn?.outcome != nil || self.turn == nil
            let reason = "\(isAnswered ? "not closed" : "no answer") within \(LoadDefaults.patience)"
            // An answer is no success if the end never comes.
            self.turn?.outcome = .failed(reason)
            self.cutOff(reason)
        }
    }

    private func settleSuccess() {
        guard let turn else { return }
        let now = clock.now()
        settle(.succeeded(latency: now - turn.startedAt, answer: turn.spokeAt.map { now - $0 }))
    }

    private func settle(_ outcome: LoadOutcome) {
        guard case .open = phase, let turn, turn.outcome == nil else { return }
        if lost != nil, !isLeaving, case .succeeded = outcome {
            overdue?.cancel()
            overdue = nil
            self.turn = nil
            turn.end(outcome)
        } else {
            self.turn?.outcome = outcome
            close()
        }
    }

    // MARK: Socket

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(request), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if var rest {
            self.rest = nil
            rest.writeBuffer(&bytes)
            bytes = rest
        }
        let taken = bytes.withUnsafeReadableBytes { read($0) }
        bytes.moveReaderIndex(forwardBy: taken)
        if bytes.readableBytes > 0, !isOver { rest = bytes }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        flush()
    }

    func channelInactive(context: ChannelHandlerContext) {
        over("closed by the server")
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        cutOff("connection: \(error)")
    }

    /// - Returns: how many bytes are done with.
    private func read(_ bytes: UnsafeRawBufferPointer) -> Int {
        var taken = 0
        if case .upgrading = phase {
            switch UpgradeReply(bytes) {
            case .incomplete: return 0
            case .refused(let reason):
                fail(reason)
                return bytes.count
            case .accepted(let length):
                taken = length
                opened()
            }
        }
        while !isOver, taken < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[taken...])
            switch LoadFrame(rest) {
            case .incomplete: return taken
            case .violation(let reason):
                fail(reason)
                return bytes.count
            case .whole(let kind, let payload):
                received(kind, UnsafeRawBufferPointer(rebasing: rest[payload]))
                taken += payload.upperBound
            }
        }
        return taken
    }

    private func opened() {
        phase = .open
        if isLeaving {
            close()
        } else if let turn {
            self.turn?.spokeAt = clock.now()
            say(turn.script.opening())
        }
    }

    private func received(_ kind: LoadFrame.Kind, _ payload: UnsafeRawBufferPointer) {
        switch kind {
        case .text:
            // Between two scripts, and after the last, a server may say what it likes.
            guard case .open = phase, let step = turn?.script.received(payload) else { return }
            switch step {
            case .wait: break
            case .say(let text): say([text])
            case .done: settleSuccess()
            case .failed(let reason): settle(.failed(reason))
            }
        case .ping:
            guard case .open = phase else { return }
            write(.pong, payload)
        case .pong:
            break
        case .close:
            guard case .open = phase else { return }
            let reason = "\(turn == nil ? "closed" : "closed before the answer"): \(Self.reason(payload))"
            cause = reason
            if turn == nil { tellLost(reason) }
            close()
        }
    }

    private func say(_ texts: [[UInt8]]) {
        if output == nil {
            // Header and mask take 14 bytes at most.
            output = context?.channel.allocator.buffer(capacity: texts.reduce(0) { $0 + $1.count + 14 })
        }
        for text in texts { text.withUnsafeBytes { write(.text, $0) } }
    }

    private func write(_ kind: LoadFrame.Kind, _ payload: UnsafeRawBufferPointer) {
        output = output ?? ByteBuffer()
        output?.writeMasked(kind, payload, mask: masks.next())
    }

    /// Says goodbye; the server closes the TCP connection.
    private func close() {
        phase = .closing
        withUnsafeBytes(of: UInt16(1_000).bigEndian) { write(.close, $0) }
    }

    private func flush() {
        guard let output else { return }
        self.output = nil
        context?.writeAndFlush(wrapOutboundOut(output), promise: nil)
    }

    // MARK: The end

    private var isOver: Bool {
        if case .over = phase { true } else { false }
    }

    /// The server broke the rules, whatever it had answered before.
    private func fail(_ reason: String) {
        turn?.outcome = .failed(reason)
        cutOff(reason)
    }

    private func cutOff(_ reason: String) {
        cause = reason
        // Says that the channel is inactive before it returns, unless it never was active.
        context?.close(promise: nil)
        over(reason)
    }

    /// - Parameter reason: becomes the failure, if there is no outcome yet.
    func over(_ reason: String) {
        guard !isOver else { return }
        phase = .over
        rest = nil
        overdue?.cancel()
        overdue = nil
        if let turn {
            self.turn = nil
            turn.end(turn.outcome ?? .failed(cause ?? reason))
        } else {
            tellLost(cause ?? reason)
        }
    }

    /// Once, and not of a connection that we leave.
    private func tellLost(_ reason: String) {
        guard !isLeaving, !isLost else { return }
        isLost = true
        lost?(reason)
    }

    /// Code and text of a close frame (RFC 6455, 5.5.1).
    private static func reason(_ payload: UnsafeRawBufferPointer) -> String {
        guard payload.count >= 2 else { return "without a code" }
        let code = UInt16(bigEndian: payload.loadUnaligned(as: UInt16.self))
        return "\(code) \(String(decoding: payload.dropFirst(2), as: UTF8.self))"
    }
}
