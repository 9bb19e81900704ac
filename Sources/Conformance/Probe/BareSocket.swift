import NIOCore
import WebSocketTransport

/// A WebSocket without a proper end: it sends frames as told, and answers nothing, not even a ping. What a peer looks like whose
/// process hangs or whose network is gone.
final class BareSocket: Sendable {
    struct Heard: Sendable {
        var bytes: [UInt8] = []
        var isClosed = false
    }

    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let heard: Watched<Heard>

        init(_ heard: Watched<Heard>) {
            self.heard = heard
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let part = unwrapInboundIn(data)
            heard.update { $0.bytes.append(contentsOf: part.readableBytesView) }
        }

        func channelInactive(context: ChannelHandlerContext) {
            heard.update { $0.isClosed = true }
            context.fireChannelInactive()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }

    private let channel: any Channel
    private let heard: Watched<Heard>

    private init(channel: any Channel, heard: Watched<Heard>) {
        self.channel = channel
        self.heard = heard
    }

    /// Opens it, and answers the head of the server's answer too.
    static func open(
        _ address: TargetAddress,
        on eventLoop: any EventLoop,
        headers: [String] = []
    ) async throws -> (socket: BareSocket, answer: String) {
        let heard = Watched(Heard(), on: eventLoop)
        let channel = try await address.connect(on: eventLoop, within: ConformanceDefaults.answer) { channel in
            try channel.pipeline.syncOperations.addHandler(Reader(heard))
        }
        let socket = BareSocket(channel: channel, heard: heard)
        let lines =
            [
                "GET \(address.url.path) HTTP/1.1", "Host: \(address.url.host):\(address.url.port)",
                "Upgrade: websocket",
                "Connection: Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
            ] + headers
        socket.write(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8))
        let head = try await socket.hears("\r\n\r\n")
        return (socket, head)
    }

    /// One text frame. The mask is all zeros, which is as good as any other for a target.
    func send(_ text: String) {
        let payload = Array(text.utf8)
        var frame: [UInt8] = [0x81]
        if payload.count < 126 {
            frame.append(0x80 | UInt8(payload.count))
        } else {
            frame += [
                0x80 | 126, UInt8(truncatingIfNeeded: payload.count >> 8), UInt8(truncatingIfNeeded: payload.count),
            ]
        }
        write(frame + [0, 0, 0, 0] + payload)
    }

    /// All that was heard, once it holds that text.
    @discardableResult
    func hears(_ text: String, within limit: Duration = ConformanceDefaults.answer) async throws -> String {
        let all: String?? = try await heard.first(within: limit) { heard in
            let all = String(decoding: heard.bytes, as: UTF8.self)
            // Bytes are compared: "\r\n" is one character of a Swift string.
            if heard.bytes.firstRange(of: Array(text.utf8)) != nil { return .some(all) }
            return heard.isClosed ? .some(nil) : nil
        }
        guard let all else { throw Deviation("a silent socket heard no \(text) within \(ProbeSocket.describe(limit))") }
        guard let all else { throw Deviation("a silent socket was closed before it heard \(text)") }
        return all
    }

    func close() {
        channel.close(promise: nil)
    }

    private func write(_ bytes: [UInt8]) {
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }
}
