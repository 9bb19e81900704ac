import NIOCore
import Synchronization
import Testing
import WebSocketTransport

/// The life of open WebSockets on a real server.
@Suite(.timeLimit(.minutes(2))) struct ConnectionTests {
    static let broken: [(bytes: [UInt8], code: UInt16)] = [
        (WireFrames.text("x", masked: false), 1002),
        (WireFrames.header(WireFrames.text, length: 65_537), 1009),
        (WireFrames.frame(WireFrames.text, [0xC0, 0xAF]), 1007),
        (WireFrames.close(999), 1002),
        (WireFrames.text("", final: false) + Self.repeated(WireFrames.frame(0, final: false), 64), 1008),
        (Self.repeated(WireFrames.frame(WireFrames.ping), 51), 1008),
    ]

    static func repeated(_ frame: [UInt8], _ count: Int) -> [UInt8] {
        (0..<count).flatMap { _ in frame }
    }

    @Test(arguments: broken)
    func brokenRulesAreAnsweredWithTheirCode(bytes: [UInt8], code: UInt16) async throws {
        let handler = RecordingHandler()
        try await withServer(onUpgrade: { _ in .accept(handler) }) { port, _ in
            let connection = try await RawConnection.open(to: port)
            connection.send(bytes)
            let answer = await connection.readToEnd()
            // Pongs may come first; the close frame is last.
            let start = answer.lastIndex(of: 0x88) ?? 0
            #expect(closeCode(Array(answer[start...])) == code)
            let closure = await handler.closure()
            #expect(closure?.code?.rawValue == code)
            #expect(closure?.initiator == .transport)
        }
    }

    @Test func closeIsAnsweredAndWhatFollowsIgnored() async throws {
        let handler = RecordingHandler.echoing
        try await withServer(onUpgrade: { _ in .accept(handler) }) { port, _ in
            let connection = try await RawConnection.open(to: port)
            connection.send(WireFrames.close(3000, reason: Array("done".utf8)) + WireFrames.text("late"))
            #expect(await connection.readToEnd() == WireFrames.close(3000, masked: false))
            let closure = await handler.closure()
            #expect(closure == WebSocketClosure(code: .init(rawValue: 3000), reason: "done", initiator: .remote))
        }
    }

    @Test func unansweredCloseEndsTheConnectionAnyway() async throws {
        var limits = patientLimits
        // What the other end has not read by then is lost with the connection, and it may be held up by other tests.
        limits.closeTimeout = .milliseconds(500)
        let handler = RecordingHandler(whenOpened: { $0.close(.normal, reason: "enough\r\n") })
        try await withServer(limits: limits, onUpgrade: { _ in .accept(handler) }) { port, _ in
            let connection = try await RawConnection.open(to: port)
            let answer = await connection.readToEnd()
            #expect(answer == WireFrames.close(1000, reason: Array("enough".utf8), masked: false))
            #expect(await handler.closure() == WebSocketClosure(code: .normal, reason: "enough", initiator: .local))
        }
    }

    @Test func lostConnectionIsReportedOnceAndLast() async throws {
        let handler = RecordingHandler()
        try await withServer(onUpgrade: { _ in .accept(handler) }) { port, _ in
            let connection = try await RawConnection.open(to: port)
            connection.send(WireFrames.text("hello"))
            connection.close()
            let expected: [RecordingHandler.Event] = [
                .opened, .message(.text(ByteBuffer(string: "hello"))),
                .closed(WebSocketClosure(code: nil, reason: "connection lost", initiator: .transport)),
            ]
            var events = handler.events.makeAsyncIterator()
            for event in expected {
                #expect(await events.next() == event)
            }
        }
    }

    @Test func pingsAreAnsweredAndHeard() async throws {
        let handler = RecordingHandler()
        try await withServer(onUpgrade: { _ in .accept(handler) }) { port, _ in
            let connection = try await RawConnection.open(to: port)
            connection.send(WireFrames.frame(WireFrames.ping, [1, 2, 3]) + WireFrames.frame(WireFrames.pong, [4]))
            #expect(await connection.read(count: 5) == WireFrames.frame(WireFrames.pong, [1, 2, 3], masked: false))
            var events = handler.events.makeAsyncIterator()
            let expected: [RecordingHandler.Event] = [
                .opened, .controlFrame, .controlFrame, .pong(ByteBuffer(bytes: [4])),
            ]
            for event in expected {
                #expect(await events.next() == event)
            }
        }
    }

    @Test func silentPeerIsPingedAndThenClosed() async throws {
        var limits = patientLimits
        limits.pingInterval = .milliseconds(40)
        // As above.
        limits.pongTimeout = .milliseconds(500)
        let handler = RecordingHandler()
        try await withServer(limits: limits, onUpgrade: { _ in .accept(handler) }) { port, _ in
            let connection = try await RawConnection.open(to: port)
            let heard = await connection.readToEnd()
            #expect(heard.prefix(2) == [0x89, 0])
            let closure = await handler.closure()
            #expect(closure == WebSocketClosure(code: nil, reason: "no sign of life", initiator: .transport))
        }
    }

    @Test func answeringPeerIsPingedAgain() async throws {
        var limits = patientLimits
        limits.pingInterval = .milliseconds(20)
        limits.pongTimeout = .seconds(60)
        try await withServer(limits: limits) { port, _ in
            let connection = try await RawConnection.open(to: port)
            for _ in 0..<4 {
                let ping = await connection.read(count: 2)
                #expect(ping.prefix(2) == [0x89, 0])
                connection.send(WireFrames.frame(WireFrames.pong))
            }
        }
    }

    @Test func peerThatLeavesTooMuchUnreadIsClosed() async throws {
        var limits = patientLimits
        limits.outboundHighWaterMark = 64 << 10
        let payload = ByteBuffer(repeating: 0x61, count: 60_000)
        let handler = RecordingHandler(react: { _, connection in
            for _ in 0..<500 { connection.send(payload) }
        })
        try await withServer(limits: limits, onUpgrade: { _ in .accept(handler) }) { port, _ in
            let connection = try await RawConnection.open(to: port, reads: false)
            connection.send(WireFrames.text("go"))
            #expect(await handler.closure()?.reason == "slow peer: too much unread")
            connection.close()
        }
    }

    @Test func peerThatStopsReadingIsClosedAfterAWhile() async throws {
        var limits = patientLimits
        limits.outboundHighWaterMark = 1 << 30
        limits.unwritableTimeout = .milliseconds(40)
        let payload = ByteBuffer(repeating: 0x61, count: 60_000)
        let handler = RecordingHandler(react: { _, connection in
            for _ in 0..<500 { connection.send(payload) }
        })
        try await withServer(limits: limits, onUpgrade: { _ in .accept(handler) }) { port, _ in
            let connection = try await RawConnection.open(to: port, reads: false)
            connection.send(WireFrames.text("go"))
            #expect(await handler.closure()?.reason == "slow peer: nothing read for too long")
            connection.close()
        }
    }

    @Test func backlogAndItsEndAreToldInTurn() async throws {
        // Both ends' sockets hold some megabytes between them; what is more waits here.
        let payload = ByteBuffer(repeating: 0x61, count: 60_000)
        let count = 300
        // An application may hold a lock while it sends, and take the same one when it is told.
        let sending = Mutex((isSending: false, interruptions: 0))
        let handler = RecordingHandler(
            whenWritabilityChanged: { _ in
                sending.withLock { $0.interruptions += $0.isSending ? 1 : 0 }
            },
            react: { _, connection in
                sending.withLock { $0.isSending = true }
                for _ in 0..<count { connection.send(payload) }
                sending.withLock { $0.isSending = false }
            }
        )
        var limits = patientLimits
        limits.outboundHighWaterMark = 1 << 30
        try await withServer(limits: limits, onUpgrade: { _ in .accept(handler) }) { port, _ in
            let connection = try await RawConnection.open(to: port, reads: false)
            connection.send(WireFrames.text("go"))
            var changes = handler.events.compactMap { event -> Bool? in
                if case .writable(let isWritable) = event { isWritable } else { nil }
            }.makeAsyncIterator()
            #expect(await changes.next() == false)
            try await connection.setReads(true)
            #expect(await changes.next() == true)
            _ = await connection.read(count: count * (60_000 + 4))
            #expect(sending.withLock { $0.interruptions } == 0)
        }
    }

    @Test func messageLimitCanBeRaised() async throws {
        let handler = RecordingHandler(
            whenOpened: { $0.setMaxMessageBytes(100_000) },
            react: { message, connection in connection.send(message) }
        )
        try await withServer(onUpgrade: { _ in .accept(handler) }) { port, _ in
            let connection = try await RawConnection.open(to: port)
            let payload = [UInt8](repeating: 0x62, count: 100_000)
            connection.send(WireFrames.frame(WireFrames.text, payload))
            let expected = WireFrames.frame(WireFrames.text, payload, masked: false)
            #expect(await connection.read(count: expected.count) == expected)
            connection.send(WireFrames.header(WireFrames.text, length: 100_001))
            #expect(closeCode(await connection.readToEnd()) == 1009)
        }
    }

    @Test func messagesOfOneSenderKeepTheirOrder() async throws {
        let (connections, opened) = AsyncStream.makeStream(of: WebSocketConnection.self)
        try await withServer(onUpgrade: { _ in .accept(RecordingHandler(whenOpened: { opened.yield($0) })) }) {
            port,
            _ in
            let raw = try await RawConnection.open(to: port)
            let connection = try #require(await connections.first { _ in true })
            let senders = 4
            let each = 200
            await withTaskGroup { tasks in
                for sender in 0..<senders {
                    tasks.addTask {
                        for number in 0..<each { connection.send([UInt8(sender), UInt8(number)]) }
                    }
                }
            }
            let bytes = await raw.read(count: senders * each * 4)
            var next = Array(repeating: 0, count: senders)
            for frame in stride(from: 0, to: bytes.count, by: 4) {
                #expect(bytes[frame..<frame + 2] == [0x81, 2])
                let sender = Int(bytes[frame + 2])
                #expect(Int(bytes[frame + 3]) == next[sender])
                next[sender] += 1
            }
            #expect(next == Array(repeating: each, count: senders))
        }
    }

    /// More than are made in one turn of the loop, from the loop and from outside.
    @Test(arguments: [true, false])
    func textsThatAreMadeLaterKeepTheirPlace(onTheLoop: Bool) async throws {
        let places = 40
        let speak: @Sendable (WebSocketConnection) -> Void = { connection in
            for place in 0..<places {
                if place.isMultiple(of: 3) {
                    connection.send(ByteBuffer(string: "\(place)"))
                } else {
                    connection.send(making: {
                        #expect(connection.eventLoop.inEventLoop)
                        return Array("\(place)".utf8)
                    })
                }
            }
            connection.close(.normal, reason: "")
        }
        let handler = RecordingHandler(whenOpened: { connection in
            if onTheLoop { speak(connection) } else { Task { speak(connection) } }
        })
        try await withServer(onUpgrade: { _ in .accept(handler) }) { port, _ in
            let connection = try await RawConnection.open(to: port)
            let expected =
                (0..<places).flatMap { WireFrames.text("\($0)", masked: false) }
                + WireFrames.close(1000, masked: false)
            #expect(await connection.read(count: expected.count) == expected)
            connection.send(WireFrames.close(1000))
            #expect(await handler.closure()?.initiator == .local)
        }
    }

    @Test func textsAreNotMadeForAConnectionThatHasEnded() async throws {
        let handler = RecordingHandler()
        try await withServer(onUpgrade: { _ in .accept(handler) }) { port, _ in
            let client = WebSocketClient(group: group, limits: patientLimits, logger: logger)
            let url = try WebSocketURL("ws://127.0.0.1:\(port)")
            let connection = try await client.connect(to: url, handler: RecordingHandler()).get()
            connection.abort()
            _ = await handler.closure()
            connection.send(making: {
                Issue.record("made for nobody")
                return []
            })
            try await connection.eventLoop.submit {}.get()
        }
    }

    @Test func shutdownSaysGoodbyeAndEndsWhateverPeersDo() async throws {
        let handler = RecordingHandler()
        try await withServer(onUpgrade: { _ in .accept(handler) }) { port, stop in
            let connection = try await RawConnection.open(to: port)
            let silent = try await RawConnection.connect(to: port)
            stop()
            #expect(await silent.readToEnd().isEmpty)
            // Never answered; so it is cut after `drainTime`.
            #expect(closeCode(await connection.readToEnd()) == 1001)
            #expect(await handler.closure()?.code == .goingAway)
        }
    }
}
