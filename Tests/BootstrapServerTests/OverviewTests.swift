import BootstrapServer
import HTTPRoutes
import Kademlia
import Observation
import SocketTestKit
import StateStore
import Testing
import WireMessages

/// What the live page is made of, and the page itself.
@Suite struct OverviewTests {
    /// Asks until the overview says so. The server looks at itself once a second.
    private func overview(
        of network: RunningNetwork,
        until isSo: (RawJSON) -> Bool
    ) async throws -> RawJSON {
        while true {
            let answer = try await HTTPExchange.perform("/api/v1/overview", port: network.port)
            try #require(answer.status == 200)
            let overview = try answer.json
            if isSo(overview) { return overview }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    @Test(.timeLimit(.minutes(1))) func funnelAndBridgesAndEventsTellOfAJoin() async throws {
        try await RunningNetwork.run(bridges: 1) { network in
            let (first, links) = try await network.genesis(0xa)
            let newcomer = try await network.ask(0xb)
            _ = try await links[0].next("create_invitation_for_peer")
            let answer = try await newcomer.next("response")
            #expect(answer.member("data")?.string("status") == "peer_found")
            let overview = try await overview(of: network) { $0.member("totals")?.int64("named") == 1 }
            let totals = try #require(overview.member("totals"))
            #expect(totals.int64("asked") == 1, "the first peer asked nobody")
            #expect(totals.int64("failed") == 0)
            let bridge = try #require(overview.elements("bridges").first)
            #expect(bridge.string("state") == "connected")
            #expect(bridge.int64("requests") == 1)
            #expect(overview.member("peers")?.member("byKind")?.int64("server") == 2)
            #expect(overview.member("server")?.string("network") == "running")
            let kinds = overview.elements("events").compactMap { $0.string("kind") }
            #expect(kinds.starts(with: ["server_started"]))
            #expect(kinds.contains("bridge_connected") && kinds.contains("network_started"))
            for socket in links + [first, newcomer] { socket.close() }
        }
    }

    @Test(.timeLimit(.minutes(1))) func joinThatNobodyHelpsIsCountedByItsReason() async throws {
        try await RunningNetwork.run(bridges: 1) { network in
            let (first, links) = try await network.genesis(0xa)
            for link in links { link.close() }
            first.close()
            // The bridge knows nobody now, and neither does the server.
            let newcomer = try await network.ask(0xb)
            let answer = try await newcomer.next("response")
            #expect(answer.bool("success") == false)
            let overview = try await overview(of: network) { $0.member("totals")?.int64("failed") == 1 }
            #expect(overview.elements("unhelped").map { $0.string("reason") } == ["bridge_refused"])
            newcomer.close()
        }
    }

    @Test func pageIsWholeAndStrict() async throws {
        try await RunningNetwork.run(bridges: 0) { network in
            var weight = 0
            for (path, type) in [("/dashboard", "html"), ("/dashboard.css", "css"), ("/dashboard.js", "javascript")] {
                let answer = try await HTTPExchange.perform(path, port: network.port)
                #expect(answer.status == 200)
                #expect(answer["content-type"] == "text/\(type); charset=utf-8")
                #expect(answer["content-security-policy"]?.hasPrefix("default-src 'none'") == true)
                #expect(answer["x-content-type-options"] == "nosniff")
                #expect(answer["access-control-allow-origin"] == nil)
                weight += answer.body.utf8.count
            }
            #expect(weight < 150 << 10)
        }
    }

    @Test(arguments: [
        ("/", "dashboard"), ("/?x", "dashboard"), ("/ws", "ws/dashboard"), ("/ws/", "dashboard"), ("//", "dashboard"),
        ("/dashboard/", "../dashboard"), ("/ws/dashboard/?x", "../dashboard"),
    ])
    func browsersAreSentToThePage(target: String, location: String) async throws {
        try await RunningNetwork.run(bridges: 0, serve: { $0.basePath = .init("/ws") ?? .root }) { network in
            let answer = try await HTTPExchange.perform(target, "Accept: text/html,*/*", port: network.port)
            #expect(answer.status == 302)
            #expect(answer["location"] == location)
        }
    }

    @Test func operatorPagesCanBeKeptFromThePortOfThePeers() async throws {
        try await RunningNetwork.run(bridges: 0, serve: { $0.servesOperatorPages = false }) { network in
            let paths = [
                "/dashboard", "/dashboard.js", "/api/v1/overview", "/api/v1/overview/stream", "/api/v1/events",
                "/api/v1/status", "/api/v1/joins/00000000000000000000000000000000",
            ]
            for path in paths {
                let answer = try await HTTPExchange.perform(path, port: network.port)
                #expect(answer.status == 404, "\(path)")
                #expect(!answer.body.contains("/api/v1"), "it does not tell of them")
            }
            let landing = try await HTTPExchange.perform("/", "Accept: text/html", port: network.port)
            #expect(landing.status == 200)
            #expect(try await HTTPExchange.perform("/stats", port: network.port).status == 200)
            #expect(network.bootstrap.pages().page(for: "/api/v1/overview").statusCode == 200, "elsewhere they are")
        }
    }

    @Test(.timeLimit(.minutes(1))) func updatesComeEverySecondToSoManyReaders() async throws {
        try await RunningNetwork.run(bridges: 0) { network in
            var readers: [AsyncStream<[UInt8]>] = []
            while let updates = network.bootstrap.overviewUpdates() { readers.append(updates) }
            #expect(readers.count == 32)
            let refused = try await HTTPExchange.perform("/api/v1/overview/stream", port: network.port)
            #expect(refused.status == 503)
            #expect(refused["retry-after"] != nil)
            var times: [Int64] = []
            for await update in readers[0].prefix(3) {
                let json = try RawJSON(checking: update)
                #expect(json.member("history") == nil)
                times.append(try #require(json.int64("at")))
            }
            #expect(times == times.sorted() && Set(times).count == 3)
            readers = []
            while network.bootstrap.overviewUpdates() == nil { try await Task.sleep(for: .milliseconds(10)) }
        }
    }

    @Test func eventsAreFoundByTimeAndKind() async throws {
        try await RunningNetwork.run(bridges: 0) { network in
            network.bootstrap.note(.configurationReloaded, level: .info, text: "one\n\u{202E}line")
            network.bootstrap.note(.bridgeLost, level: .warning, subject: "<b>", text: "gone")
            func kinds(_ query: String) async throws -> [String] {
                let answer = try await HTTPExchange.perform("/api/v1/events\(query)", port: network.port)
                #expect(answer.status == 200)
                return try answer.json.elements("events").compactMap { $0.string("kind") }
            }
            #expect(
                try await kinds("").filter { $0 != "ready" } == [
                    "server_started", "configuration_reloaded", "bridge_lost",
                ]
            )
            #expect(try await kinds("?limit=1").count == 1)
            #expect(try await kinds("?kind=bridge_lost&kind=server_started") == ["server_started", "bridge_lost"])
            #expect(try await kinds("?until=1000").isEmpty)
            let all = try await HTTPExchange.perform("/api/v1/events", port: network.port)
            #expect(all.body.contains(#""text":"one  line""#))
        }
    }

    @Test(arguments: ["?from=x", "?from=-1", "?kind=nothing", "?since=1", "?limit=99999999999999999999"])
    func malformedQueryIsRefused(query: String) async throws {
        try await RunningNetwork.run(bridges: 0) { network in
            let answer = try await HTTPExchange.perform("/api/v1/events\(query)", port: network.port)
            #expect(answer.status == 400)
            #expect(answer.body.contains(#""code":"bad_request""#))
        }
    }

    @Test(.timeLimit(.minutes(1))) func serverJoinsItsOwnNetworkWithoutCountingThat() async throws {
        try await RunningNetwork.run(bridges: 1, serve: { $0.probeInterval = .milliseconds(200) }) { network in
            let (first, links) = try await network.genesis(0xa)
            let overview = try await overview(of: network) { $0.member("probe")?.bool("ok") == true }
            #expect(overview.member("totals")?.int64("asked") == 0)
            #expect(overview.member("totals")?.int64("named") == 0)
            for socket in links + [first] { socket.close() }
        }
    }

    @Test(.timeLimit(.minutes(1))) func failingTrialIsAnEventAndSoIsItsRecovery() async throws {
        try await RunningNetwork.run(bridges: 1, serve: { $0.probeInterval = .milliseconds(200) }) { network in
            let (first, links) = try await network.genesis(0xa)
            _ = try await overview(of: network) { $0.member("probe")?.bool("ok") == true }
            for socket in links + [first] { socket.close() }
            let overview = try await overview(of: network) { overview in
                overview.elements("events").contains { $0.string("kind") == "probe_failed" }
            }
            #expect(overview.member("probe")?.string("step") == "answer")
        }
    }

    @Test(.timeLimit(.minutes(1))) func serverThatCannotListenSaysSoThoughItWouldProbe() async throws {
        try await RunningNetwork.run(bridges: 0) { network in
            await #expect(throws: (any Error).self) {
                try await RunningNetwork.run(
                    bridges: 0,
                    serve: {
                        $0.port = network.port
                        $0.probeInterval = .seconds(1)
                    }
                ) { _ in }
            }
        }
    }

    @Test func readinessNeedsABridgeThatCanNameAHelper() async throws {
        try await RunningNetwork.run(bridges: 1, ledger: Decided()) { network in
            let newcomer = try await network.ask(0xb)
            #expect(try await newcomer.next("response").bool("success") == false)
            let ready = try await HTTPExchange.perform("/health/ready", port: network.port)
            #expect(ready.status == 503)
            #expect(ready.body.contains("no bridge is connected to a peer"))
            newcomer.close()
        }
        try await RunningNetwork.run(bridges: 0, ledger: Decided()) { network in
            let ready = try await HTTPExchange.perform("/health/ready", port: network.port)
            #expect(ready.status == 503)
            #expect(ready.body.contains("no bridge is configured"))
        }
    }
}

/// A network that somebody began long ago.
private struct Decided: GenesisLedger {
    func genesis() -> NodeID? { 0xdead }

    func recordGenesis(
        _ node: NodeID,
        replacing previous: NodeID?,
        at unixMilliseconds: Int64
    ) -> GenesisDecision { .alreadyDecided(0xdead) }
}
