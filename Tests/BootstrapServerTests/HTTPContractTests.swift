import BootstrapCore
import BootstrapServer
import BridgeLink
import HTTPRoutes
import Kademlia
import NIOCore
import NIOPosix
import SocketTestKit
import StateStore
import Testing
import WebSocketTransport
import WireMessages

/// The HTTP side, key by key as in protocol.md 6.1, over real sockets.
@Suite(.timeLimit(.minutes(2))) struct HTTPContractTests {
    @Test func healthSaysHowManyAreRegistered() async throws {
        try await RunningNetwork.run(bridges: 0) { network in
            let (socket, _) = try await network.arrive(0xa)
            let answer = try await HTTPExchange.perform("/health", port: network.port)
            #expect(answer.status == 200)
            #expect(answer["content-type"] == "application/json")
            #expect(answer["access-control-allow-origin"] == "*")
            #expect(answer.body == #"{"status":"ok","peers":1}"#, "compact, these keys alone")
            socket.close()
        }
    }

    @Test func statsHasEveryKey() async throws {
        try await RunningNetwork.run(bridges: 1) { network in
            let (socket, _) = try await network.arrive(0xa)
            let answer = try await HTTPExchange.perform("/stats", port: network.port)
            #expect(answer.status == 200)
            let body = try answer.json
            #expect(
                body.keys == [
                    "isStarted", "totalPeers", "maxPeers", "totalConnections", "bridgeNodes", "createNewDHT",
                    "pendingReconnections", "connectionProfiles", "canRelay", "capabilities", "connections",
                    "openNetwork",
                ]
            )
            #expect(body.bool("isStarted") == true)
            #expect(body.int64("totalPeers") == 1)
            #expect(body.int64("maxPeers") == 10_000)
            #expect(body.int64("totalConnections") ?? 0 >= 1)
            #expect(body.bool("createNewDHT") == true)
            #expect(body.int64("pendingReconnections") == 0)
            #expect(body.bool("canRelay") == true)
            #expect(answer.body.contains(#""connectionProfiles":null"#))
            #expect(answer.body.contains(#""capabilities":["websocket","relay","coordination"]"#))
            let bridge = try #require(body.elements("bridgeNodes").first)
            #expect(bridge.string("address")?.hasPrefix("ws://127.0.0.1:") == true)
            #expect(bridge.string("connected") == "tested_on_demand")
            #expect(bridge.string("readyState") == "stateless")
            #expect(bridge.string("status") == "connected")
            socket.close()
        }
    }

    @Test func reportsOfClientsAppearInStatsAndMetricsUntilTheyLeave() async throws {
        try await RunningNetwork.run(bridges: 0) { network in
            let (socket, _) = try await network.arrive(0xa)
            socket.send(
                PeerToBootstrap.profileUpdate(
                    ProfileUpdate(
                        nodeID: .node(0xa),
                        connectionProfile: #"""
                            {"hasIPv6":true,"natType":"hard","portPattern":"random","needsRelay":false,
                            "platform":"macos","browser":"my own browser","isMobile":false}
                            """#
                    )
                )
            )
            for success in [true, true, false] {
                socket.send(
                    PeerToBootstrap.connectionOutcome(
                        ConnectionOutcome(
                            nodeID: .node(0xa),
                            success: success,
                            connectionType: "webrtc",
                            localNatType: "hard",
                            remoteNatType: "easy",
                            iceCandidateType: "srflx",
                            failureReason: success ? nil : "timeout"
                        )
                    )
                )
            }
            try await settled(socket)

            let stats = try await HTTPExchange.perform("/stats", port: network.port).json
            let profiles = try #require(stats.member("connectionProfiles"))
            #expect(
                profiles.keys == [
                    "totalReports", "natTypes", "portPatterns", "ipv6Capable", "needsRelay", "percentages",
                    "lastUpdated", "ipv6ByPlatform", "ipv6ByBrowser", "ipv6ByCategory",
                ]
            )
            #expect(profiles.member("natTypes")?.description == #"{"open":0,"easy":0,"hard":1,"unknown":0}"#)
            #expect(profiles.member("portPatterns")?.description == #"{"sequential":0,"random":1,"unknown":0}"#)
            #expect(
                profiles.member("percentages")?.description
                    == #"{"hardNat":100,"easyNat":0,"openNat":0,"ipv6":100,"needsRelay":0}"#
            )
            #expect(profiles.int64("lastUpdated") ?? 0 > 1_700_000_000_000)
            #expect(
                profiles.member("ipv6ByPlatform")?.description
                    == #"{"macos":{"total":1,"ipv6Capable":1,"ipv6Percentage":100}}"#
            )
            #expect(profiles.member("ipv6ByBrowser")?.keys == ["other"])
            #expect(profiles.member("ipv6ByCategory")?.keys == ["desktop-macos"])

            let metrics = try await HTTPExchange.perform("/metrics", port: network.port).json
            #expect(
                metrics.member("summary")?.description
                    == #"{"totalAttempts":3,"totalSuccesses":2,"totalFailures":1,"overallSuccessRate":67,"#
                    + #""targetSuccessRate":95,"meetsTarget":false}"#
            )
            #expect(
                metrics.member("byNatPair")?.description
                    == #"{"easy-hard":{"attempts":3,"successes":2,"failures":1,"successRate":67}}"#
            )
            #expect(metrics.member("recentMetrics")?.member("failureReasons")?.description == #"{"timeout":1}"#)
            #expect(metrics.int64("lastUpdated") ?? 0 > 1_700_000_000_000)

            socket.close()
            _ = try await socket.end()
            // The server may hear of the close after we do.
            var later = try await HTTPExchange.perform("/stats", port: network.port)
            while try later.json.int64("totalPeers") != 0 {
                later = try await HTTPExchange.perform("/stats", port: network.port)
            }
            #expect(later.body.contains(#""connectionProfiles":null"#))
        }
    }

    @Test func metricsHasEveryKey() async throws {
        try await RunningNetwork.run(bridges: 0) { network in
            let answer = try await HTTPExchange.perform("/metrics", port: network.port)
            #expect(answer.status == 200)
            #expect(answer["content-type"] == "application/json")
            let body = try answer.json
            #expect(
                body.keys == [
                    "summary", "byConnectionType", "byNatPair", "iceCandidateTypes", "recentMetrics",
                    "connectionProfiles", "ipv6Trends", "lastUpdated", "timestamp",
                ]
            )
            let nothing = #"{"attempts":0,"successes":0,"failures":0,"successRate":0}"#
            #expect(
                body.member("byConnectionType")?.description
                    == #"{"webrtc":\#(nothing),"websocket":\#(nothing),"relay":\#(nothing)}"#
            )
            #expect(body.member("byNatPair")?.description == "{}")
            let none = #"{"count":0,"percentage":0}"#
            #expect(
                body.member("iceCandidateTypes")?.description
                    == #"{"host":\#(none),"srflx":\#(none),"prflx":\#(none),"relay":\#(none)}"#
            )
            #expect(
                body.member("recentMetrics")?.description
                    == #"{"windowSizeMs":3600000,"windowSizeHuman":"1 hour","attempts":0,"successes":0,"successRate":0,"#
                    + #""failureReasons":{}}"#
            )
            #expect(
                body.member("connectionProfiles")?.keys == [
                    "totalReports", "natTypes", "portPatterns", "ipv6Capable", "needsRelay", "ipv6ByPlatform",
                    "ipv6ByBrowser", "ipv6ByCategory",
                ]
            )
            let trends = try #require(body.member("ipv6Trends"))
            #expect(
                trends.keys == [
                    "timestamp", "timestampISO", "current", "shortTerm", "mediumTerm", "longTerm", "platformTrends",
                    "browserTrends", "insights", "snapshots",
                ]
            )
            #expect(trends.string("timestampISO")?.hasSuffix("Z") == true)
            #expect(trends.string("timestampISO")?.utf8.count == 24)
            #expect(
                trends.member("current")?.description
                    == #"{"totalPeers":0,"ipv6Capable":0,"ipv6Percentage":0,"needsRelay":0,"needsRelayPercentage":0}"#
            )
            #expect(
                trends.member("shortTerm")?.description
                    == #"{"period":"24 hours","dataPoints":0,"trend":"insufficient_data","direction":"unknown","#
                    + #""changePercentagePoints":0,"changeRate":0,"startValue":null,"endValue":null,"minValue":null,"#
                    + #""maxValue":null,"avgValue":null}"#
            )
            #expect(trends.member("snapshots")?.description == #"{"hourly":[],"daily":[],"weekly":[]}"#)
            #expect(answer.body.contains(#""lastUpdated":null"#))
            #expect(body.int64("timestamp") ?? 0 > 1_700_000_000_000)
        }
    }

    @Test func bridgeHealthOfAHealthyServerIsWhatTheRestartScriptLooksFor() async throws {
        try await RunningNetwork.run(bridges: 2) { network in
            let answer = try await HTTPExchange.perform("/bridge-health", port: network.port)
            #expect(answer.status == 200)
            #expect(answer["access-control-allow-origin"] == "*")
            #expect(answer.body.contains(#""healthy":true"#), "compact")
            let body = try answer.json
            #expect(body.keys == ["healthy", "bridgeAvailability", "timestamp", "message"])
            let availability = try #require(body.member("bridgeAvailability"))
            #expect(availability.keys == ["available", "total", "unavailable", "results", "connectedBridgeNodes"])
            #expect(availability.int64("available") == 2)
            #expect(availability.int64("total") == 2)
            #expect(availability.int64("unavailable") == 0)
            #expect(availability.elements("connectedBridgeNodes").count == 2)
            for result in availability.elements("results") {
                #expect(
                    result.keys.prefix(6) == [
                        "nodeId", "address", "available", "state", "lastActivity", "connectAttempts",
                    ]
                )
                #expect(result.string("nodeId")?.utf8.count == 40)
                #expect(result.bool("available") == true)
                #expect(result.string("state") == "CONNECTED")
                #expect(result.int64("lastActivity") ?? 0 > 1_700_000_000_000)
            }
        }
    }

    @Test func bridgeHealthOfAServerWithoutItsBridgeIs503() async throws {
        let nobody = BridgeTarget(try WebSocketURL("ws://127.0.0.1:1"))
        try await RunningNetwork.run(bridges: 0, and: [nobody], awaitsLinks: false) { network in
            let answer = try await HTTPExchange.perform("/bridge-health", port: network.port)
            #expect(answer.status == 503)
            #expect(answer.body.contains(#""healthy":false"#))
            let availability = try #require(try answer.json.member("bridgeAvailability"))
            #expect(availability.int64("unavailable") == 1)
            #expect(availability.elements("results").first?.bool("available") == false)
            #expect(availability.member("connectedBridgeNodes")?.description == "[]")
            #expect(try await HTTPExchange.perform("/health/ready", port: network.port).status == 200)
        }
    }

    @Test(arguments: ["/", "/info"]) func landingPageTellsModeAndPeersAndNothingOfTheRequest(path: String) async throws
    {
        try await RunningNetwork.run(bridges: 0) { network in
            let (socket, _) = try await network.arrive(0xa)
            let answer = try await HTTPExchange.perform(
                path,
                "Referer: <i>",
                "User-Agent: <u>",
                host: "<b>localhost</b>",
                port: network.port
            )
            #expect(answer.status == 200)
            #expect(answer["content-type"] == "text/html")
            #expect(answer.body.hasPrefix("<!DOCTYPE html>"))
            #expect(answer.body.contains("<dt>Registered peers</dt><dd>1</dd>"))
            #expect(answer.body.contains("<dt>Network mode</dt><dd>open</dd>"))
            #expect(answer.body.contains(#"<a href="/health">"#))
            for text in ["localhost", "<i>", "<u>", "<b>"] { #expect(!answer.body.contains(text), "\(text)") }
            socket.close()
        }
    }

    @Test func livenessAndReadiness() async throws {
        try await RunningNetwork.run(bridges: 0) { network in
            let live = try await HTTPExchange.perform("/health/live", port: network.port)
            #expect(live.status == 200)
            let ready = try await HTTPExchange.perform("/health/ready", port: network.port)
            #expect(ready.status == 200)
            #expect(ready.body == #"{"ready":true,"network":"new","bridgesAvailable":0}"#)
        }
    }

    @Test func serverThatCannotStoreTheGenesisDecisionIsNotReady() async throws {
        try await RunningNetwork.run(bridges: 0, ledger: BrokenLedger()) { network in
            #expect(try await HTTPExchange.perform("/health/ready", port: network.port).status == 200)
            let (socket, answer) = try await network.arrive(0xa)
            #expect(answer.bool("success") == false)
            let ready = try await HTTPExchange.perform("/health/ready", port: network.port)
            #expect(ready.status == 503)
            #expect(ready.body.contains(#""ready":false"#) && ready.body.contains("could not be stored"))
            #expect(try await HTTPExchange.perform("/health", port: network.port).status == 200, "it serves")
            socket.close()
        }
    }

    @Test(arguments: [
        "/nothing", "/health/x", "/%68ealth", "/health%2f", "/..", "/%2e%2e/health", "/ws/health", "/support",
    ])
    func otherPathsAre404WithAList(target: String) async throws {
        try await RunningNetwork.run(bridges: 0) { network in
            let answer = try await HTTPExchange.perform(target, port: network.port)
            #expect(answer.status == 404)
            #expect(answer["content-type"] == "text/plain")
            #expect(answer["access-control-allow-origin"] == "*")
            #expect(answer.body.hasPrefix("Not Found\n\n"))
            for path in ["/health", "/stats", "/metrics", "/bridge-health"] { #expect(answer.body.contains(path)) }
            #expect(!answer.body.contains(target), "nothing of the request comes back")
        }
    }

    @Test func everyPathAnswersHeadAndOptions() async throws {
        try await RunningNetwork.run(bridges: 0) { network in
            for path in [
                "/", "/info", "/health", "/health/live", "/health/ready", "/stats", "/metrics", "/metrics/prometheus",
                "/bridge-health", "/api/v1/status", "/nothing",
            ] {
                let get = try await HTTPExchange.perform(path, port: network.port)
                let head = try await HTTPExchange.perform(path, method: "HEAD", port: network.port)
                #expect(head.status == get.status, "\(path)")
                #expect(head.body.isEmpty, "\(path)")
                #expect(head["content-type"] == get["content-type"], "\(path)")
                #expect(Int(head["content-length"] ?? "") ?? 0 > 0, "\(path)")
                let options = try await HTTPExchange.perform(path, method: "OPTIONS", port: network.port)
                #expect(options.status == get.status, "\(path)")
                #expect(options["access-control-allow-origin"] == "*", "\(path)")
                #expect(options["access-control-allow-methods"] == "GET, HEAD, OPTIONS", "\(path)")
                #expect(options["content-type"] == get["content-type"], "\(path)")
            }
            #expect(
                try await HTTPExchange.perform("/health", method: "OPTIONS", port: network.port).body.contains("ok")
            )
        }
    }

    /// robustness.md, W21.
    @Test func oddRequestsGetARightAnswer() async throws {
        try await RunningNetwork.run(bridges: 0) { network in
            for (target, status) in [
                ("/health?x=1", 200), ("//health", 200), ("/health/", 200), ("http://any.host/health", 200),
                ("http://any.host", 200), ("*", 404),
            ] {
                #expect(try await HTTPExchange.perform(target, port: network.port).status == status, "\(target)")
            }
            for method in ["POST", "PUT", "DELETE", "TRACE"] {
                let answer = try await HTTPExchange.perform("/health", method: method, port: network.port)
                #expect(answer.status == 405, "\(method)")
                #expect(answer["allow"] == "GET, HEAD, OPTIONS")
            }
            let large = try await HTTPExchange.perform("/health", "Content-Length: 1000000000", port: network.port)
            #expect(large.status == 413)
        }
    }

    // MARK: Behind a proxy

    @Test func basePathAnswersAsWellAsTheRoot() async throws {
        try await RunningNetwork.run(bridges: 0, serve: { $0.basePath = BasePath("/ws") ?? .root }) { network in
            for path in ["/ws/health", "/health", "//health", "/ws//health", "/ws/stats", "/ws/bridge-health", "/ws"] {
                #expect(try await HTTPExchange.perform(path, port: network.port).status == 200, "\(path)")
            }
            let landing = try await HTTPExchange.perform("/ws", port: network.port)
            #expect(landing.body.contains(#"<a href="/ws/health">"#))
            for path in ["/wsx/health", "/other/health", "/ws/nothing"] {
                #expect(try await HTTPExchange.perform(path, port: network.port).status == 404, "\(path)")
            }
            for path in ["/", "/ws", "/ws/", "/anything/else?x"] {
                let socket = try await network.dial(path)
                socket.send(#"{"type":"ping","requestId":"p"}"#)
                #expect(try await socket.next("pong").string("requestId") == "p", "\(path)")
                socket.close()
            }
        }
    }

    // MARK: A port of its own

    @Test func monitorsMayHaveAPortOfTheirOwn() async throws {
        try await RunningNetwork.run(bridges: 0) { network in
            let monitoring = MonitoringPort(
                host: "127.0.0.1",
                port: 0,
                pages: network.bootstrap.pages(),
                group: MultiThreadedEventLoopGroup.singleton,
                logger: quiet
            )
            let running = Task { try await monitoring.run() }
            let port = try await monitoring.listeningAddress().port ?? 0
            #expect(try await HTTPExchange.perform("/health", port: port).body == #"{"status":"ok","peers":0}"#)
            #expect(try await HTTPExchange.perform("/health/ready", port: port).status == 200)
            let upgrade = try await HTTPExchange.perform(
                "/",
                "Upgrade: websocket",
                "Connection: upgrade",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                port: port
            )
            #expect(upgrade.status == 404, "no peers come in there")
            running.cancel()
            try await running.value
        }
    }

    /// Returns once the server has handled what this socket sent before.
    private func settled(_ socket: ScriptedSocket) async throws {
        socket.send(#"{"type":"ping","requestId":"settled"}"#)
        _ = try await socket.next("pong")
    }
}

/// Has nothing, and cannot keep anything.
private struct BrokenLedger: GenesisLedger {
    struct Broken: Error {}

    func genesis() -> NodeID? { nil }

    func recordGenesis(_ node: NodeID, replacing: NodeID?, at unixMilliseconds: Int64) throws -> GenesisDecision {
        throw Broken()
    }
}
