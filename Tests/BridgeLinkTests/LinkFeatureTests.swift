import BridgeLink
import Kademlia
import LinkCore
import NIOCore
import NIOPosix
import Synchronization
import Testing
import WireMessages

/// What the pool says to bridges of ours alone, on real sockets.
@Suite(.timeLimit(.minutes(1))) struct LinkFeatureTests {
    private func outcome(_ number: UInt32 = 1) -> IntroductionOutcome {
        IntroductionOutcome(
            requestID: "r",
            newNodeID: NodeID(high: 1, middle: 1, low: number),
            inviterPeerID: 2,
            outcome: .accepted
        )
    }

    private func key(_ digit: Character) -> String { String(repeating: digit, count: 64) }

    private func set(_ keys: [BridgeKeys.Key]) -> Set<String> {
        Set(keys.map { "\($0.bridgeNodeID) \($0.publicKey)" })
    }

    // MARK: Outcomes

    @Test func outcomeReachesTheBridgeItIsForIfItListens() async throws {
        let listening = ScriptedBridge(id: 1, features: [.outcome])
        let other = ScriptedBridge(id: 2, features: [.outcome])
        let deaf = ScriptedBridge(id: 3, features: [.keys, .clients])
        try await withPool(of: [listening, other, deaf]) { pool, _ in
            pool.report(outcome(), to: 3)
            pool.report(outcome(), to: 4)
            pool.report(outcome(), to: 1)
            await listening.waitUntil { $0.outcomes.count == 1 }
            #expect(listening.seen.withLock { $0.outcomes } == [outcome()])
            // What follows on the same sockets has been read, and nothing came before it.
            _ = await pool.ask(newcomer: 7)
            _ = await pool.ask(newcomer: 8)
            _ = await pool.ask(newcomer: 9)
            #expect(deaf.seen.withLock { $0.outcomes.isEmpty && $0.requests.count == 1 })
            #expect(other.seen.withLock { $0.outcomes.isEmpty && $0.requests.count == 1 })
            let statistics = pool.report().statistics
            #expect(statistics.outcomesSent == 1 && statistics.outcomesDropped == 2)
        }
    }

    @Test func outcomeForABridgeWithoutLinkIsNotKept() async throws {
        let bridge = ScriptedBridge(id: 1, features: [.outcome])
        try await withPool(of: [bridge]) { pool, _ in
            pool.stop()
            pool.report(outcome(1), to: 1)
            #expect(pool.report().statistics.outcomesDropped == 1)
        }
        #expect(bridge.seen.withLock { $0.outcomes.isEmpty })
    }

    @Test func outcomesNeverPileUpForABridgeThatDoesNotRead() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let bridge = ScriptedBridge(id: 1, .stopsReading, features: [.outcome], group: group)
        try await withPool(of: [bridge]) { pool, _ in
            defer { bridge.readOn() }
            // A hundred megabytes, were they all queued; the kernel takes some of it.
            for _ in 0..<1_000 where pool.report().statistics.outcomesDropped == 0 {
                for number in 0..<500 { pool.report(outcome(UInt32(number)), to: 1) }
            }
            #expect(pool.report().statistics.outcomesDropped > 0)
            #expect(pool.report().counters.linksLost == 0, "a queue that runs over would have cost the link")
            bridge.readOn()
            guard case .helper = await pool.ask(newcomer: 7) else {
                Issue.record("expected a helper")
                return
            }
        }
        try await group.shutdownGracefully()
    }

    @Test func nothingOfThisIsSaidInStatelessMode() async throws {
        let bridge = ScriptedBridge(id: 1, features: .all, publicKey: key("a"))
        try await withPool(of: [bridge], mode: .stateless) { pool, _ in
            pool.report(outcome(), to: 1)
            _ = await pool.ask(newcomer: 7)
            pool.report(outcome(), to: 1)
            #expect(pool.report().statistics.outcomesDropped == 2)
            #expect(bridge.seen.withLock { $0.outcomes.isEmpty && $0.keys.isEmpty && $0.requests == [7] })
        }
    }

    // MARK: Keys

    @Test func everyBridgeOfOursLearnsTheKeysOfAll() async throws {
        let first = ScriptedBridge(id: 1, features: .all, publicKey: key("A"))
        let second = ScriptedBridge(id: 2, features: .all, publicKey: key("b"))
        let keyless = ScriptedBridge(id: 3, features: [.keys], publicKey: "no key")
        let deaf = ScriptedBridge(id: 4, features: [.outcome], publicKey: key("d"))
        try await withPool(of: [first, second, keyless, deaf]) { _, bridges in
            let expected = ["\(NodeID(1)) \(key("a"))", "\(NodeID(2)) \(key("b"))", "\(NodeID(4)) \(key("d"))"]
            for bridge in bridges.prefix(3) {
                await bridge.waitUntil { set($0.keys.last ?? []) == Set(expected) }
            }
            #expect(deaf.seen.withLock { $0.keys.isEmpty })
        }
    }

    @Test func keysOfABridgeThatIsGoneStayAndWhoComesBackIsToldOnceMore() async throws {
        let gone = ScriptedBridge(id: 1, features: .all, publicKey: key("a"))
        let stays = ScriptedBridge(id: 2, features: .all, publicKey: key("b"))
        try await withPool(of: [gone, stays]) { _, _ in
            await gone.waitUntil { $0.keys.last?.count == 2 }
            await stays.waitUntil { $0.keys.last?.count == 2 }
            let told = stays.seen.withLock { $0.keys.count }
            gone.behave(.refusesSecret)
            gone.cutAll()
            await gone.waitUntil { $0.names.count >= 2 }
            // Nobody is told anything new by that, and a newcomer among the bridges still hears of both keys.
            stays.cutAll()
            await stays.waitUntil { $0.keys.count == told + 1 }
            let last = stays.seen.withLock { $0.keys.last ?? [] }
            #expect(set(last).count == 2)
        }
    }

    @Test func allConnectionsOfOnePoolHaveOneName() async throws {
        let bridge = ScriptedBridge(id: 1)
        try await withPool(of: [bridge]) { _, _ in
            bridge.cutAll()
            await bridge.waitUntil { $0.names.count == 2 }
            #expect(bridge.seen.withLock { $0.names } == ["test", "test"])
        }
    }

    // MARK: Clients

    @Test func bridgeThatAsksForClientsIsAnsweredOnItsLink() async throws {
        let bridge = ScriptedBridge(id: 1, features: [.clients])
        let deaf = ScriptedBridge(id: 2, features: [.outcome, .keys])
        let asked = Mutex<[NodeID]>([])
        let answering: @Sendable (BridgePool, NodeID, BridgeNotice) -> Void = { pool, bridge, notice in
            guard case .clientsAsked(let request, let link) = notice else { return }
            asked.withLock { $0.append(bridge) }
            pool.answer(
                ConnectedClientsResponse(requestID: request.requestID, success: true, clients: [], totalConnected: 0),
                on: link
            )
        }
        try await withPool(of: [bridge, deaf], notified: answering) { pool, _ in
            deaf.say(.getConnectedClients(GetConnectedClients(requestID: "d", bridgeNodeID: 2)))
            // Its next answer proves that the question was read.
            _ = await pool.ask(newcomer: 7)
            _ = await pool.ask(newcomer: 8)
            bridge.say(.getConnectedClients(GetConnectedClients(requestID: "g", bridgeNodeID: 1)))
            await bridge.waitUntil { $0.clients.count == 1 }
            #expect(bridge.seen.withLock { $0.clients.first?.requestID } == "g")
            #expect(asked.withLock { $0 } == [1])
            #expect(deaf.seen.withLock { $0.clients.isEmpty })
        }
    }
}
