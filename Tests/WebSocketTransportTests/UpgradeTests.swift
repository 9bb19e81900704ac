import NIOCore
import NIOHTTP1
import Testing
import WebSocketTransport

/// What comes before a WebSocket is open: upgrades good and bad, plain HTTP, silence.
@Suite(.timeLimit(.minutes(2))) struct UpgradeTests {
    static func changed(_ prefix: String, to replacement: String...) -> [String] {
        RawConnection.upgrade.flatMap { $0.hasPrefix(prefix) ? replacement : [$0] }
    }

    @Test func goodUpgradeIsAnsweredWithTheProof() async throws {
        try await withServer { port, _ in
            let connection = try await RawConnection.connect(to: port)
            connection.send(RawConnection.request(RawConnection.upgrade))
            let head = await connection.readHead().lowercased()
            #expect(head.hasPrefix("http/1.1 101 "))
            #expect(head.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n"))
            #expect(!head.contains("extensions"))
        }
    }

    @Test(arguments: [
        (changed("GET", to: "POST / HTTP/1.1"), 400),
        (changed("GET", to: "GET / HTTP/1.0"), 400),
        (changed("Host", to: "Host: a", "Content-Length: 5"), 400),
        (changed("Host", to: "Host: a", "Transfer-Encoding: chunked"), 400),
        (changed("Host"), 400),
        (changed("Upgrade"), 400),
        (changed("Connection"), 400),
        (changed("Connection", to: "Connection: keep-alive"), 400),
        (changed("Sec-WebSocket-Key"), 400),
        (changed("Sec-WebSocket-Key", to: "Sec-WebSocket-Key: abc="), 400),
        (changed("Sec-WebSocket-Key", to: RawConnection.upgrade[5], RawConnection.upgrade[5]), 400),
        (changed("Sec-WebSocket-Version"), 426),
        (changed("Sec-WebSocket-Version", to: "Sec-WebSocket-Version: 8"), 426),
        (changed("Sec-WebSocket-Version", to: "Sec-WebSocket-Version: 13, 8"), 426),
        (changed("Sec-WebSocket-Version", to: "Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 13"), 426),
        (changed("Host", to: "Host: a", "X-Bad: a\u{0}b"), 400),
        (["NONSENSE"], 400),
    ])
    func badUpgradeIsAnsweredAndClosed(lines: [String], status: Int) async throws {
        try await withServer { port, _ in
            let connection = try await RawConnection.connect(to: port)
            connection.send(RawConnection.request(lines))
            let answer = String(decoding: await connection.readToEnd(), as: UTF8.self)
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
            #expect(answer.contains("Connection: close\r\n"))
            #expect(answer.contains("Sec-WebSocket-Version: 13\r\n") == (status == 426))
        }
    }

    @Test func applicationMayRefuse() async throws {
        try await withServer(onUpgrade: { .refuse(status: .forbidden, body: "not \($0.path)") }) { port, _ in
            let connection = try await RawConnection.connect(to: port)
            connection.send(RawConnection.request(RawConnection.upgrade))
            let answer = String(decoding: await connection.readToEnd(), as: UTF8.self)
            #expect(answer.hasPrefix("HTTP/1.1 403 "))
            #expect(answer.hasSuffix("not /some/path?x=1\n"))
        }
    }

    @Test func framesInOneSegmentWithTheRequestAreKept() async throws {
        try await withServer(onUpgrade: { _ in .accept(RecordingHandler.echoing) }) { port, _ in
            let connection = try await RawConnection.connect(to: port)
            connection.send(Array(RawConnection.request(RawConnection.upgrade).utf8) + WireFrames.text("early"))
            #expect(await connection.readHead().hasPrefix("HTTP/1.1 101 "))
            #expect(await connection.read(count: 7) == WireFrames.text("early", masked: false))
        }
    }

    @Test func requestBehindAnUpgradeIsNoFrame() async throws {
        try await withServer { port, _ in
            let connection = try await RawConnection.connect(to: port)
            connection.send(RawConnection.request(RawConnection.upgrade) + "GET / HTTP/1.1\r\n\r\n")
            #expect(await connection.readHead().hasPrefix("HTTP/1.1 101 "))
            // "G" is a text frame with a reserved bit.
            #expect(closeCode(await connection.readToEnd()) == 1002)
        }
    }

    @Test func tooManyHeadersAreRefused() async throws {
        let extra = { count in (0..<count).map { "X-\($0): y" } }
        try await withServer { port, _ in
            for (count, status) in [(59, "101"), (60, "431"), (2000, "431")] {
                let connection = try await RawConnection.connect(to: port)
                connection.send(RawConnection.request(RawConnection.upgrade + extra(count)))
                #expect(await connection.readHead().hasPrefix("HTTP/1.1 \(status) "), "\(count) more headers")
            }
        }
    }

    @Test func longHeadersAreRefusedBeforeTheyEnd() async throws {
        try await withServer { port, _ in
            let connection = try await RawConnection.connect(to: port)
            connection.send("GET / HTTP/1.1\r\nX: " + String(repeating: "y", count: 17 << 10))
            #expect(await connection.readHead().hasPrefix("HTTP/1.1 431 "))
            let target = try await RawConnection.connect(to: port)
            target.send("GET /" + String(repeating: "y", count: 17 << 10))
            #expect(await target.readHead().hasPrefix("HTTP/1.1 431 "))
        }
    }

    @Test(arguments: ["", "GET / HT", "GET / HTTP/1.1\r\nHost: a\r\n"])
    func unfinishedRequestsAreCutOff(beginning: String) async throws {
        var limits = patientLimits
        limits.handshakeTimeout = .milliseconds(40)
        try await withServer(limits: limits) { port, _ in
            let connection = try await RawConnection.connect(to: port)
            connection.send(beginning)
            #expect(await connection.readToEnd().isEmpty)
        }
    }

    @Test func extensionsAreNeverNegotiated() async throws {
        try await withServer { port, _ in
            let offer = "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99"
            let connection = try await RawConnection.connect(to: port)
            connection.send(RawConnection.request(RawConnection.upgrade + Array(repeating: offer, count: 30)))
            let head = await connection.readHead()
            #expect(head.hasPrefix("HTTP/1.1 101 "))
            #expect(!head.lowercased().contains("extensions"))
            connection.send(WireFrames.frame(WireFrames.text, [1], reserved: 4))
            #expect(closeCode(await connection.readToEnd()) == 1002)
        }
    }

    // MARK: Plain HTTP

    @Test func plainRequestsShareThePort() async throws {
        try await withServer(http: answerWithBody) { port, _ in
            let connection = try await RawConnection.connect(to: port)
            for path in ["/one", "/two?x"] {
                connection.send(RawConnection.request(["GET \(path) HTTP/1.1", "Host: a"]))
                let answer = String(
                    decoding: await connection.read { $0.suffix(4) == [33, 33, 33, 33] },
                    as: UTF8.self
                )
                #expect(answer.hasPrefix("HTTP/1.1 200 "))
                #expect(answer.hasSuffix("\r\n\r\n\(path)!!!!"))
            }
        }
    }

    @Test(arguments: ["Connection: close", "Upgrade: h2c", "X-Forwarded-For: 10.0.0.1"])
    func someRequestsAreTheLastOfTheirConnection(header: String) async throws {
        try await withServer(http: answerWithBody) { port, _ in
            let connection = try await RawConnection.connect(to: port)
            connection.send(RawConnection.request(["GET /x HTTP/1.1", "Host: a", header]))
            #expect(String(decoding: await connection.readToEnd(), as: UTF8.self).hasSuffix("/x!!!!"))
        }
    }

    @Test func upgradeAfterAPlainRequestIsRefusedNotIgnored() async throws {
        try await withServer(http: answerWithBody) { port, _ in
            let connection = try await RawConnection.connect(to: port)
            connection.send(RawConnection.request(["GET /x HTTP/1.1", "Host: a"]))
            _ = await connection.read { $0.suffix(4) == [33, 33, 33, 33] }
            connection.send(RawConnection.request(RawConnection.upgrade))
            #expect(await connection.readHead().hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test(arguments: ["Content-Length: 99999999", "Content-Length: 5\r\nContent-Length: 6", "Content-Length: -1"])
    func badBodiesAreRefused(header: String) async throws {
        try await withServer(http: answerWithBody) { port, _ in
            let connection = try await RawConnection.connect(to: port)
            connection.send(RawConnection.request(["POST /x HTTP/1.1", "Host: a", header]))
            #expect(await connection.readHead().hasPrefix("HTTP/1.1 4"))
        }
    }

    @Test func endlessBodyIsCutOff() async throws {
        try await withServer(http: answerWithBody) { port, _ in
            let connection = try await RawConnection.connect(to: port)
            connection.send(RawConnection.request(["POST /x HTTP/1.1", "Host: a", "Transfer-Encoding: chunked"]))
            let chunk = "8000\r\n" + String(repeating: "x", count: 0x8000) + "\r\n"
            for _ in 0..<4 { connection.send(chunk) }
            _ = await connection.readToEnd()
        }
    }

    @Test func withoutRoutesPlainRequestsAreNotFound() async throws {
        try await withServer { port, _ in
            let connection = try await RawConnection.connect(to: port)
            connection.send(RawConnection.request(["GET / HTTP/1.1", "Host: a"]))
            #expect(await connection.readHead().hasPrefix("HTTP/1.1 404 "))
        }
    }
}
