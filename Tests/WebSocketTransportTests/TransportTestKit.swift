import Hummingbird
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import Testing
import WebSocketTransport

let group = MultiThreadedEventLoopGroup.singleton
let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Limits for tests: nothing ends by itself within a test's life, unless the test says so.
var patientLimits: WebSocketLimits {
    var limits = WebSocketLimits()
    limits.handshakeTimeout = .seconds(60)
    limits.pingInterval = nil
    limits.unwritableTimeout = .seconds(60)
    limits.closeTimeout = .seconds(60)
    return limits
}

/// Runs a server on a free port for the duration of `body`, then shuts it down and waits for its end.
func withServer(
    limits: WebSocketLimits = patientLimits,
    drainTime: Duration = .milliseconds(50),
    tls: ServerTLS? = nil,
    trustedProxies: TrustedProxies = .none,
    beforeClosing: @escaping @Sendable () async -> Void = {},
    http: WebSocketServer.HTTPResponder? = nil,
    onUpgrade: @escaping @Sendable (UpgradeRequest) -> UpgradeDecision = { _ in .accept(RecordingHandler()) },
    _ body: (_ port: Int, _ stop: @Sendable () -> Void) async throws -> Void
) async throws {
    var configuration = WebSocketServer.Configuration(host: "127.0.0.1", port: 0)
    configuration.limits = limits
    configuration.drainTime = drainTime
    configuration.tls = tls
    configuration.trustedProxies = trustedProxies
    let server = WebSocketServer(
        configuration: configuration,
        group: group,
        logger: logger,
        onUpgrade: onUpgrade,
        http: http
    )
    let (addresses, listening) = AsyncStream.makeStream(of: SocketAddress.self)
    let running = Task {
        defer { listening.finish() }
        try await server.run(onListening: { listening.yield($0) }, beforeClosing: beforeClosing)
    }
    defer { running.cancel() }
    let address = try #require(await addresses.first { _ in true })
    try await body(try #require(address.port)) { running.cancel() }
    running.cancel()
    try await running.value
}

/// Keeps what it hears as a stream, and echoes if told so.
final class RecordingHandler: WebSocketHandler {
    enum Event: Sendable, Equatable {
        case opened
        case message(WebSocketMessage)
        case controlFrame
        case pong(ByteBuffer)
        case writable(Bool)
        case closed(WebSocketClosure)
    }

    let events: AsyncStream<Event>
    private let continuation: AsyncStream<Event>.Continuation
    private let react: @Sendable (WebSocketMessage, WebSocketConnection) -> Void
    private let whenOpened: @Sendable (WebSocketConnection) -> Void
    private let whenWritabilityChanged: @Sendable (Bool) -> Void

    init(
        whenOpened: @escaping @Sendable (WebSocketConnection) -> Void = { _ in },
        whenWritabilityChanged: @escaping @Sendable (Bool) -> Void = { _ in },
        react: @escaping @Sendable (WebSocketMessage, WebSocketConnection) -> Void = { _, _ in }
    ) {
        (self.events, self.continuation) = AsyncStream.makeStream(of: Event.self)
        self.react = react
        self.whenOpened = whenOpened
        self.whenWritabilityChanged = whenWritabilityChanged
    }

    static var echoing: RecordingHandler {
        RecordingHandler(react: { message, connection in connection.send(message) })
    }

    func opened(_ connection: WebSocketConnection) {
        self.continuation.yield(.opened)
        self.whenOpened(connection)
    }

    func received(_ message: WebSocketMessage, on connection: WebSocketConnection) {
        self.continuation.yield(.message(message))
        self.react(message, connection)
    }

    func heardControlFrame(on connection: WebSocketConnection) {
        self.continuation.yield(.controlFrame)
    }

    func pongReceived(_ payload: ByteBuffer, on connection: WebSocketConnection) {
        self.continuation.yield(.pong(payload))
    }

    func writabilityChanged(_ isWritable: Bool, on connection: WebSocketConnection) {
        self.whenWritabilityChanged(isWritable)
        self.continuation.yield(.writable(isWritable))
    }

    /// The stream goes on, so that a test sees it if anything follows, until the handler is gone.
    func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) {
        self.continuation.yield(.closed(closure))
    }

    /// Waits for the end of the connection.
    func closure() async -> WebSocketClosure? {
        for await event in self.events {
            if case .closed(let closure) = event { return closure }
        }
        return nil
    }
}

/// A TCP connection that says what a test tells it to, good or bad.
final class RawConnection: Sendable {
    private let channel: any Channel
    private let inbound: Inbound

    /// What arrived and was not read yet.
    private final class Inbound: Sendable {
        struct State {
            var bytes: [UInt8] = []
            var isClosed = false
            var waiter: CheckedContinuation<Void, Never>?
        }
        let state = Mutex(State())

        func update(_ change: (inout sending State) -> Void) {
            let waiter = self.state.withLock { state in
                change(&state)
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume()
        }
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let inbound: Inbound

        init(inbound: Inbound) {
            self.inbound = inbound
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = Array(self.unwrapInboundIn(data).readableBytesView)
            self.inbound.update { $0.bytes += bytes }
        }

        func channelInactive(context: ChannelHandlerContext) {
            self.inbound.update { $0.isClosed = true }
        }

        /// A reset is an end like any other.
        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }

    private init(channel: any Channel, inbound: Inbound) {
        self.channel = channel
        self.inbound = inbound
    }

    /// With `tls` as a client of that trust, without checking the name.
    static func connect(to port: Int, reads: Bool = true, tls: TLSConfiguration? = nil) async throws -> RawConnection {
        let inbound = Inbound()
        let context = try tls.map { try NIOSSLContext(configuration: $0) }
        let channel = try await ClientBootstrap(group: group)
            .channelOption(.autoRead, value: reads)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        let secure = try NIOSSLClientHandler(context: context, serverHostname: nil)
                        try channel.pipeline.syncOperations.addHandler(secure)
                    }
                    try channel.pipeline.syncOperations.addHandler(Collector(inbound: inbound))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return RawConnection(channel: channel, inbound: inbound)
    }

    /// A listener whose every connection is handed to `serve`.
    static func listen(
        _ serve: @escaping @Sendable (RawConnection) async throws -> Void
    ) async throws -> (port: Int, stop: @Sendable () async throws -> Void) {
        let channel = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let inbound = Inbound()
                    try channel.pipeline.syncOperations.addHandler(Collector(inbound: inbound))
                    let connection = RawConnection(channel: channel, inbound: inbound)
                    Task { try await serve(connection) }
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return (try #require(channel.localAddress?.port), { try await channel.close() })
    }

    func send(_ bytes: [UInt8]) {
        self.channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    func send(_ text: String) {
        self.send(Array(text.utf8))
    }

    func close() {
        self.channel.close(promise: nil)
    }

    /// Takes all that has arrived, once `isEnough` says so or the connection has ended.
    func read(until isEnough: @Sendable ([UInt8]) -> Bool) async -> [UInt8] {
        while true {
            let taken: [UInt8]? = self.inbound.state.withLock { state in
                guard state.isClosed || isEnough(state.bytes) else { return nil }
                defer { state.bytes = [] }
                return state.bytes
            }
            if let taken { return taken }
            await withCheckedContinuation { waiter in
                let isReady = self.inbound.state.withLock { state in
                    if state.isClosed || isEnough(state.bytes) { return true }
                    state.waiter = waiter
                    return false
                }
                if isReady { waiter.resume() }
            }
        }
    }

    func read(count: Int) async -> [UInt8] {
        await self.read { $0.count >= count }
    }

    func readToEnd() async -> [UInt8] {
        await self.read { _ in false }
    }

    /// Reads an HTTP head; what follows it stays.
    func readHead() async -> String {
        let end = Array("\r\n\r\n".utf8)
        let bytes = await self.read { $0.firstRange(of: end) != nil }
        guard let range = bytes.firstRange(of: end) else { return String(decoding: bytes, as: UTF8.self) }
        self.inbound.state.withLock { $0.bytes = Array(bytes[range.upperBound...]) + $0.bytes }
        return String(decoding: bytes[..<range.upperBound], as: UTF8.self)
    }

    static let upgrade = [
        "GET /some/path?x=1 HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: keep-alive, Upgrade",
        "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]

    static func request(_ lines: [String]) -> String {
        lines.joined(separator: "\r\n") + "\r\n\r\n"
    }

    /// Connects and upgrades.
    static func open(to port: Int, reads: Bool = true, tls: TLSConfiguration? = nil) async throws -> RawConnection {
        let connection = try await self.connect(to: port, tls: tls)
        connection.send(self.request(self.upgrade))
        let head = await connection.readHead()
        #expect(head.hasPrefix("HTTP/1.1 101 "))
        if !reads { try await connection.setReads(false) }
        return connection
    }

    func setReads(_ reads: Bool) async throws {
        try await self.channel.setOption(.autoRead, value: reads).get()
    }
}

/// An unmasked close frame with this code at the front of `bytes`.
func closeCode(_ bytes: [UInt8]) -> UInt16? {
    guard bytes.count >= 4, bytes[0] == 0x88 else { return nil }
    return UInt16(bytes[2]) << 8 | UInt16(bytes[3])
}
