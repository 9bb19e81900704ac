import NIOCore
import NIOPosix
import Synchronization
import Telemetry
import Testing
import WebSocketTransport

@testable import LoadDriver

/// The light client against servers that say what they should not, and those that do.
@Suite(.timeLimit(.minutes(1))) struct LoadSocketTests {
    private let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
    private let clock = SystemClock()
    private let hello = EchoScript(payload: Array("hello".utf8))

    private func play(_ script: any Script, at url: WebSocketURL) async throws -> LoadOutcome {
        let target = try LoadTarget(url)
        return await withCheckedContinuation { continuation in
            LoadSocket.play(script, at: target, on: eventLoop, clock: clock) { continuation.resume(returning: $0) }
        }
    }

    /// What comes of a server that accepts, and sends these bytes when it is spoken to.
    private func outcome(
        _ bytes: [UInt8],
        upgrade: String = RawServer.accept,
        thenCloses: Bool = false
    ) async throws -> LoadOutcome {
        try await RawServer.serving { channel, event in
            switch event {
            case .read(0, _): channel.say(upgrade.utf8)
            case .read(1, _):
                channel.say(bytes)
                if thenCloses { channel.close(promise: nil) }
            case .read: channel.close(promise: nil)
            case .closed: break
            }
        } _: {
            try await play(hello, at: $0)
        }
    }

    private func isSuccess(_ outcome: LoadOutcome) -> Bool {
        if case .succeeded = outcome { true } else { false }
    }

    private let echo = RawServer.frame(0x1, Array("hello".utf8))

    @Test func echoIsSuccess() async throws {
        #expect(try await isSuccess(outcome(echo)))
    }

    @Test(arguments: [
        ("HTTP/1.1 503 Service Unavailable\r\n\r\n", "upgrade: refused with 503"),
        ("HTTP/1.1 101 S\r\nSec-WebSocket-Accept: AAAA\r\n\r\n", "upgrade: wrong accept key"),
        ("\u{0}\u{1}\u{2}\r\n\r\n", "upgrade: no HTTP"),
    ])
    func badUpgradeIsACountedFailure(answer: String, reason: String) async throws {
        #expect(try await outcome([], upgrade: answer) == .failed(reason))
    }

    @Test(
        arguments: [
            ([0x01, 0x00], "frame: fragment or reserved bit"), ([0xF1, 0x00], "frame: fragment or reserved bit"),
            ([0x82, 0x01, 0x00], "frame: neither text nor control"),
            ([0x81, 0x80, 0, 0, 0, 0], "frame: masked by the server"),
            ([0x81, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], "frame: over 1048576 bytes"),
            ([0x88, 0x02, 0x03, 0xf5], "closed before the answer: 1013 "),
            ([0x88, 0x00], "closed before the answer: without a code"),
            ([0x88, 0x01, 0x03], "closed before the answer: without a code"),
            ([0x81, 0x02, 0x68, 0x69], "echo of something else"),
        ] as [([UInt8], String)]
    )
    func badBytesAreACountedFailure(bytes: [UInt8], reason: String) async throws {
        #expect(try await outcome(bytes) == .failed(reason))
    }

    @Test func rubbishBehindTheAnswerIsAFailureToo() async throws {
        #expect(try await outcome(echo + [0x01, 0x00]) == .failed("frame: fragment or reserved bit"))
    }

    @Test func connectionThatEndsBeforeTheAnswerIsAFailure() async throws {
        #expect(try await outcome(Array(echo.dropLast()), thenCloses: true) == .failed("closed by the server"))
    }

    @Test func serverThatClosesWithoutACloseFrameHasAnsweredAllTheSame() async throws {
        #expect(try await isSuccess(outcome(echo, thenCloses: true)))
    }

    @Test func nobodyListeningIsAFailure() async throws {
        // A port that nobody may take while this runs.
        let url = try WebSocketURL("ws://127.0.0.1:1")
        guard case .failed(let reason) = try await play(hello, at: url) else {
            Issue.record("connected to nobody")
            return
        }
        #expect(reason.hasPrefix("connect: "))
    }

    @Test func everythingMayComeOneByteAtATime() async throws {
        let outcome = try await RawServer.serving { channel, event in
            guard case .read(let number, _) = event else { return }
            if number > 1 { return channel.close(promise: nil) }
            let bytes = number == 0 ? Array(RawServer.accept.utf8) : RawServer.frame(0x9, [1]) + echo
            for byte in bytes { channel.say([byte]) }
        } _: {
            try await play(hello, at: $0)
        }
        #expect(isSuccess(outcome))
    }

    @Test func openingLeavesInOneWriteAndPingsAreAnswered() async throws {
        let heard = Mutex<[[UInt8]]>([])
        let outcome = try await RawServer.serving { channel, event in
            guard case .read(let number, let bytes) = event else { return }
            heard.withLock { $0.append(Array(bytes.readableBytesView)) }
            switch number {
            case 0: channel.say(RawServer.accept.utf8)
            case 1: channel.say(RawServer.frame(0x9, [7, 8]))
            case 2: channel.say(RawServer.frame(0x1, Array("b".utf8)))
            default: channel.close(promise: nil)
            }
        } _: {
            try await play(TwoMessages(), at: $0)
        }
        #expect(isSuccess(outcome))
        let reads = heard.withLock { $0 }
        #expect(reads[0].starts(with: "GET / HTTP/1.1\r\nHost: 127.0.0.1:".utf8))
        #expect(reads[0].suffix(4).elementsEqual("\r\n\r\n".utf8))
        #expect(Self.unmasked(reads[1]) == [0x81, 1, 0x61, 0x81, 1, 0x62])
        #expect(Self.unmasked(reads[2]) == [0x8A, 2, 7, 8])
        #expect(Self.unmasked(reads[3]) == [0x88, 2, 0x03, 0xE8])
    }

    /// Short frames without their masks, which they must have.
    private static func unmasked(_ bytes: [UInt8]) -> [UInt8] {
        var rest = bytes[...]
        var result: [UInt8] = []
        while let opcode = rest.popFirst(), let length = rest.popFirst(), length & 0x80 != 0 {
            let mask = Array(rest.prefix(4))
            rest = rest.dropFirst(4)
            let payload = rest.prefix(Int(length & 0x7f))
            result += [opcode, length & 0x7f] + payload.enumerated().map { $1 ^ mask[$0 % 4] }
            rest = rest.dropFirst(payload.count)
        }
        return result
    }

    @Test func operationEndsNotBeforeTheServerHasClosed() async throws {
        let isEnded = Atomic(false)
        let endedEarly = Atomic(false)
        try await RawServer.serving { channel, event in
            guard case .read(let number, _) = event else { return }
            switch number {
            case 0: channel.say(RawServer.accept.utf8)
            case 1: channel.say(echo)
            default:
                // The client has said goodbye, and its loop has time for much more.
                channel.eventLoop.scheduleTask(in: .milliseconds(20)) {
                    endedEarly.store(isEnded.load(ordering: .acquiring), ordering: .releasing)
                    channel.close(promise: nil)
                }
            }
        } _: { url in
            let outcome = try await play(hello, at: url)
            #expect(isSuccess(outcome))
            isEnded.store(true, ordering: .releasing)
        }
        let hasEndedEarly = endedEarly.load(ordering: .acquiring)
        #expect(!hasEndedEarly)
    }

    @Test func onlyPlainAddressesAreTargets() throws {
        let url = try WebSocketURL("wss://127.0.0.1:1")
        let reason = "\(url) cannot be measured: the load speaks ws:// only"
        #expect(throws: LoadError.target(reason)) { try LoadTarget(url) }
    }

    // MARK: Connections that stay

    /// What happened to a connection that stays.
    private enum Fate: Equatable {
        case answered(Bool)
        case lost(String)
    }

    private func open(
        at url: WebSocketURL,
        from source: SocketAddress? = nil
    ) throws -> (fates: AsyncStream<Fate>, socket: EventLoopFuture<LoadSocket>) {
        let (fates, continuation) = AsyncStream.makeStream(of: Fate.self)
        let promise = eventLoop.makePromise(of: LoadSocket.self)
        LoadSocket.open(hello, at: try LoadTarget(url), from: source, on: eventLoop, clock: clock) { reason in
            continuation.yield(.lost(reason))
        } end: { socket, outcome in
            promise.succeed(socket)
            continuation.yield(.answered(isSuccess(outcome)))
        }
        return (fates, promise.futureResult)
    }

    private func echoing<Result: Sendable>(_ body: (WebSocketURL) async throws -> Result) async throws -> Result {
        let server = EchoServer(host: "127.0.0.1", port: 0)
        return try await HoldingServers.serving({ listening in
            try await server.run(group: HoldingServers.group, onListening: listening)
        }) { try await body($0.url) }
    }

    @Test func standingConnectionPlaysAgainAndLeaves() async throws {
        try await echoing { url in
            var (fates, socket) = try open(at: url)
            var iterator = fates.makeAsyncIterator()
            #expect(await iterator.next() == .answered(true))
            let standing = try await socket.get()
            let again = await withCheckedContinuation { continuation in
                standing.play(EchoStreamScript(payload: [0x61], window: 7, total: 100)) { _, outcome in
                    continuation.resume(returning: outcome)
                }
            }
            #expect(isSuccess(again))
            standing.leave()
            // The connection goes without a word: this one is the next to be heard of.
            (fates, socket) = try open(at: url, from: try SocketAddress(ipAddress: "127.0.0.9", port: 0))
            iterator = fates.makeAsyncIterator()
            #expect(await iterator.next() == .answered(true))
            try await socket.get().leave()
        }
    }

    @Test func standingConnectionThatTheServerEndsIsLost() async throws {
        let source = Mutex<String?>(nil)
        try await RawServer.serving { channel, event in
            guard case .read(let number, _) = event else { return }
            switch number {
            case 0:
                source.withLock { $0 = channel.remoteAddress?.ipAddress }
                channel.say(RawServer.accept.utf8)
            case 1: channel.say(echo + RawServer.frame(0x8, [0x03, 0xE9] + Array("bye".utf8)))
            default: channel.close(promise: nil)
            }
        } _: { url in
            var fates = try open(at: url, from: try SocketAddress(ipAddress: "127.0.0.7", port: 0)).fates
                .makeAsyncIterator()
            #expect(await fates.next() == .answered(true))
            #expect(await fates.next() == .lost("closed: 1001 bye"))
        }
        #expect(source.withLock { $0 } == "127.0.0.7")
    }
}

private struct TwoMessages: Script {
    func opening() -> [[UInt8]] { [[0x61], [0x62]] }
    mutating func received(_ bytes: UnsafeRawBufferPointer) -> ScriptStep {
        bytes.elementsEqual([0x62]) ? .done : .wait
    }
}
