import BridgeNode
import Kademlia
import Logging
import NIOCore
import NIOPosix
import SocketTestKit
import Telemetry
import Testing
import WireMessages

@Suite(.timeLimit(.minutes(1))) struct MonitoringTests {
    @Test func webSocketPortAnswersPlainHTTPWith426() async throws {
        try await RunningBridge.run { bridge in
            let port = try await bridge.node.listeningAddress().port ?? 0
            let response = try await get("/anything", port: port)
            #expect(response.hasPrefix("HTTP/1.1 426 "))
        }
    }

    @Test func metricsPortReportsWhatExistingMonitorsRead() async throws {
        try await RunningBridge.run(metrics: true) { bridge in
            let port = try await bridge.node.metricsAddress().port ?? 0
            let peer = try await bridge.peer(0x11)
            defer { peer.close() }
            let link = try await bridge.link()
            defer { link.close() }

            let health = try await get("/health", port: port)
            #expect(health.hasPrefix("HTTP/1.1 200 "))
            #expect(health.lowercased().contains("access-control-allow-origin: *"))
            let healthBody = try body(of: health)
            #expect(healthBody.bool("healthy") == true)
            #expect(healthBody.int64("connectedPeers") == 1)
            #expect(healthBody.string("nodeType") == "bridge")

            let metrics = try await get("/metrics", port: port)
            #expect(metrics.contains("{\n  \"uptime\": "), "two spaces of indentation")
            let metricsBody = try body(of: metrics)
            #expect(metricsBody.int64("authorizedBootstrap") == 1)
            #expect(metricsBody.int64("linksOpened") == 1)
            #expect(metricsBody.int64("requests") == 0)
            #expect(metricsBody.int64("connections") == 2)
            #expect(metricsBody.int64("connectionsPeers") == 1)
            #expect(metricsBody.int64("connectionsLinks") == 1)
            #expect(metricsBody.int64("inFlight") == 0)
            #expect(metricsBody.int64("introductionsConnected") == 0)
            #expect(metricsBody.bool("shortOfMemory") == false)
            #expect(metricsBody.int64("residentBytes") ?? 0 > 1 << 20)
            #expect(metricsBody.int64("openFds") ?? 0 > 6)

            let status = try body(of: try await get("/status", port: port))
            #expect(status.string("nodeId") == bridge.identity.nodeID.description)
            #expect(status.int64("metricsPort") == Int64(port))
            #expect(status.bool("isHealthy") == true)

            let other = try await get("/other", port: port)
            #expect(other.hasPrefix("HTTP/1.1 404 "))
            #expect(try body(of: other).string("error") == "Not found")
        }
    }

    @Test func statusNamesTheBootstrapsThatAreDialled() async throws {
        try await ScriptedServer.run { bootstrap in
            // Nobody listens on the second one.
            try await RunningBridge.run(metrics: true, bootstraps: [bootstrap.address, "ws://127.0.0.1:1"]) { bridge in
                _ = try await bootstrap.nextSocket().next("register")
                let port = try await bridge.node.metricsAddress().port ?? 0
                let text = try await get("/status", port: port)
                let first = """
                      "bootstraps": [
                        {
                          "address": "\(bootstrap.address)",
                          "status": "connecting",

                    """
                #expect(text.contains(first))
                #expect(text.contains(#""address": "ws://127.0.0.1:1","#))
                #expect(try body(of: text).member("bootstraps") != nil, "valid JSON")
            }
        }
    }

    @Test func takenMetricsPortEndsTheBridge() async throws {
        let taken = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        var configuration = BridgeNode.Configuration(secret: Secret(RunningBridge.secret))
        configuration.host = "127.0.0.1"
        configuration.port = 0
        configuration.metricsHost = "127.0.0.1"
        configuration.metricsPort = taken.localAddress?.port
        let node = BridgeNode(
            configuration: configuration,
            identity: .random(),
            group: MultiThreadedEventLoopGroup.singleton,
            clock: SystemClock(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        await #expect(throws: (any Error).self) { try await node.run() }
        try await taken.close()
    }

    /// One HTTP exchange, as text: head, empty line, body.
    private func get(_ path: String, port: Int) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            let request = "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            try await outbound.write(ByteBuffer(string: request))
            var answer = ""
            for try await chunk in inbound { answer += String(buffer: chunk) }
            return answer
        }
    }

    private func body(of response: String) throws -> RawJSON {
        let end = try #require(response.firstRange(of: "\r\n\r\n"))
        return try RawJSON(checking: Array(response[end.upperBound...].utf8))
    }
}
