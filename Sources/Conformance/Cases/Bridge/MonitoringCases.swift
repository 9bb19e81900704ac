import NIOHTTP1
import WebSocketTransport
import WireMessages

extension ConformanceCase {
    static let monitoring: [ConformanceCase] = [
        ConformanceCase(
            "monitor-health",
            "GET /health",
            "6.2",
            expects: "200 if healthy, else 503: healthy, uptime, connectedPeers, timestamp, nodeType \"bridge\""
        ) { probe in
            let answer = try await probe.monitor(.GET, "/health")
            let body = try monitored(answer, ["uptime", "connectedPeers", "timestamp"])
            try expect(body.string("nodeType") == "bridge", else: "nodeType is not bridge")
            let isHealthy = body.bool("healthy") == true
            try expect(answer.status == (isHealthy ? 200 : 503), else: "status \(answer.status), healthy \(isHealthy)")
            return "\(answer.status)"
        },
        ConformanceCase(
            "monitor-metrics",
            "GET /metrics",
            "6.2",
            expects: "JSON in lines: uptime, connectedPeers, peerAnnouncements, authorizedBootstrap, timestamp"
        ) { probe in
            let answer = try await probe.monitor(.GET, "/metrics")
            let keys = ["uptime", "connectedPeers", "peerAnnouncements", "authorizedBootstrap", "timestamp"]
            _ = try monitored(answer, keys)
            try expect(answer.text.hasPrefix("{\n  \""), else: "not indented by two spaces")
            return "\(answer.status)"
        },
        ConformanceCase(
            "monitor-status",
            "GET /status",
            "6.2",
            expects: "JSON in lines: nodeType, nodeId, isHealthy, bridgePort, metricsPort and the figures"
        ) { probe in
            let answer = try await probe.monitor(.GET, "/status")
            let keys = [
                "uptime", "connectedPeers", "peerAnnouncements", "authorizedBootstrap", "bridgePort", "metricsPort",
            ]
            let body = try monitored(answer, keys)
            try expect(Hex.isText(body.string("nodeId"), digits: 40), else: "nodeId is no id")
            try expect(body.string("nodeType") == "bridge", else: "nodeType is not bridge")
            try expect(body.bool("isHealthy") != nil, else: "isHealthy is no boolean")
            return "\(answer.status)"
        },
        ConformanceCase(
            "monitor-other",
            "GET /nowhere, OPTIONS",
            "6.2",
            expects: "404 {\"error\":\"Not found\"}; OPTIONS 200, empty; CORS headers"
        ) { probe in
            let answer = try await probe.monitor(.GET, "/nowhere")
            try expect(answer.status == 404, else: "status \(answer.status)")
            try expect(answer.json?.string("error") == "Not found", else: "body \(answer.text.prefix(40))")
            let options = try await probe.monitor(.OPTIONS, "/health")
            try expect(options.status == 200, else: "OPTIONS \(options.status)")
            try expect(options.body.isEmpty, else: "OPTIONS with a body")
            let methods = options.headers.first(name: "access-control-allow-methods") ?? "missing"
            try expect(methods == "GET, OPTIONS", else: "Access-Control-Allow-Methods \(methods)")
            return "404, 200"
        },
    ]

    private static func monitored(_ answer: HTTPAnswer, _ integers: [String]) throws -> RawJSON {
        guard let body = answer.json else { throw Deviation("\(answer.status), a body that is not JSON") }
        try expect(answer.contentType.hasPrefix("application/json"), else: answer.contentType)
        let origin = answer.headers.first(name: "access-control-allow-origin") ?? "missing"
        try expect(origin == "*", else: "Access-Control-Allow-Origin \(origin)")
        for key in integers { try expect(body.int64(key) != nil, else: "\(key) is no integer") }
        return body
    }
}
