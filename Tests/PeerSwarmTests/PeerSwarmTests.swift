import BootstrapCore
import BootstrapServer
import BridgeLink
import BridgeNode
import Kademlia
import Logging
import NIOCore
import NIOPosix
import PeerSwarm
import StateStore
import Telemetry
import Testing
import WebSocketTransport

@Suite(.timeLimit(.minutes(1))) struct PeerSwarmTests {
    private let group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    private let clock = SystemClock()
    private let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    private func bridge(_ secret: Secret) -> BridgeNode {
        var configuration = BridgeNode.Configuration(secret: secret)
        configuration.host = "127.0.0.1"
        configuration.port = 0
        configuration.drainTime = .seconds(1)
        return BridgeNode(configuration: configuration, identity: .random(), group: group, clock: clock, logger: logger)
    }

    private func server(_ secret: Secret, bridges: [WebSocketURL]) throws -> BootstrapServer {
        var configuration = BootstrapServer.Configuration(secret: secret)
        configuration.host = "127.0.0.1"
        configuration.port = 0
        configuration.drainTime = .seconds(1)
        configuration.bridges = bridges.map { BridgeTarget($0) }
        configuration.decisions.createNewDHT = true
        configuration.decisions.openNetwork = true
        return try BootstrapServer(
            configuration: configuration,
            ledger: InMemoryGenesisLedger(),
            group: group,
            clock: clock,
            logger: logger
        )
    }

    private func swarm(
        _ url: WebSocketURL,
        _ count: Int,
        change: (inout PeerSwarm.Configuration) -> Void = { _ in }
    ) -> PeerSwarm {
        var configuration = PeerSwarm.Configuration(bootstrap: url, count: count)
        configuration.seed = 7
        change(&configuration)
        return PeerSwarm(configuration: configuration, group: group, logger: logger)
    }

    private func url(_ address: SocketAddress) throws -> WebSocketURL {
        WebSocketURL(scheme: .ws, host: "127.0.0.1", port: try #require(address.port))
    }

    @Test func twentyPeersJoinThroughTwoBridges() async throws {
        let secret = Secret("between us")
        let bridges = [bridge(secret), bridge(secret)]
        try await withThrowingTaskGroup { tasks in
            for bridge in bridges { tasks.addTask { try await bridge.run() } }
            var addresses: [WebSocketURL] = []
            for bridge in bridges { addresses.append(try url(try await bridge.listeningAddress())) }
            let server = try server(secret, bridges: addresses)
            tasks.addTask { try await server.run() }
            let entrance = try url(try await server.listeningAddress())
            // A genesis peer that comes before the links are up finds out about the bridges too, but only seconds later.
            #expect(await server.linkedToAllBridges(within: .seconds(30)))
            let swarm = swarm(entrance, 20)
            tasks.addTask { try await swarm.run() }

            await swarm.waitUntilSettled()
            let snapshot = swarm.snapshot()
            #expect(snapshot.joins.attempted == 20)
            #expect(snapshot.joins.succeeded == 20)
            #expect(snapshot.failures == [])
            #expect(snapshot.genesis != nil)
            #expect(snapshot.connectedPeers == 20)
            #expect(snapshot.joins.p50Ms != nil)
            #expect(snapshot.messagesSent > 0)
            for bridge in bridges { #expect(bridge.status().linksOpenedTotal == 1) }
            #expect(bridges.map { $0.status().requests }.reduce(0, +) >= 19)
            tasks.cancelAll()
        }
    }

    @Test func whoLeavesIsReplacedAndEverythingIsCounted() async throws {
        let secret = Secret("between us")
        let bridges = [bridge(secret), bridge(secret)]
        try await withThrowingTaskGroup { tasks in
            for bridge in bridges { tasks.addTask { try await bridge.run() } }
            var addresses: [WebSocketURL] = []
            for bridge in bridges { addresses.append(try url(try await bridge.listeningAddress())) }
            let server = try server(secret, bridges: addresses)
            tasks.addTask { try await server.run() }
            let entrance = try url(try await server.listeningAddress())
            #expect(await server.linkedToAllBridges(within: .seconds(30)))
            // Six leave per second.
            let swarm = swarm(entrance, 12) { $0.churn = .init(percentPerMinute: 3000) }
            tasks.addTask { try await swarm.run() }

            await swarm.waitUntilSettled()
            await swarm.waitForReplacements(8)
            let snapshot = swarm.snapshot()
            let (joins, churn, named) = (snapshot.joins, snapshot.churn, snapshot.introductions)
            #expect(churn.came >= 8)
            #expect(churn.came == churn.left)
            #expect(churn.left == churn.orderly + churn.abrupt + churn.silent)
            // The seed decides in which order they come; these eight hold all three.
            #expect(churn.orderly > 0 && churn.abrupt > 0 && churn.silent > 0)
            #expect(joins.attempted == 12 + churn.came)
            #expect(joins.failed == 0, "\(snapshot.failures)")
            #expect(joins.succeeded >= 20)
            // Nobody else can be under way than those who are there.
            #expect((0...12).contains(joins.attempted - joins.succeeded - joins.failed - joins.abandoned))
            #expect((1...12).contains(snapshot.connectedPeers))
            // The first ones but the genesis peer at least; the others, too, unless the bridges had nobody to name.
            #expect(named.total >= 11)
            #expect(named.total == named.connected + named.failed + named.undecided + named.withdrawn)
            #expect(named.connected >= 11)
            tasks.cancelAll()
        }
    }

    @Test func withoutAServerEveryJoinFailsAndSaysWhy() async throws {
        let nobody = WebSocketURL(scheme: .ws, host: "127.0.0.1", port: 1)
        await withThrowingTaskGroup { tasks in
            let swarm = swarm(nobody, 3) { $0.joinTimeout = .milliseconds(100) }
            tasks.addTask { try await swarm.run() }
            await swarm.waitUntilSettled()
            let snapshot = swarm.snapshot()
            #expect(snapshot.joins.attempted == 3)
            #expect(snapshot.joins.failed == 3)
            #expect(
                snapshot.failures.map(\.reason) == Array(repeating: "no connection to the bootstrap server", count: 3)
            )
            #expect(snapshot.joins.p50Ms == nil)
            tasks.cancelAll()
        }
    }

    @Test func aStoppedSwarmKeepsNobodyWaiting() async throws {
        let swarm = swarm(WebSocketURL(scheme: .ws, host: "127.0.0.1", port: 1), 1)
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await swarm.run() }
            tasks.addTask { await swarm.waitUntilSettled() }
            tasks.cancelAll()
            for try await _ in tasks {}
        }
        await swarm.waitUntilSettled()
        #expect(swarm.snapshot().joins.succeeded == 0)
    }
}
