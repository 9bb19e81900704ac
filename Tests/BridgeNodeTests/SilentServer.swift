import Crypto
import FoundationEssentials
import NIOCore
import NIOPosix

/// Lets everybody upgrade to WebSocket on a free port of 127.0.0.1, then neither reads nor says anything.
struct SilentServer: Sendable {
    struct NobodyCame: Error {}

    let address: String
    private let upgrades: AsyncStream<Void>

    static func run(_ body: @Sendable (SilentServer) async throws -> Void) async throws {
        let (upgrades, continuation) = AsyncStream.makeStream(of: Void.self)
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Upgrade { continuation.yield() })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = listener.localAddress?.port ?? 0
        do {
            try await body(SilentServer(address: "ws://127.0.0.1:\(port)", upgrades: upgrades))
        } catch {
            try await listener.close()
            throw error
        }
        try await listener.close()
    }

    func nextUpgrade() async throws {
        for await _ in upgrades { return }
        throw NobodyCame()
    }

    /// Answers the one request that comes.
    private final class Upgrade: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let upgraded: @Sendable () -> Void
        private var request = ""

        init(upgraded: @escaping @Sendable () -> Void) {
            self.upgraded = upgraded
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard !request.hasSuffix("\r\n\r\n") else { return }
            request += String(buffer: unwrapInboundIn(data))
            guard request.hasSuffix("\r\n\r\n") else { return }
            let name = "sec-websocket-key: "
            let key = request.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name) }?.dropFirst(name.count)
            // RFC 6455, 4.2.2.
            let digest = Insecure.SHA1.hash(data: Array("\(key ?? "")258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8))
            let response =
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: \(Data(digest).base64EncodedString())\r\n\r\n"
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: response)), promise: nil)
            upgraded()
        }
    }
}
