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

    /// protocol.md 6.2.
    @Test func metricsPortHasEveryKeyAndHeaderOfExistingBridges() async throws {
        try await RunningBridge.run(metrics: true) { bridge in
            let port = try await bridge.node.metricsAddress().port ?? 0
            for (path, keys) in [
                ("/health", ["healthy", "uptime", "connectedPeers", "timestamp", "nodeType"]),
                ("/metrics", ["uptime", "connectedPeers", "peerAnnouncements", "authorizedBootstrap", "timestamp"]),
                (
                    "/status",
                    [
                        "nodeType", "nodeId", "uptime", "connectedPeers", "peerAnnouncements", "authorizedBootstrap",
                        "bridgePort", "metricsPort", "isHealthy",
                    ]
                ),
            ] {
                let answer = try await get(path, port: port)
                #expect(answer.hasPrefix("HTTP/1.1 200 "))
                Self.checkHeaders(answer)
                var names: [String] = []
                _ = try body(of: answer).withValue { object in
                    object.forEachMember { name, _ in names.append(name.string ?? "") }
                }
                #expect(Array(names.prefix(keys.count)) == keys, "\(path)")
            }
            let missing = try await get("/other", port: port)
            Self.checkHeaders(missing)
            #expect(missing.hasSuffix("\r\n\r\n{\"error\":\"Not found\"}"))
            for path in ["/health", "/metrics", "/other"] {
                let options = try await get(path, method: "OPTIONS", port: port)
                #expect(options.hasPrefix("HTTP/1.1 200 "))
                Self.checkHeaders(options)
                #expect(options.hasSuffix("\r\n\r\n"), "no body")
            }
            let head = try await get("/health", method: "HEAD", port: port)
            #expect(head.hasPrefix("HTTP/1.1 200 "))
            #expect(head.hasSuffix("\r\n\r\n"), "no body")
        }
    }

    private static func checkHeaders(_ answer: String) {
        let head = answer.lowercased()
        for line in [
            "access-control-allow-origin: *", "access-control-allow-methods: get, options",
            "content-type: application/json",
        ] {
            #expect(head.contains("\r\n\(line)\r\n"), "\(line)")
        }
    }

    @Test func metricsAreToBeHadForPrometheus() async throws {
        try await RunningBridge.run(metrics: true) { bridge in
            let port = try await bridge.node.metricsAddress().port ?? 0
            let link = try await bridge.link()
            defer { link.close() }
            let plain = try await get("/metrics/prometheus", port: port)
            #expect(plain.contains("text/plain; version=0.0.4; charset=utf-8\r\n"))
            #expect(plain.contains("\ncauseway_bootstrap_links 1\n"))
            #expect(plain.contains("\n# TYPE causeway_onboarding_requests_total counter\n"))
            #expect(plain.contains("\ncauseway_onboarding_requests_ended_total{outcome=\"answered\"} 0\n"))
            let open = try await get("/metrics", accept: "application/openmetrics-text;q=0.9,*/*;q=0.1", port: port)
            #expect(open.contains("application/openmetrics-text; version=1.0.0; charset=utf-8\r\n"))
            #expect(open.contains("\n# TYPE causeway_onboarding_requests counter\n"))
            #expect(open.hasSuffix("\n# EOF\n"))
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
    private func get(
        _ path: String,
        method: String = "GET",
        accept: String = "*/*",
        port: Int
    ) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            let request =
                "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nAccept: \(accept)\r\nConnection: close\r\n\r\n"
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
