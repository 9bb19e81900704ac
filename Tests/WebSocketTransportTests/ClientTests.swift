import NIOCore
import NIOHTTP1
import Testing
import WebSocketTransport

@Suite(.timeLimit(.minutes(2))) struct ClientTests {
    let client = WebSocketClient(group: group, limits: patientLimits, logger: logger)

    static func url(_ port: Int, path: String = "/") -> WebSocketURL {
        WebSocketURL(scheme: .ws, host: "127.0.0.1", port: port, path: path)
    }

    @Test func clientAndServerExchangeMessages() async throws {
        let (requests, seen) = AsyncStream.makeStream(of: UpgradeRequest.self)
        let accept: @Sendable (UpgradeRequest) -> UpgradeDecision = { request in
            seen.yield(request)
            return .accept(RecordingHandler.echoing)
        }
        try await withServer(onUpgrade: accept) { port, _ in
            let handler = RecordingHandler()
            let connection = try await self.client.connect(
                to: Self.url(port, path: "/link?a=b"),
                headers: [("X-Bridge", "1")],
                handler: handler
            )
            let request = await requests.first { _ in true }
            #expect(request?.path == "/link?a=b")
            #expect(request?.headers.first(name: "X-Bridge") == "1")
            #expect(request?.headers.first(name: "Host") == "127.0.0.1:\(port)")
            connection.send(Array("Grüße".utf8))
            connection.ping(ByteBuffer(bytes: [7]))
            var events = handler.events.makeAsyncIterator()
            let expected: [RecordingHandler.Event] = [
                .opened, .message(.text(ByteBuffer(string: "Grüße"))), .controlFrame, .pong(ByteBuffer(bytes: [7])),
            ]
            for event in expected {
                #expect(await events.next() == event)
            }
            connection.close(.normal, reason: "done")
            #expect(
                await events.next() == .closed(WebSocketClosure(code: .normal, reason: "done", initiator: .local))
            )
        }
    }

    @Test func framesInOneSegmentWithTheAnswerAreKept() async throws {
        let (port, stop) = try await RawConnection.listen { connection in
            let answer = Self.answer(to: await connection.readHead())
            // A ping, which is answered at once, and a message.
            connection.send(
                Array(answer.utf8) + WireFrames.frame(WireFrames.ping, [9], masked: false)
                    + WireFrames.text("early", masked: false)
            )
            let pong = await connection.read(count: 7)
            connection.send(WireFrames.frame(WireFrames.binary, pong, masked: false))
        }
        let handler = RecordingHandler()
        _ = try await self.client.connect(to: Self.url(port), handler: handler)
        var events = handler.events.makeAsyncIterator()
        #expect(await events.next() == .opened)
        #expect(await events.next() == .controlFrame)
        #expect(await events.next() == .message(.text(ByteBuffer(string: "early"))))
        guard case .message(.binary(let pong))? = await events.next() else {
            Issue.record("no pong")
            return
        }
        // Masked, as a client must.
        #expect(Array(pong.readableBytesView.prefix(2)) == [0x8A, 0x81])
        try await stop()
    }

    @Test(arguments: [
        (WireFrames.text("masked"), WebSocketCloseCode.protocolError),
        // A length of 2^63 + 1 bytes.
        ([0x81, 127, 0x80, 0, 0, 0, 0, 0, 0, 1], .protocolError),
        ([0x81, 127, 0, 0, 0, 0, 0, 1, 0, 1], .messageTooBig),
        // A compressed frame, which was not agreed on; an unknown kind of frame; a ping of 126 bytes.
        ([0xC1, 1, 0], .protocolError), ([0x83, 0], .protocolError), ([0x89, 126, 0, 126], .protocolError),
    ])
    func hostileFramesOfTheServerEndTheConnection(bytes: [UInt8], code: WebSocketCloseCode) async throws {
        let (port, stop) = try await RawConnection.listen { connection in
            connection.send(Self.answer(to: await connection.readHead()))
            connection.send(bytes)
        }
        let handler = RecordingHandler()
        _ = try await self.client.connect(to: Self.url(port), handler: handler)
        #expect(await handler.closure()?.code == code)
        try await stop()
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", WebSocketConnectError.rejected(status: 200)),
        ("HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\n\r\n<html>", .rejected(status: 502)),
        ("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", .rejected(status: 403)),
        ("HTTP/1.1 302 Found\r\nLocation: ws://elsewhere/\r\nContent-Length: 0\r\n\r\n", .rejected(status: 302)),
        (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n",
            .invalidHandshake("wrong Sec-WebSocket-Accept")
        ),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", .invalidHandshake("Upgrade: websocket is missing")),
    ])
    func otherAnswersAreErrorsAndTheHandlerHearsNothing(answer: String, error: WebSocketConnectError) async throws {
        let (port, stop) = try await RawConnection.listen { connection in
            _ = await connection.readHead()
            connection.send(answer)
        }
        let handler = RecordingHandler()
        await #expect(throws: error) {
            try await self.client.connect(to: Self.url(port), handler: handler)
        }
        try await stop()
    }

    @Test(arguments: [
        "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99", "Sec-WebSocket-Protocol: other",
    ])
    func whatWasNotOfferedMayNotBeChosen(header: String) async throws {
        let (port, stop) = try await RawConnection.listen { connection in
            connection.send(Self.answer(to: await connection.readHead(), extra: header + "\r\n"))
        }
        await #expect(throws: WebSocketConnectError.self) {
            try await self.client.connect(to: Self.url(port), handler: RecordingHandler())
        }
        try await stop()
    }

    @Test(arguments: ["SSH-2.0-OpenSSH_9.2\r\n", ""])
    func connectionThatEndsWithoutAnAnswerIsAnInvalidHandshake(answer: String) async throws {
        let (port, stop) = try await RawConnection.listen { connection in
            _ = await connection.readHead()
            connection.send(answer)
            connection.close()
        }
        do {
            _ = try await self.client.connect(to: Self.url(port), handler: RecordingHandler())
            Issue.record("connected")
        } catch WebSocketConnectError.invalidHandshake {
            // As it should be.
        }
        try await stop()
    }

    @Test func silentServerTimesOut() async throws {
        var limits = patientLimits
        limits.handshakeTimeout = .milliseconds(40)
        let client = WebSocketClient(group: group, limits: limits, logger: logger)
        let (port, stop) = try await RawConnection.listen { _ in }
        await #expect(throws: WebSocketConnectError.timedOut) {
            try await client.connect(to: Self.url(port), handler: RecordingHandler())
        }
        try await stop()
    }

    @Test func nobodyListeningIsRefused() async throws {
        do {
            _ = try await self.client.connect(to: Self.url(1), handler: RecordingHandler())
            Issue.record("connected")
        } catch WebSocketConnectError.refused {
            // As it should be.
        }
    }

    @Test func plainServerIsNotTakenForTLS() async throws {
        try await withServer { port, _ in
            do {
                let url = WebSocketURL(scheme: .wss, host: "localhost", port: port)
                _ = try await self.client.connect(to: url, handler: RecordingHandler())
                Issue.record("connected")
            } catch WebSocketConnectError.tls {
                // As it should be.
            }
        }
    }

    @Test(arguments: [("X Y", "a"), ("", "a"), ("X", "a\r\nEvil: b")])
    func headersThatWouldChangeTheRequestAreRefused(name: String, value: String) async throws {
        await #expect(throws: WebSocketConnectError.invalidHeader(name)) {
            try await self.client.connect(to: Self.url(1), headers: [(name, value)], handler: RecordingHandler())
        }
    }

    /// A good answer to this request.
    static func answer(to request: String, extra: String = "") -> String {
        let line = request.split(separator: "\r\n").first { $0.hasPrefix("Sec-WebSocket-Key: ") } ?? ""
        let key = HandshakeKey(String(line.dropFirst("Sec-WebSocket-Key: ".count)))
        return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: upgrade\r\n\(extra)"
            + "Sec-WebSocket-Accept: \(key?.accept ?? "")\r\n\r\n"
    }
}
