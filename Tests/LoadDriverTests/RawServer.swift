import NIOCore
import NIOPosix
import WebSocketTransport

/// A TCP server that answers bytes with whatever bytes a test wants.
enum RawServer {
    /// What comes on a connection, in the order of the reads, and the end of it.
    enum Event: Sendable {
        case read(Int, ByteBuffer)
        case closed
    }

    /// A good answer to the upgrade request.
    static let accept = """
        HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nconnection: upgrade\r\n\
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n
        """

    /// An unmasked frame with less than 126 bytes.
    static func frame(_ opcode: UInt8, _ payload: [UInt8]) -> [UInt8] {
        [0x80 | opcode, UInt8(payload.count)] + payload
    }

    static func serving<Result: Sendable>(
        _ react: @escaping @Sendable (any Channel, Event) -> Void,
        _ body: (WebSocketURL) async throws -> Result
    ) async throws -> Result {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Reader(react))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        defer { channel.close(promise: nil) }
        return try await body(WebSocketURL(scheme: .ws, host: "127.0.0.1", port: channel.localAddress?.port ?? 0))
    }

    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let react: @Sendable (any Channel, Event) -> Void
        private var reads = 0

        init(_ react: @escaping @Sendable (any Channel, Event) -> Void) {
            self.react = react
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            react(context.channel, .read(reads, unwrapInboundIn(data)))
            reads += 1
        }

        func channelInactive(context: ChannelHandlerContext) {
            react(context.channel, .closed)
        }
    }
}

extension Channel {
    func say(_ bytes: some Sequence<UInt8>) {
        writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }
}
