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
            #expect(try await HTTPExchange.perform("/anything", port: port).status == 426)
        }
    }

    @Test func metricsPortReportsWhatExistingMonitorsRead() async throws {
        try await RunningBridge.run(metrics: true) { bridge in
            let port = try await bridge.node.metricsAddress().port ?? 0
            let peer = try await bridge.peer(0x11)
            defer { peer.close() }
            let link = try await bridge.link()
            defer { link.close() }

            let health = try await HTTPExchange.perform("/health", port: port)
            #expect(health.status == 200)
            #expect(health["access-control-allow-origin"] == "*")
            let healthBody = try health.json
            #expect(healthBody.bool("healthy") == true)
            #expect(healthBody.int64("connectedPeers") == 1)
            #expect(healthBody.string("nodeType") == "bridge")

            let metrics = try await HTTPExchange.perform("/metrics", port: port)
            #expect(metrics.body.hasPrefix("{\n  \"uptime\": "), "two spaces of indentation")
            let metricsBody = try metrics.json
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

            let status = try await HTTPExchange.perform("/status", port: port).json
            #expect(status.string("nodeId") == bridge.identity.nodeID.description)
            #expect(status.int64("metricsPort") == Int64(port))
            #expect(status.bool("isHealthy") == true)

            let other = try await HTTPExchange.perform("/other", port: port)
            #expect(other.status == 404)
            #expect(try other.json.string("error") == "Not found")
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
                let answer = try await HTTPExchange.perform(path, port: port)
                #expect(answer.status == 200)
                Self.checkHeaders(answer)
                #expect(try Array(answer.json.keys.prefix(keys.count)) == keys, "\(path)")
            }
            let missing = try await HTTPExchange.perform("/other", port: port)
            Self.checkHeaders(missing)
            #expect(missing.body == #"{"error":"Not found"}"#)
            for path in ["/health", "/metrics", "/other"] {
                let options = try await HTTPExchange.perform(path, method: "OPTIONS", port: port)
                #expect(options.status == 200)
                Self.checkHeaders(options)
                #expect(options.body.isEmpty)
            }
            let head = try await HTTPExchange.perform("/health", method: "HEAD", port: port)
            #expect(head.status == 200)
            #expect(head.body.isEmpty)
        }
    }

    private static func checkHeaders(_ answer: HTTPExchange) {
        #expect(answer["access-control-allow-origin"] == "*")
        #expect(answer["access-control-allow-methods"] == "GET, OPTIONS")
        #expect(answer["content-type"] == "application/json")
    }

    @Test func metricsAreToBeHadForPrometheus() async throws {
        try await RunningBridge.run(metrics: true) { bridge in
            let port = try await bridge.node.metricsAddress().port ?? 0
            let link = try await bridge.link()
            defer { link.close() }
            let plain = try await HTTPExchange.perform("/metrics/prometheus", port: port)
            #expect(plain["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(plain.body.contains("\ncauseway_bootstrap_links 1\n"))
            #expect(plain.body.contains("\n# TYPE causeway_onboarding_requests_total counter\n"))
            #expect(plain.body.contains("\ncauseway_onboarding_requests_ended_total{outcome=\"answered\"} 0\n"))
            let accept = "Accept: application/openmetrics-text;q=0.9,*/*;q=0.1"
            let open = try await HTTPExchange.perform("/metrics", accept, port: port)
            #expect(open["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8")
            #expect(open.body.contains("\n# TYPE causeway_onboarding_requests counter\n"))
            #expect(open.body.hasSuffix("\n# EOF\n"))
        }
    }

    @Test func statusNamesTheBootstrapsThatAreDialled() async throws {
        try await ScriptedServer.run { bootstrap in
            // Nobody listens on the second one.
            try await RunningBridge.run(metrics: true, bootstraps: [bootstrap.address, "ws://127.0.0.1:1"]) { bridge in
                _ = try await bootstrap.nextSocket().next("register")
                let port = try await bridge.node.metricsAddress().port ?? 0
                let status = try await HTTPExchange.perform("/status", port: port)
                let first = """
                      "bootstraps": [
                        {
                          "address": "\(bootstrap.address)",
                          "status": "connecting",

                    """
                #expect(status.body.contains(first))
                #expect(status.body.contains(#""address": "ws://127.0.0.1:1","#))
                #expect(try status.json.member("bootstraps") != nil, "valid JSON")
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
}
