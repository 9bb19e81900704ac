import BootstrapCore
import BootstrapServer
import BridgeLink
import BridgeNode
import JoinTrial
import NIOCore
import NIOPosix
import PeerSwarm
import StateStore
import Telemetry
import Testing
import WebSocketTransport

/// Trials in a network of our own servers and peers.
@Suite(.timeLimit(.minutes(1)))
struct RealNetworkTests {
    @Test func trialJoinsARunningNetworkAndLeavesNoTrace() async throws {
        try await network(peers: 4) { server, url in
            let before = server.status().registeredPeers
            let report = await trial(url)
            #expect(report.outcome == .joined, "\(report)")
            #expect(report.steps.map(\.hop) == JoinTrialReport.Hop.allCases)
            #expect(report.steps.allSatisfy { $0.result == .ok || $0.hop == .tls }, "\(report.steps)")
            #expect(report.steps.last?.seen.hasSuffix("accepts WebSockets") == true, "\(report.steps)")
            let receipt = try #require(report.receipt)
            #expect(receipt.id?.isEmpty == false)
            #expect(receipt.bridge?.count == 40)
            #expect(receipt.attempts == 1)
            // It has said goodbye; the server has yet to look.
            while server.status().registeredPeers != before { try await Task.sleep(for: .milliseconds(10)) }
        }
    }

    @Test func trialOfANewNetworkLeavesItNew() async throws {
        try await network(peers: 0) { server, url in
            let report = await trial(url) { $0.asks = false }
            #expect(report.outcome == .first)
            // The next one is still the first.
            let next = await trial(url)
            #expect(next.outcome == .first)
            #expect(next.steps.last?.hop == .answer)
        }
    }

    /// A bridge, a bootstrap server and settled peers.
    private func network(
        peers: Int,
        _ body: @Sendable (BootstrapServer, WebSocketURL) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let secret = Secret("between us")
        var node = BridgeNode.Configuration(secret: secret)
        node.host = "127.0.0.1"
        node.port = 0
        node.drainTime = .seconds(1)
        let bridge = BridgeNode(
            configuration: node,
            identity: .random(),
            group: group,
            clock: SystemClock(),
            logger: quiet
        )
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await bridge.run() }
            let bridgePort = try await bridge.listeningAddress().port ?? 0
            var configuration = BootstrapServer.Configuration(secret: secret)
            configuration.host = "127.0.0.1"
            configuration.port = 0
            configuration.drainTime = .seconds(1)
            configuration.closingTime = .seconds(1)
            configuration.decisions.createNewDHT = true
            configuration.decisions.openNetwork = true
            configuration.bridges = [BridgeTarget(WebSocketURL(scheme: .ws, host: "127.0.0.1", port: bridgePort))]
            let server = try BootstrapServer(
                configuration: configuration,
                ledger: InMemoryGenesisLedger(),
                group: group,
                clock: SystemClock(),
                logger: quiet
            )
            tasks.addTask { try await server.run() }
            let port = try await server.listeningAddress().port ?? 0
            let url = WebSocketURL(scheme: .ws, host: "127.0.0.1", port: port)
            #expect(await server.linkedToAllBridges(within: .seconds(30)))
            if peers > 0 {
                var swarmConfiguration = PeerSwarm.Configuration(bootstrap: url, count: peers)
                swarmConfiguration.seed = 7
                let swarm = PeerSwarm(configuration: swarmConfiguration, group: group, logger: quiet)
                tasks.addTask { try await swarm.run() }
                await swarm.waitUntilSettled()
                #expect(swarm.snapshot().failures == [])
            }
            try await body(server, url)
            tasks.cancelAll()
        }
    }
}
