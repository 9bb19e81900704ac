import BridgeCore
import BridgeNode
import Kademlia
import Logging
import NIOPosix
import SocketTestKit
import Synchronization
import Telemetry
import Testing
import Timekeeping
import WireMessages

@Suite(.timeLimit(.minutes(1))) struct ResourceTests {
    @Test func reportCountsConnectionsByKind() async throws {
        try await RunningBridge.run { bridge in
            let peer = try await bridge.peer(0x11)
            defer { peer.close() }
            let link = try await bridge.link()
            defer { link.close() }
            let undecided = try await bridge.dial()
            defer { undecided.close() }
            // The socket is open at our end first.
            while bridge.node.resources().connections < 3 {
                peer.send(DHTMessage.ping(DHTPing(requestID: "p")))
                _ = try await peer.next("pong")
            }

            let report = bridge.node.resources()
            #expect(report.peers == 1)
            #expect(report.links == 1)
            #expect(report.undecided == 1)
            #expect(report.dialIns == 0)
            #expect(report.connections == 3)
            #expect(report.connectionLimit == BridgeDefaults.maximumConnections)
            #expect(report.queueCapacity == BridgeDefaults.queueCapacity)
            #expect(report.memoryLimit == nil)
            #expect(!report.isShortOfMemory)
            #if os(Linux)
                #expect(try #require(report.process.residentBytes) > 1 << 20)
                #expect(try #require(report.process.openDescriptors) > 6)
            #endif
        }
    }

    @Test func readingsServeForASecond() async throws {
        try await RunningBridge.run { bridge in
            let first = bridge.node.resources().process
            let second = bridge.node.resources().process
            #expect(second.readAt - first.readAt < .seconds(5))
            #expect(second == first || second.readAt - first.readAt >= .seconds(1))
        }
    }

    @Test func shortMemoryIsToldToTheBridgeAndResourceUseIsLogged() async throws {
        let lines = LogLines()
        var configuration = BridgeNode.Configuration(secret: Secret("secret"))
        configuration.host = "127.0.0.1"
        configuration.port = 0
        configuration.drainTime = .seconds(1)
        // Any process has more.
        configuration.memoryLimit = 1
        configuration.resourceInterval = .milliseconds(1)
        let node = BridgeNode(
            configuration: configuration,
            identity: .random(),
            group: MultiThreadedEventLoopGroup.singleton,
            clock: SystemClock(),
            logger: Logger(label: "test") { _ in LogLines.Handler(lines: lines) }
        )
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await node.run() }
            let use = try #require(await lines.first { $0.message == "resource use" })
            #expect(use.level == .info)
            for key in [
                "connections", "links", "dial_ins", "peers", "undecided", "queue_depth", "in_flight", "processed",
                "answered", "busy", "expired", "memory_limit_bytes",
            ] {
                #expect(use.metadata[key] != nil, "\(key)")
            }
            #if os(Linux)
                #expect(use.metadata["rss_bytes"].flatMap { Int("\($0)") } ?? 0 > 1 << 20)
                #expect(use.metadata["fds"].flatMap { Int("\($0)") } ?? 0 > 3)
                let warning = await lines.first { $0.message.hasPrefix("memory is short") }
                #expect(warning?.level == .warning)
                #expect(node.resources().isShortOfMemory)
            #endif
            tasks.cancelAll()
            try await tasks.waitForAll()
        }
    }
}

/// Log lines, as they come.
private final class LogLines: Sendable {
    struct Line: Sendable {
        var level: Logger.Level
        var message: String
        var metadata: Logger.Metadata
    }

    struct Handler: LogHandler {
        let lines: LogLines
        var logLevel = Logger.Level.debug
        var metadata: Logger.Metadata = [:]

        init(lines: LogLines) {
            self.lines = lines
        }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let facts = metadata.merging(event.metadata ?? [:]) { $1 }
            lines.append(Line(level: event.level, message: "\(event.message)", metadata: facts))
        }
    }

    private let lines = Mutex<[Line]>([])
    private let news = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    func append(_ line: Line) {
        lines.withLock { $0.append(line) }
        news.continuation.yield()
    }

    /// Waits for it, if need be.
    func first(where matches: (Line) -> Bool) async -> Line? {
        for await _ in news.stream {
            if let line = lines.withLock({ $0.first(where: matches) }) {
                news.continuation.yield()
                return line
            }
        }
        return nil
    }
}
