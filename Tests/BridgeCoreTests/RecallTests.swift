import BridgeCore
import Kademlia
import Testing
import Timekeeping
import WireMessages

/// How a bridge finds the network again after a restart.
@Suite struct RecallTests {
    @Test func aRestartedBridgeDialsWhomItKnewBeforeAtOnce() throws {
        var before = BridgeHarness(remembering: [])
        before.peer(0x11, metadata: serverMetadata(at: "192.0.2.1"))
        _ = before.advance(by: .seconds(1))
        before.peer(0x12, metadata: serverMetadata(at: "127.0.0.1", port: 9_001))
        let book = try #require(before.bridge.stop(at: before.now).books.first)

        var after = BridgeHarness(remembering: book)
        #expect(
            after.advance(by: .zero).filter { $0.dialled != nil } == [
                .dial(0x12, address: "ws://127.0.0.1:9001"), .dial(0x11, address: "ws://192.0.2.1:80"),
            ]
        )
        _ = after.answer(0x12, metadata: serverMetadata(at: "127.0.0.1", port: 9_001))
        #expect(after.status.peersConnected == 1)
    }

    @Test func nobodyIsDialledBeforeThePortIsBound() {
        var harness = BridgeHarness(bootstraps: 1, remembersPeers: true)
        harness.bridge.remembered(crowd(2), at: harness.now)
        #expect(harness.advance(by: .seconds(30)) == [])
        _ = harness.listen()
        #expect(harness.advance(by: .zero).compactMap(\.dialled) == [0x1001, 0x1000])
    }

    @Test func eightAreDialledInTenSecondsTheLastHeardFirst() {
        var harness = BridgeHarness(remembering: crowd(64).shuffled())
        let start = harness.now.instant
        var dials: [(after: Duration, id: NodeID)] = []
        for _ in 0..<900 {
            for id in harness.advance(by: .milliseconds(100)).compactMap(\.dialled) {
                dials.append((harness.now.instant - start, id))
                // Nobody is there, and that shows at once.
                harness.bridge.dialFailed(id, at: harness.now.instant)
            }
            // Bootstraps that come make the bridge look around sooner, but dial no faster.
            if dials.count < 24 { harness.close(harness.link()) }
        }
        let first = dials.prefix(24)
        #expect(first.map(\.id) == crowd(64).reversed().prefix(24).map(\.id))
        #expect(first.prefix(8).allSatisfy { $0.after <= .milliseconds(100) })
        for (index, dial) in dials.enumerated().dropFirst(8) {
            #expect(dial.after - dials[index - 8].after >= .milliseconds(9_900))
        }
        #expect(first.last.map { $0.after <= .seconds(30) } == true, "before a network may be begun anew")
    }

    @Test func whoDoesNotAnswerIsForgottenAfterTheUsualAttempts() {
        var harness = BridgeHarness(remembering: crowd(2))
        var dials: [NodeID: Int] = [:]
        var books: [[RememberedPeer]] = []
        for _ in 0..<600 {
            let actions = harness.advance(by: .seconds(1))
            books += actions.books
            for id in actions.compactMap(\.dialled) {
                dials[id, default: 0] += 1
                harness.bridge.dialFailed(id, at: harness.now.instant)
            }
        }
        #expect(dials == [0x1000: BridgeDefaults.dialAttempts, 0x1001: BridgeDefaults.dialAttempts])
        #expect(books.last == [])
    }

    @Test func somebodyElseAtTheAddressCountsAsNoAnswer() {
        var harness = BridgeHarness(remembering: crowd(1))
        var dials = 0
        for _ in 0..<600 {
            for id in harness.advance(by: .seconds(1)).compactMap(\.dialled) {
                dials += 1
                let socket = harness.newConnection()
                _ = harness.bridge.dialled(id, as: socket, at: harness.now)
                _ = harness.say(.connected(DHTPeerConnected(bridgeNodeID: 0x77)), on: socket)
                harness.close(socket)
            }
        }
        #expect(dials == BridgeDefaults.dialAttempts)
        #expect(harness.status.peersConnected == 0)
    }

    @Test func aHandfulIsEnough() {
        var harness = BridgeHarness(remembering: crowd(64))
        var alive: Set<ConnectionID> = []
        for id in harness.advance(by: .zero).compactMap(\.dialled) { alive.insert(harness.answer(id)) }
        #expect(alive.count == BridgeDefaults.recalledPeers)
        #expect(harness.advance(by: .seconds(120), answeringPingsOn: alive).compactMap(\.dialled) == [])
        let book = harness.bridge.stop(at: harness.now).books.first
        #expect(book?.count == 64, "the others are remembered all the same")
    }

    @Test func noMoreThanTheTargetAreDialled() {
        var harness = BridgeHarness(remembering: crowd(64), targetPeers: 3)
        #expect(harness.advance(by: .seconds(60)).compactMap(\.dialled).count == 3)
    }

    @Test func whoCameByItselfIsNotDialled() {
        var harness = BridgeHarness(bootstraps: 1, remembersPeers: true)
        _ = harness.listen()
        let socket = harness.peer(0x1001)
        harness.bridge.remembered(crowd(2), at: harness.now)
        #expect(harness.advance(by: .seconds(20), answeringPingsOn: [socket]).compactMap(\.dialled) == [0x1000])
    }

    @Test func aLinkThatIsDestroyedAtOnceIsTriedAgainAndNotForEver() {
        var harness = BridgeHarness(remembering: crowd(1))
        var dials = 0
        for _ in 0..<600 {
            for id in harness.advance(by: .seconds(1)).compactMap(\.dialled) {
                dials += 1
                harness.close(harness.answer(id), reason: "Manager destroyed")
            }
        }
        #expect((3...9).contains(dials), "\(dials) dials")
        #expect(harness.bridge.stop(at: harness.now).books.first?.map(\.id) == [0x1000], "it answered, after all")
    }

    @Test func whoWasHereForLongAndLeftIsNotDialledInThisLife() {
        var harness = BridgeHarness(remembering: crowd(1))
        _ = harness.advance(by: .zero)
        let socket = harness.answer(0x1000)
        harness.advance(by: .seconds(60), answeringPingsOn: [socket])
        harness.close(socket)
        #expect(harness.advance(by: .seconds(300)).compactMap(\.dialled) == [])
    }

    @Test func whoTurnsOutToBeABridgeIsForgotten() {
        var harness = BridgeHarness(remembering: crowd(1))
        _ = harness.advance(by: .zero)
        let socket = harness.answer(0x1000, metadata: #"{"isBridgeNode":true}"#)
        #expect(harness.advance(by: .seconds(2), answeringPingsOn: [socket]).books == [[]])
        var gone = BridgeHarness(remembering: crowd(1))
        _ = gone.advance(by: .zero)
        gone.close(gone.answer(0x1000, metadata: #"{"isBridgeNode":true}"#))
        #expect(gone.bridge.stop(at: gone.now).books == [[]])
    }

    @Test func addressesThatMayNotBeDialledAnyMoreAreForgotten() {
        var harness = BridgeHarness(bootstraps: 1, remembersPeers: true)
        harness.bridge.remembered(crowd(3), at: harness.now)
        _ = harness.bridge.listening(at: "wss://bridge.example.org", harness.now)
        let actions = harness.advance(by: .seconds(20))
        #expect(actions.compactMap(\.dialled) == [])
        #expect(actions.books == [[]])
    }

    @Test func senselessMemoriesDoNoHarm() {
        let peers = [
            RememberedPeer(id: BridgeHarness.bridgeID, address: "ws://127.0.0.1:1", lastHeard: 1),
            RememberedPeer(id: 0x11, address: "", lastHeard: .min),
            RememberedPeer(id: 0x12, address: "http://127.0.0.1:1", lastHeard: .max),
            RememberedPeer(id: 0x13, address: "ws://127.0.0.1:3", lastHeard: .max),
            RememberedPeer(id: 0x13, address: "ws://127.0.0.1:4", lastHeard: -5),
            RememberedPeer(id: 0x14, address: "ws://127.0.0.1:5", lastHeard: .min),
        ]
        var harness = BridgeHarness(remembering: peers + crowd(200))
        let dialled = harness.advance(by: .zero).compactMap(\.dialled)
        #expect(dialled.count == BridgeDefaults.dialsPerRound)
        #expect(dialled.first == 0x13)
        let book = harness.bridge.stop(at: harness.now).books.first ?? []
        #expect(book.count <= BridgeDefaults.rememberedPeers)
        #expect(book.allSatisfy { (0...harness.now.unixMilliseconds).contains($0.lastHeard) })
    }

    @Test func aStoppingBridgeRecallsNobody() {
        var harness = BridgeHarness(remembersPeers: true)
        _ = harness.bridge.stop(at: harness.now)
        harness.bridge.remembered(crowd(8), at: harness.now)
        #expect(harness.advance(by: .seconds(60)) == [])
    }
}
