import DHTTestKit
import Kademlia
import Testing
import Timekeeping

/// Lookups over generated networks; what holds for every lookup is checked in ``LookupNetwork/run(_:localID:limits:)``.
@Suite struct LookupNetworkTests {
    private func start(_ network: inout LookupNetwork, limits: Lookup.Limits = .standard) -> (Lookup, NodeID) {
        let localID = network.ids[0]
        let target = network.randomID()
        let seeds = network.table(of: localID).closest(limits.resultSize, to: target).map(\.id)
        return (Lookup(target: target, localID: localID, seeds: seeds, limits: limits), localID)
    }

    @Test(arguments: SeededGenerator.seeds(3)) func honestNetworkYieldsTheNearestOfAll(seed: UInt64) {
        print("lookup seed \(seed)")
        var network = LookupNetwork(size: 500, seed: seed)
        for _ in 0..<3 {
            var (lookup, localID) = start(&network)
            let run = network.run(&lookup, localID: localID)
            #expect(lookup.closest == network.nearest(20, to: lookup.target) { $0 != localID })
            #expect(run.asked.count < 40)
            #expect(run.mostInFlight == 3)
        }
    }

    @Test(arguments: SeededGenerator.seeds(3)) func oneSeedIsEnough(seed: UInt64) {
        print("lookup seed \(seed)")
        var network = LookupNetwork(size: 500, seed: seed)
        let localID = network.randomID()
        var lookup = Lookup(target: network.randomID(), localID: localID, seeds: [network.ids[7]])
        _ = network.run(&lookup, localID: localID)
        #expect(lookup.closest == network.nearest(20, to: lookup.target))
    }

    @Test(arguments: SeededGenerator.seeds(4)) func deadNodesAreWalkedAround(seed: UInt64) {
        print("lookup seed \(seed)")
        var network = LookupNetwork(size: 300, seed: seed)
        network.make(0.2, .unreachable)
        var (lookup, localID) = start(&network)
        _ = network.run(&lookup, localID: localID)
        // Answers name dead nodes too, so what is certain to be found are those alive among the nearest of all.
        let alive = network.nearest(20, to: lookup.target) { $0 != localID }.filter(network.isHonest)
        #expect(alive.count < 20)
        #expect(Array(lookup.closest.prefix(alive.count)) == alive)
        #expect(lookup.closest.count == 20)
    }

    @Test(arguments: SeededGenerator.seeds(6)) func endsWhateverTheNodesDo(seed: UInt64) {
        print("lookup seed \(seed)")
        var network = LookupNetwork(size: 150, seed: seed)
        network.make(0.2, .silent)
        network.make(0.1, .late)
        network.make(0.2, .unreachable)
        network.make(0.2, .unlinked)
        network.make(0.1, .lying(count: 50))
        network.invented = [.unreachable, .silent, .late, .unlinked, .honest, .lying(count: 50)][Int(seed % 6)]
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2 {
            let limits = Lookup.Limits(
                parallelism: Int.random(in: 1...5, using: &generator),
                resultSize: Int.random(in: 1...20, using: &generator),
                maximumQueries: Int.random(in: 1...60, using: &generator),
                candidates: Int.random(in: 1...80, using: &generator)
            )
            var (lookup, localID) = start(&network, limits: limits)
            _ = network.run(&lookup, localID: localID, limits: limits)
        }
    }

    @Test func everybodySilentEndsAtTheDeadline() {
        var network = LookupNetwork(size: 100, seed: 8)
        network.make(1, .silent)
        var (lookup, localID) = start(&network)
        let run = network.run(&lookup, localID: localID)
        #expect(lookup.closest == [])
        #expect(run.duration == KademliaDefaults.lookupDeadline)
        #expect(run.asked.count == 18, "three at a time, five seconds each")
    }

    @Test func nodesWithoutLinksAreOfferedAndCostNothing() {
        var network = LookupNetwork(size: 300, seed: 9)
        network.make(0.7, .unlinked)
        var (lookup, localID) = start(&network)
        let run = network.run(&lookup, localID: localID)
        #expect(run.skipped > KademliaDefaults.bucketSize)
        let nearest = network.nearest(20, to: lookup.target) { $0 != localID }
        #expect(Set(lookup.closest).isSuperset(of: nearest.filter(network.isHonest)))
        #expect(Set(lookup.heardOf).isSuperset(of: nearest.filter { !network.isHonest($0) }))
    }

    @Test(arguments: SeededGenerator.seeds(3)) func liarWhoInventsDeadNeighboursHidesNobody(seed: UInt64) {
        print("lookup seed \(seed)")
        var network = LookupNetwork(size: 300, seed: seed)
        var (lookup, localID) = start(&network)
        // The nearest of all lies: it will be asked.
        let liar = network.nearest(1, to: lookup.target)[0]
        network.behaviours[liar] = .lying(count: 1_000)
        let run = network.run(&lookup, localID: localID)
        #expect(run.asked.contains(liar))
        #expect(lookup.closest == network.nearest(20, to: lookup.target) { $0 != localID })
    }

    @Test(arguments: SeededGenerator.seeds(3)) func crowdOfLiarsIsBounded(seed: UInt64) {
        print("lookup seed \(seed)")
        var network = LookupNetwork(size: 200, seed: seed)
        network.make(0.3, .lying(count: 1_000))
        network.invented = .lying(count: 1_000)
        var (lookup, localID) = start(&network)
        let run = network.run(&lookup, localID: localID)
        #expect(run.asked.count == KademliaDefaults.queriesPerLookup, "they keep it busy, up to the limit")
        #expect(lookup.heardOf.count <= KademliaDefaults.candidatesPerLookup)
    }
}
