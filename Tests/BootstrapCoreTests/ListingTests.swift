import BootstrapCore
import DHTTestKit
import Kademlia
import Observation
import Testing
import Timekeeping
import WireMessages

/// Whom a list shows when there are more than it holds.
@Suite struct ListingTests {
    private func peer(_ number: Int) -> NodeID { NodeID(high: 1, middle: 0, low: UInt32(number)) }

    /// Asks as `id` on `connection` and answers that no bridge can be reached.
    private func listed(
        for id: NodeID,
        on connection: UInt64,
        _ request: Int,
        _ harness: inout BootstrapHarness
    ) throws -> [ClientID] {
        harness.ask(WireRequestID("r\(request)") ?? "r", id, on: connection)
        harness.end(try #require(harness.questions.first?.join), .unavailable(.noBridge))
        return harness.responses(to: connection).first?.join?.peers.map(\.nodeID) ?? []
    }

    @Test func duringAnOutageEverybodyIsShownInTurn() throws {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xb, on: 1, metadata: #"{"nodeType":"browser","tabVisible":false}"#)
        for number in 1...200 { harness.joinRegistered(peer(number), on: UInt64(100 + number)) }
        var shown: [ClientID: Int] = [:]
        for request in 0..<10 {
            let list = try listed(for: 0xb, on: 1, request, &harness)
            #expect(list.count == 20)
            for id in list { shown[id, default: 0] += 1 }
        }
        #expect(shown.count == 200 && shown.values.allSatisfy { $0 == 1 }, "ten lists of twenty: each peer once")
    }

    @Test func theSameEventsMakeTheSameLists() throws {
        func lists() throws -> [[ClientID]] {
            var harness = BootstrapHarness(genesis: 0xa)
            for number in 1...50 { harness.joinRegistered(peer(number), on: UInt64(100 + number)) }
            harness.close(117)
            return try (0..<4).map { try listed(for: peer(1), on: 101, $0, &harness) }
        }
        #expect(try lists() == lists())
    }

    @Test func requesterIsNotShownAndCostsTheListNothing() throws {
        var harness = BootstrapHarness(genesis: 0xa)
        for number in 1...21 { harness.joinRegistered(peer(number), on: UInt64(100 + number)) }
        for request in 0..<5 {
            let list = try listed(for: peer(7), on: 107, request, &harness)
            #expect(Set(list).count == 20 && !list.contains(.node(peer(7))))
        }
    }

    @Test(arguments: SeededGenerator.seeds(20))
    func whoStaysIsShownOnceARoundWhoeverComesAndGoes(seed: UInt64) throws {
        var chance = SeededGenerator(seed: seed)
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xb, on: 1, metadata: #"{"nodeType":"browser","tabVisible":false}"#)
        for number in 1...100 { harness.joinRegistered(peer(number), on: UInt64(number + 100)) }
        var coming: [UInt64] = []
        var next = 101
        var shown: [ClientID: Int] = [:]
        // As many come as go, so a round is five lists of twenty, and somewhat more for those who left before their turn.
        for request in 0..<5 {
            for id in try listed(for: 0xb, on: 1, request, &harness) { shown[id, default: 0] += 1 }
            for _ in 0..<10 {
                harness.joinRegistered(peer(next), on: UInt64(next + 100))
                coming.append(UInt64(next + 100))
                next += 1
                if let gone = coming.indices.randomElement(using: &chance) { harness.close(coming.remove(at: gone)) }
            }
        }
        for request in 5..<10 {
            for id in try listed(for: 0xb, on: 1, request, &harness) { shown[id, default: 0] += 1 }
        }
        for number in 1...100 {
            let count = shown[.node(peer(number))] ?? 0
            #expect((1...2).contains(count), "seed \(seed): peer \(number) was shown \(count) times in two rounds")
        }
    }

    @Test func whoHidesLeavesTheListsAndWhoShowsItselfReturns() throws {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xb, on: 1, metadata: #"{"nodeType":"browser","tabVisible":false}"#)
        harness.joinRegistered(0xc, on: 2, metadata: BootstrapHarness.browserMetadata)
        #expect(try listed(for: 0xb, on: 1, 1, &harness) == [.node(0xc)])
        harness.register(0xc, on: 2, metadata: #"{"nodeType":"browser","tabVisible":false}"#)
        #expect(try listed(for: 0xb, on: 1, 2, &harness) == [])
        harness.register(0xc, on: 2, metadata: BootstrapHarness.browserMetadata)
        #expect(try listed(for: 0xb, on: 1, 3, &harness) == [.node(0xc)])
        harness.joinRegistered(0xc, on: 3, metadata: BootstrapHarness.browserMetadata)
        #expect(try listed(for: 0xb, on: 1, 4, &harness) == [.node(0xc)], "once, not for each socket")
        harness.close(2)
        #expect(try listed(for: 0xb, on: 1, 5, &harness) == [.node(0xc)])
        harness.register(0xc, on: 3, metadata: BootstrapHarness.bridgeMetadata())
        #expect(try listed(for: 0xb, on: 1, 6, &harness) == [])
    }

    @Test func questionCarriesItsSource() throws {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.open(1, source: 77)
        harness.ask("r", 0xb, on: 1)
        guard case .ask(_, newcomer: 0xb, metadata: _, source: 77)? = harness.actions.first else {
            Issue.record("expected a question of source 77, got \(harness.actions)")
            return
        }
    }
}
