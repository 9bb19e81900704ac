import BootstrapServer
import Kademlia
import SocketTestKit
import Testing
import WireMessages

/// The numbers for Prometheus, checked by the rules of both text formats.
@Suite(.timeLimit(.minutes(1))) struct MetricsTextTests {
    private static let prometheus =
        "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"

    @Test func metricsComesInTheFormatThatIsAskedFor() async throws {
        try await RunningNetwork.run(bridges: 1) { network in
            for (path, accept, type) in [
                ("/metrics", "*/*", "application/json"),
                ("/metrics", Self.prometheus, "application/openmetrics-text; version=1.0.0; charset=utf-8"),
                ("/metrics", "text/plain; version=0.0.4", "text/plain; version=0.0.4; charset=utf-8"),
                ("/metrics/prometheus", "*/*", "text/plain; version=0.0.4; charset=utf-8"),
                (
                    "/metrics/prometheus", Self.prometheus,
                    "application/openmetrics-text; version=1.0.0; charset=utf-8"
                ),
            ] {
                let answer = try await HTTPExchange.perform(path, "Accept: \(accept)", port: network.port)
                #expect(answer.status == 200)
                #expect(answer["content-type"] == type, "\(path) \(accept)")
                #expect(answer["access-control-allow-origin"] == "*")
                if !type.hasPrefix("application/json") {
                    try Self.check(answer.body, isOpen: type.contains("openmetrics"))
                }
            }
        }
    }

    @Test func numbersAreThoseOfTheServer() async throws {
        try await RunningNetwork.run(bridges: 1) { network in
            let genesis = try await network.genesis(0xa)
            let (socket, _) = try await network.arrive(0xb)
            socket.send(#"{"type":"unheard_of"}"#)
            socket.send(#"{"type":"ping","requestId":"settled"}"#)
            _ = try await socket.next("pong")
            let samples = try Self.check(
                try await HTTPExchange.perform("/metrics/prometheus", port: network.port).body,
                isOpen: false
            )
            #expect(samples[#"causeway_joins_total{outcome="peer_found"}"#] == "1")
            #expect(samples[#"causeway_bridge_links{status="connected"}"#] == "1")
            #expect(samples[#"causeway_bridge_links{status="failed"}"#] == "0")
            #expect(samples[#"causeway_bridge_requests_ended_total{outcome="answered"}"#] == "1")
            #expect(samples[#"causeway_messages_refused_total{reason="unknown_type"}"#] == "1")
            #expect(samples["causeway_registered_peers"] == "2")
            #expect(samples["causeway_bridge_requests_pending"] == "0")
            #expect(samples["causeway_bridge_answer_seconds_count"] == "1")
            #expect(samples[#"causeway_bridge_answer_seconds_bucket{le="0.5"}"#] != nil)
            _ = genesis
            socket.close()
        }
    }

    /// robustness.md, L02 and P-OBS.
    @Test func seriesStayFlatWhateverClientsSay() async throws {
        try await RunningNetwork.run(bridges: 0) { network in
            let before = try Self.check(
                try await HTTPExchange.perform("/metrics/prometheus", port: network.port).body,
                isOpen: false
            )
            #expect(before.count <= 300)
            let (socket, _) = try await network.arrive(0xa)
            for number in 0..<200 {
                let word = "w\(number)"
                socket.send(
                    PeerToBootstrap.connectionOutcome(
                        ConnectionOutcome(
                            nodeID: .node(0xa),
                            success: false,
                            connectionType: word,
                            localNatType: word,
                            remoteNatType: word,
                            iceCandidateType: word,
                            failureReason: word
                        )
                    )
                )
            }
            socket.send(#"{"type":"ping","requestId":"settled"}"#)
            _ = try await socket.next("pong")
            let after = try Self.check(
                try await HTTPExchange.perform("/metrics/prometheus", port: network.port).body,
                isOpen: false
            )
            #expect(Set(after.keys) == Set(before.keys))
            socket.close()
        }
    }

    /// Each family once, with help and type before its samples; names and values as the formats have them.
    @discardableResult
    private static func check(_ text: String, isOpen: Bool) throws -> [String: String] {
        #expect(text.hasSuffix("\n"))
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        #expect((lines.last == "# EOF") == isOpen)
        if isOpen { lines = lines.dropLast() }
        let name = /causeway_[a-z][a-z0-9_]*/
        let sample =
            /(?<name>causeway_[a-z0-9_]+)(?:\{[a-z_]+="[^"\n]*"(?:,[a-z_]+="[^"\n]*")*\})? (?<value>-?[0-9.e-]+)/
        var families: Set<Substring> = []
        var samples: [String: String] = [:]
        var family: Substring = ""
        var type: Substring = ""
        for line in lines {
            let words = line.split(separator: " ", maxSplits: 3)
            if line.hasPrefix("# HELP ") {
                family = words[2]
                #expect(families.insert(family).inserted, "\(family) twice")
                #expect(family.wholeMatch(of: name) != nil, "\(family)")
                #expect(words.count == 4, "\(family) has no help")
            } else if line.hasPrefix("# TYPE ") {
                #expect(words[2] == family)
                type = words[3]
                #expect(["counter", "gauge", "histogram"].contains(type))
                if type == "counter" { #expect(family.hasSuffix("_total") != isOpen) }
            } else {
                let match = try #require(line.wholeMatch(of: sample), "\(line)")
                let endings: [String] =
                    switch type {
                    case "counter": isOpen ? ["_total"] : [""]
                    case "histogram": ["_bucket", "_sum", "_count"]
                    default: [""]
                    }
                #expect(endings.contains { match.output.name == "\(family)\($0)" }, "\(line)")
                let key = String(line.prefix { $0 != " " })
                #expect(samples.updateValue(String(match.output.value), forKey: key) == nil, "\(key) twice")
            }
        }
        #expect(samples.count > 50)
        return samples
    }
}
