import NIOCore
import ServiceLifecycleTestKit
import Testing
import WebSocketTransport

/// The owner's own drain, which comes before connections are closed.
@Suite(.timeLimit(.minutes(2))) struct ShutdownTests {
    @Test func ownerDrainsBeforeConnectionsAreClosed() async throws {
        let (drains, draining) = AsyncStream.makeStream(of: Void.self)
        let (releases, release) = AsyncStream.makeStream(of: Void.self)
        try await testGracefulShutdown { trigger in
            try await withServer(
                beforeClosing: {
                    draining.yield()
                    _ = await releases.first { _ in true }
                },
                http: answerWithBody,
                onUpgrade: { _ in .accept(RecordingHandler.echoing) }
            ) { port, _ in
                let socket = try await RawConnection.open(to: port)
                let http = try await RawConnection.connect(to: port)
                let early = try await RawConnection.connect(to: port)
                for connection in [http, early] { try await Self.get("/before", on: connection) }

                var drain = drains.makeAsyncIterator()
                trigger.triggerGracefulShutdown()
                trigger.triggerGracefulShutdown()
                await drain.next()
                await #expect(throws: (any Error).self) { try await RawConnection.connect(to: port) }
                socket.send(WireFrames.text("still here"))
                #expect(await socket.read(count: 12) == WireFrames.text("still here", masked: false))
                try await Self.get("/meanwhile", on: http)
                trigger.triggerGracefulShutdown()

                release.finish()
                #expect(closeCode(await socket.readToEnd()) == 1001)
                #expect(await http.readToEnd().isEmpty)
                draining.finish()
                #expect(await drain.next() == nil)
            }
        }
    }

    private static func get(_ path: String, on connection: RawConnection) async throws {
        connection.send(RawConnection.request(["GET \(path) HTTP/1.1", "Host: a"]))
        let answer = await connection.read { $0.suffix(4) == [33, 33, 33, 33] }
        #expect(String(decoding: answer, as: UTF8.self).hasSuffix("\(path)!!!!"))
    }
}
