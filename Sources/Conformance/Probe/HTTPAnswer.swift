import NIOCore
import NIOHTTP1
import WebSocketTransport
import WireMessages

/// What the target said to one HTTP request.
struct HTTPAnswer: Sendable {
    var status: Int
    var headers: HTTPHeaders
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
    var json: RawJSON? {
        try? RawJSON(checking: body, limits: JSONLimits(depth: .max, values: .max, bytes: .max))
    }
    var contentType: String { headers.first(name: "content-type") ?? "none" }
}

/// Collects one answer.
final class HTTPAnswerCollector: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    struct Progress: Sendable {
        var answer: HTTPAnswer?
        var isComplete = false
        var hasEnded = false
    }

    private let progress: Watched<Progress>

    init(_ progress: Watched<Progress>) {
        self.progress = progress
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            progress.update {
                $0.answer = HTTPAnswer(status: Int(head.status.code), headers: head.headers, body: [])
            }
        case .body(let part):
            progress.update { $0.answer?.body.append(contentsOf: part.readableBytesView) }
        case .end:
            progress.update { $0.isComplete = true }
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        progress.update { $0.hasEnded = true }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

extension TargetAddress {
    /// One request on a connection of its own.
    ///
    /// - Throws: `Deviation` if no whole answer came within `limit`, the connection's error if there is none.
    func request(
        _ method: HTTPMethod = .GET,
        _ path: String,
        headers extra: [(String, String)] = [],
        on eventLoop: any EventLoop,
        within limit: Duration = ConformanceDefaults.http
    ) async throws -> HTTPAnswer {
        let progress = Watched(HTTPAnswerCollector.Progress(), on: eventLoop)
        let channel = try await connect(on: eventLoop, within: ConformanceDefaults.answer) { channel in
            try channel.pipeline.syncOperations.addHTTPClientHandlers()
            try channel.pipeline.syncOperations.addHandler(HTTPAnswerCollector(progress))
        }
        defer { channel.close(promise: nil) }
        var headers: HTTPHeaders = ["host": "\(url.host):\(url.port)", "accept": "*/*"]
        for (name, value) in extra { headers.replaceOrAdd(name: name, value: value) }
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: self.path(path), headers: headers)
        try await channel.eventLoop.submit {
            channel.pipeline.syncOperations.write(NIOAny(HTTPClientRequestPart.head(head)), promise: nil)
            channel.pipeline.syncOperations.writeAndFlush(NIOAny(HTTPClientRequestPart.end(nil)), promise: nil)
        }.get()
        let answer: HTTPAnswer?? = try await progress.first(within: limit) { progress in
            if progress.isComplete { return .some(progress.answer) }
            return progress.hasEnded ? .some(nil) : nil
        }
        switch answer {
        case .some(.some(let answer)): return answer
        case .some(nil): throw Deviation("closed without an answer")
        case nil: throw Deviation("no answer within \(ProbeSocket.describe(limit))")
        }
    }
}
