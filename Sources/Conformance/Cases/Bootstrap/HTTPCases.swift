import NIOHTTP1
import WebSocketTransport
import WireMessages

extension ConformanceCase {
    static let http: [ConformanceCase] = [
        ConformanceCase(
            "http-health",
            "GET /health",
            "6.1",
            expects: "200, JSON, compact: status \"ok\", peers an integer"
        ) { probe in
            let answer = try await json(probe, "/health")
            try expect(answer.status == 200, else: "status \(answer.status)")
            try expect(answer.json?.string("status") == "ok", else: "status is not ok")
            try expect(answer.json?.int64("peers") != nil, else: "peers is no integer")
            try expect(
                answer.text.hasPrefix(#"{"status":"ok","peers":"#),
                else: "other bytes: \(answer.text.prefix(40))"
            )
            return answer.text
        },
        ConformanceCase(
            "http-health-counts",
            "GET /health",
            "2.4",
            expects: "registered peers are counted"
        ) { probe in
            _ = try await probe.node()
            let peers = try await json(probe, "/health").json?.int64("peers") ?? 0
            try expect(peers >= 1, else: "peers \(peers) with one registered")
            return "\(peers)"
        },
        ConformanceCase(
            "http-stats",
            "GET /stats",
            "6.1.1",
            expects: "answered within 2 s, with all its keys"
        ) { probe in
            let answer = try await json(probe, "/stats", within: ConformanceDefaults.promptPage)
            try expectKeys(
                answer.json,
                integers: ["totalPeers", "maxPeers", "totalConnections", "pendingReconnections"],
                booleans: ["isStarted", "createNewDHT"],
                others: ["bridgeNodes"]
            )
            return "\(answer.status)"
        },
        ConformanceCase(
            "http-metrics",
            "GET /metrics",
            "6.1.2",
            expects: "JSON with all its keys"
        ) { probe in
            let answer = try await json(probe, "/metrics")
            try expect(answer.status == 200, else: "status \(answer.status)")
            try expectKeys(
                answer.json,
                integers: ["timestamp"],
                others: [
                    "summary", "byConnectionType", "byNatPair", "iceCandidateTypes", "recentMetrics",
                    "connectionProfiles", "ipv6Trends",
                ]
            )
            try expectKeys(
                answer.json?.member("summary"),
                integers: ["totalAttempts", "totalSuccesses", "totalFailures", "targetSuccessRate"],
                booleans: ["meetsTarget"]
            )
            for type in ["webrtc", "websocket", "relay"] {
                let figures = answer.json?.member("byConnectionType")?.member(type)
                try expectKeys(figures, integers: ["attempts", "successes", "failures"])
            }
            return "\(answer.status)"
        },
        ConformanceCase(
            "http-metrics-counts",
            "GET /metrics",
            "6.1.2, 2.10",
            expects: "a connection_outcome is counted"
        ) { probe in
            let before = try await attempts(probe)
            let peer = try await probe.node()
            peer.send(
                #"{"type":"connection_outcome","nodeId":"\#(peer.id)","success":true,"connectionType":"websocket"}"#
            )
            try await Probe.isAlive(peer, probe: probe)
            let after = try await attempts(probe)
            try expect(after > before, else: "totalAttempts \(before), then \(after)")
            return "counted"
        },
        ConformanceCase(
            "http-bridge-health",
            "GET /bridge-health",
            "6.1.3",
            expects: "compact JSON with the literal \"healthy\":; 200 exactly if unavailable is 0, else 503"
        ) { probe in
            let answer = try await json(probe, "/bridge-health", within: .seconds(6))
            try expect([200, 503].contains(answer.status), else: "status \(answer.status)")
            let isLiteral = answer.text.contains(#""healthy":true"#) || answer.text.contains(#""healthy":false"#)
            try expect(isLiteral, else: "no compact \"healthy\":")
            let availability = answer.json?.member("bridgeAvailability")
            try expectKeys(availability, integers: ["available", "total", "unavailable"], others: ["results"])
            let isHealthy = availability?.int64("unavailable") == 0
            try expect((answer.status == 200) == isHealthy, else: "status \(answer.status), not as unavailable says")
            try expectKeys(answer.json, integers: ["timestamp"], booleans: ["healthy"])
            return "\(answer.status)"
        },
        page("http-root", "/"),
        page("http-info", "/info"),
        ConformanceCase(
            "http-404",
            "GET /nowhere",
            "6.1",
            expects: "404, text/plain, \"Not Found\", an empty line, the list of endpoints"
        ) { probe in
            let answer = try await probe.http(.GET, "/nowhere-\(probe.randomHex(3))")
            try expect(answer.status == 404, else: "status \(answer.status)")
            try expect(answer.contentType.hasPrefix("text/plain"), else: answer.contentType)
            try expect(answer.text.hasPrefix("Not Found\n\n"), else: "body \(answer.text.prefix(30))")
            try expectCORS(answer)
            return "404"
        },
        ConformanceCase("http-options", "OPTIONS /health", "6.1", expects: "200 or 204, with CORS") { probe in
            let answer = try await probe.http(.OPTIONS, "/health", headers: [("Origin", "https://example.org")])
            try expect([200, 204].contains(answer.status), else: "status \(answer.status)")
            try expectCORS(answer)
            return "\(answer.status)"
        },
        ConformanceCase("http-head", "HEAD /health", "6.1", expects: "200 without a body") { probe in
            let answer = try await probe.http(.HEAD, "/health")
            try expect(answer.status == 200 && answer.body.isEmpty, else: "status \(answer.status)")
            return "200"
        },
        ConformanceCase("http-host", "GET /", "8 S18", expects: "markup in the Host header does not reach the page") {
            probe in
            let answer = try await probe.http(.GET, "/", headers: [("Host", "<script>alert(1)</script>")])
            try expect(!answer.text.contains("<script>alert(1)"), else: "reflected unchanged")
            return "\(answer.status)"
        },
    ]

    private static func page(_ id: String, _ path: String) -> ConformanceCase {
        ConformanceCase(id, "GET \(path)", "6.1", expects: "200, text/html") { probe in
            let answer = try await probe.http(.GET, path)
            try expect(answer.status == 200, else: "status \(answer.status)")
            try expect(answer.contentType.hasPrefix("text/html"), else: answer.contentType)
            try expectCORS(answer)
            return "200"
        }
    }

    private static func json(
        _ probe: Probe,
        _ path: String,
        within limit: Duration = ConformanceDefaults.http
    ) async throws -> HTTPAnswer {
        let answer = try await probe.http(.GET, path, within: limit)
        try expect(answer.contentType.hasPrefix("application/json"), else: "\(answer.status), \(answer.contentType)")
        try expect(answer.json?.isObject == true, else: "the body is no JSON object")
        try expectCORS(answer)
        return answer
    }

    private static func expectCORS(_ answer: HTTPAnswer) throws {
        let origin = answer.headers.first(name: "access-control-allow-origin") ?? "missing"
        try expect(origin == "*", else: "Access-Control-Allow-Origin \(origin)")
    }

    private static func expectKeys(
        _ object: RawJSON?,
        integers: [String] = [],
        booleans: [String] = [],
        others: [String] = []
    ) throws {
        guard let object else { throw Deviation("an object is missing") }
        for key in integers { try expect(object.int64(key) != nil, else: "\(key) is no integer") }
        for key in booleans { try expect(object.bool(key) != nil, else: "\(key) is no boolean") }
        for key in others { try expect(object.member(key) != nil, else: "\(key) is missing") }
    }

    private static func attempts(_ probe: Probe) async throws -> Int64 {
        let answer = try await json(probe, "/metrics")
        guard let attempts = answer.json?.member("summary")?.int64("totalAttempts") else {
            throw Deviation("no summary.totalAttempts")
        }
        return attempts
    }
}
