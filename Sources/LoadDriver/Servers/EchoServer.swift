package import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// The ceiling of every figure: a WebSocket server of plain SwiftNIO, without limits, checks or anything to do, that echoes what
/// it hears.
package struct EchoServer: Sendable {
    private let host: String
    private let port: Int

    /// - Parameter port: 0 picks a free one.
    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Serves until cancelled. Throws when the address can't be bound.
    package func run(group: any EventLoopGroup, onListening: @Sendable (SocketAddress) -> Void) async throws {
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: LoadDefaults.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try Self.configure(channel) }
            }
            .bind(host: host, port: port)
            .get()
        if let address = channel.localAddress { onListening(address) }
        try await withTaskCancellationHandler {
            try await channel.closeFuture.get()
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    private static func configure(_ channel: any Channel) throws {
        let upgrader = NIOWebSocketServerUpgrader(
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(EchoHandler())
                }
            }
        )
        try channel.pipeline.syncOperations.configureHTTPServerPipeline(
            withServerUpgrade: (upgraders: [upgrader], completionHandler: { _ in })
        )
    }
}

private final class EchoHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .connectionClose:
            reply(.connectionClose, to: frame, context)
            context.flush()
            context.close(promise: nil)
        case .ping:
            reply(.pong, to: frame, context)
        case .pong:
            break
        default:
            reply(frame.opcode, to: frame, context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.flush()
    }

    private func reply(_ opcode: WebSocketOpcode, to frame: WebSocketFrame, _ context: ChannelHandlerContext) {
        let echo = WebSocketFrame(fin: frame.fin, opcode: opcode, data: frame.unmaskedData)
        context.write(wrapOutboundOut(echo), promise: nil)
    }
}
