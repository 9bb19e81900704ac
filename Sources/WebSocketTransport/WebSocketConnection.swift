public import Kademlia
public import NIOCore
import Synchronization

/// One open WebSocket, seen from the application. Every method may be called from any thread.
///
/// Calls made on the event loop act at once, but for texts that are still to be made; those, and calls from elsewhere, wait in
/// `inbox` for the next turn of the loop, all of one turn together. What one caller sends leaves in the order it was sent.
/// After the end every call does nothing.
public final class WebSocketConnection: Sendable {
    enum Command: Sendable {
        case send(WebSocketMessage)
        case make(@Sendable () -> [UInt8])
        case offer(ByteBuffer, @Sendable (Bool) -> Void)
        case ping(ByteBuffer)
        case close(WebSocketCloseCode, reason: String)
        case abort
        case setMaxMessageBytes(Int)
    }

    /// Unique within this process.
    public let id: UInt64
    public let eventLoop: any EventLoop
    /// The other end of the TCP connection; it may be a proxy.
    public let remoteAddress: SocketAddress?
    /// Who is at the other end: where a trusted proxy says so its client, otherwise the address in `remoteAddress`. nil for
    /// a connection that has no IP address.
    public let clientAddress: IPAddress?
    /// The request target of the upgrade, query included.
    public let path: String

    private let channel: any Channel
    private let frames: NIOLoopBound<WebSocketFrameHandler>
    private let inbox = Mutex(Inbox())

    private struct Inbox: Sendable {
        var commands: [Command] = []
        /// One task of the loop will look, and no second one is needed.
        var isScheduled = false
    }

    private static let lastID = Atomic<UInt64>(0)
    /// Those leave, and other tasks of the loop have their turn, before the next are made.
    private static let madeInOneTurn = 8

    /// Must be called on the channel's event loop.
    init(channel: any Channel, path: String, clientAddress: IPAddress?, frames: WebSocketFrameHandler) {
        self.id = Self.lastID.wrappingAdd(1, ordering: .relaxed).newValue
        self.eventLoop = channel.eventLoop
        self.remoteAddress = channel.remoteAddress
        self.clientAddress = clientAddress ?? channel.remoteAddress?.address
        self.path = path
        self.channel = channel
        self.frames = NIOLoopBound(frames, eventLoop: channel.eventLoop)
    }

    /// Sends one text message, which must be UTF-8. A peer that leaves too much unread is closed instead.
    public func send(_ text: ByteBuffer) {
        self.perform(.send(.text(text)))
    }

    /// Sends one text message, which must be UTF-8.
    public func send(_ text: [UInt8]) {
        self.perform(.send(.text(ByteBuffer(bytes: text))))
    }

    /// Sends one text message, which must be UTF-8, and is made on the event loop after this returns: for one that takes long to
    /// make, by a caller who has others to serve. While texts wait to be made the loop reads nothing from its sockets; so what
    /// bounds the caller's reading bounds them.
    public func send(making text: @escaping @Sendable () -> [UInt8]) {
        self.wait(for: .make(text))
    }

    /// Sends one message of either kind.
    public func send(_ message: WebSocketMessage) {
        self.perform(.send(message))
    }

    /// Sends one text message, which must be UTF-8, if it can go now: the connection is open, and the other end reads as fast as
    /// we write. For messages that are better sent to somebody else than late.
    ///
    /// - Parameter reply: called once, on the event loop and never before this returns, in the order of the offers; with false
    ///   if nothing was sent.
    public func offer(_ text: [UInt8], _ reply: @escaping @Sendable (Bool) -> Void) {
        self.perform(.offer(ByteBuffer(bytes: text), reply))
    }

    /// Sends a ping with at most 125 bytes; what is longer is cut.
    public func ping(_ payload: ByteBuffer) {
        self.perform(.ping(payload))
    }

    /// Starts the closing handshake. `reason` is cut to 123 bytes at a character border; control characters are removed.
    public func close(_ code: WebSocketCloseCode, reason: String) {
        self.perform(.close(code, reason: reason))
    }

    /// Closes the TCP connection at once, without a close frame.
    public func abort() {
        self.perform(.abort)
    }

    /// Changes the largest message accepted from now on: a bridge link may carry more once it is authenticated.
    public func setMaxMessageBytes(_ bytes: Int) {
        self.perform(.setMaxMessageBytes(bytes))
    }

    /// False while the other end reads slower than we write: a caller with a choice should choose another connection.
    public var isWritable: Bool { self.channel.isWritable }

    private func perform(_ command: Command) {
        if self.eventLoop.inEventLoop {
            // What another thread sent before this call goes first, so that a caller that moved to the loop keeps its order.
            self.performWaiting()
            self.frames.value.perform(command)
            return
        }
        self.wait(for: command)
    }

    private func wait(for command: Command) {
        let schedules = self.inbox.withLock { inbox in
            inbox.commands.append(command)
            defer { inbox.isScheduled = true }
            return !inbox.isScheduled
        }
        if schedules { self.schedule() }
    }

    private func schedule() {
        self.eventLoop.execute {
            self.performWaiting(makingAtMost: Self.madeInOneTurn)
            let isDone = self.inbox.withLock { inbox in
                if inbox.commands.isEmpty { inbox.isScheduled = false }
                return !inbox.isScheduled
            }
            if !isDone { self.schedule() }
        }
    }

    /// - Parameter limit: texts to be made now; from the next one on everything stays where it is. Whoever acts on the loop has no
    ///   limit, since what was said before goes first.
    private func performWaiting(makingAtMost limit: Int = .max) {
        let commands = self.inbox.withLock { inbox in
            // An idle connection keeps no storage: taking the array leaves an empty one without any.
            let taken = inbox.commands
            if !taken.isEmpty { inbox.commands = [] }
            return taken
        }
        guard !commands.isEmpty else { return }
        let frames = self.frames.value
        var made = 0
        for (index, command) in commands.enumerated() {
            if case .make = command {
                guard made < limit else {
                    return self.inbox.withLock { $0.commands.insert(contentsOf: commands[index...], at: 0) }
                }
                made += 1
            }
            frames.perform(command)
        }
    }
}
