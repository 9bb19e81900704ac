package import NIOCore
package import NIOHTTP1

/// What a server said to one HTTP request.
package struct HTTPAnswer: Sendable {
    package var status: Int
    package var headers: HTTPHeaders
    package var body: [UInt8]

    package var text: String { String(decoding: body, as: UTF8.self) }
    package var contentType: String { headers.first(name: "content-type") ?? "none" }

    /// Why there is none, or not all of it.
    package enum Failure: Error, Equatable, CustomStringConvertible {
        case closedEarly
        case timedOut(Duration)
        case tooLarge(limit: Int)

        package var description: String {
            switch self {
            case .closedEarly: "closed without an answer"
            case .timedOut(let limit): "no answer within \(limit)"
            case .tooLarge(let limit): "an answer of more than \(limit) bytes"
            }
        }
    }
}

/// One HTTP/1.1 request on a connection that nobody else uses; it is closed after the answer.
package struct HTTPCall: Sendable {
    package var method: HTTPMethod
    /// Path and query.
    package var target: String
    package var headers: HTTPHeaders
    /// Of the answer's body. nil: as much as it has.
    package var maxBodyBytes: Int?

    package init(_ method: HTTPMethod = .GET, _ target: String, headers: HTTPHeaders, maxBodyBytes: Int? = nil) {
        self.method = method
        self.target = target
        self.headers = headers
        self.maxBodyBytes = maxBodyBytes
    }

    /// To be added to the pipeline of a connection, before or after it is open.
    package func handlers(on eventLoop: any EventLoop) -> HTTPCallHandlers {
        HTTPCallHandlers(maxBodyBytes: maxBodyBytes, on: eventLoop)
    }

    /// Sends the request, and waits for the answer.
    ///
    /// - Throws: `HTTPAnswer.Failure`, `CancellationError`, or the connection's error.
    package func perform(
        on channel: any Channel,
        _ handlers: HTTPCallHandlers,
        within limit: Duration
    ) async throws -> HTTPAnswer {
        defer { channel.close(promise: nil) }
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: target, headers: headers)
        try await channel.eventLoop.submit {
            channel.pipeline.syncOperations.write(NIOAny(HTTPClientRequestPart.head(head)), promise: nil)
            channel.pipeline.syncOperations.writeAndFlush(NIOAny(HTTPClientRequestPart.end(nil)), promise: nil)
        }.get()
        return try await handlers.answer(within: limit)
    }
}

/// The receiving side of one call.
package struct HTTPCallHandlers: Sendable {
    struct Progress: Sendable {
        var answer: HTTPAnswer?
        var isComplete = false
        var hasEnded = false
        var isTooLarge = false
    }

    private let progress: Watched<Progress>
    private let maxBodyBytes: Int?

    init(maxBodyBytes: Int?, on eventLoop: any EventLoop) {
        self.progress = Watched(Progress(), on: eventLoop)
        self.maxBodyBytes = maxBodyBytes
    }

    /// On the event loop.
    package func add(to channel: any Channel) throws {
        try channel.pipeline.syncOperations.addHTTPClientHandlers()
        try channel.pipeline.syncOperations.addHandler(Collector(progress, maxBodyBytes: maxBodyBytes ?? .max))
    }

    func answer(within limit: Duration) async throws -> HTTPAnswer {
        let maxBodyBytes = maxBodyBytes ?? .max
        let ended: Result<HTTPAnswer, HTTPAnswer.Failure>? = try await progress.first(within: limit) { progress in
            if progress.isTooLarge { return .failure(.tooLarge(limit: maxBodyBytes)) }
            if progress.isComplete, let answer = progress.answer { return .success(answer) }
            return progress.hasEnded ? .failure(.closedEarly) : nil
        }
        guard let ended else { throw HTTPAnswer.Failure.timedOut(limit) }
        return try ended.get()
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = HTTPClientResponsePart

        private let progress: Watched<Progress>
        private let maxBodyBytes: Int

        init(_ progress: Watched<Progress>, maxBodyBytes: Int) {
            self.progress = progress
            self.maxBodyBytes = maxBodyBytes
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                progress.update {
                    $0.answer = HTTPAnswer(status: Int(head.status.code), headers: head.headers, body: [])
                }
            case .body(let part):
                let limit = maxBodyBytes
                let isTooLarge = progress.read { ($0.answer?.body.count ?? 0) + part.readableBytes > limit }
                progress.update { progress in
                    progress.isTooLarge = progress.isTooLarge || isTooLarge
                    if !progress.isTooLarge { progress.answer?.body.append(contentsOf: part.readableBytesView) }
                }
                if isTooLarge { context.close(promise: nil) }
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
}

extension SteppedDial {
    /// One whole GET of a path below that of the address: name, TCP, TLS if the address says so, request and answer.
    ///
    /// - Throws: `WebSocketConnectError`, `HostLookup.Failure`, `HTTPAnswer.Failure` or `CancellationError`.
    package static func get(
        _ path: String,
        below url: WebSocketURL,
        accept: String = "application/json",
        on eventLoop: any EventLoop,
        trust: ClientTrust,
        connectingWithin connectLimit: Duration,
        answeredWithin limit: Duration,
        maxBodyBytes: Int
    ) async throws -> HTTPAnswer {
        let dial = SteppedDial(url, on: eventLoop, trust: trust)
        defer { dial.abandon() }
        try await dial.connectToAny(of: dial.lookUp(within: connectLimit), within: connectLimit)
        switch url.scheme {
        case .ws: break
        case .wss: _ = try await dial.secure(within: connectLimit)
        }
        let call = HTTPCall(
            .GET,
            url.target(below: path),
            headers: ["host": url.authority, "accept": accept, "user-agent": "causeway", "connection": "close"],
            maxBodyBytes: maxBodyBytes
        )
        let handlers = call.handlers(on: eventLoop)
        let channel = try dial.channel
        try await eventLoop.submit { try handlers.add(to: channel) }.get()
        return try await call.perform(on: channel, handlers, within: limit)
    }

    /// To the first address that answers. They share the time.
    @discardableResult
    package func connectToAny(of addresses: [SocketAddress], within limit: Duration) async throws -> SocketAddress {
        let end = ContinuousClock.now + limit
        var failure = WebSocketConnectError.timedOut
        for (index, address) in addresses.enumerated() {
            let rest = end - .now
            guard rest > .zero else { break }
            do {
                try await connect(to: address, within: rest / (addresses.count - index))
                return address
            } catch let error as WebSocketConnectError {
                failure = error
            }
        }
        throw failure
    }
}

extension WebSocketURL {
    /// The path of the address, without its query, with another one below it.
    package func target(below: String) -> String {
        let base = path.prefix { $0 != "?" }
        return (base.hasSuffix("/") ? base.dropLast() : base) + below
    }
}
