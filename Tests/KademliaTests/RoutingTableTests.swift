import DHTTestKit
import Kademlia
import Testing
import Timekeeping

/// Ids 0x80 ... 0xff share bucket 7 of node 0.
private func table(bucketSize: Int = 3, replacements: Int = 2) -> RoutingTable<String> {
    RoutingTable(localID: 0, bucketSize: bucketSize, replacementsPerBucket: replacements)
}

private func at(_ seconds: Int) -> Instant { .zero + .seconds(seconds) }

@Suite struct RoutingTableTests {
    @Test func ownIdNeverEnters() {
        var table = table()
        #expect(table.seen(0, contact: "self", at: at(0)) == .isSelf)
        #expect(table.heardOf(0, contact: "self") == .isSelf)
        #expect(table.count == 0)
    }

    @Test func fullBucketKeepsTheOldestAndNamesItForChecking() {
        var table = table()
        for id: NodeID in [0x81, 0x82, 0x83] { #expect(table.seen(id, contact: "", at: at(0)) == .inserted) }
        #expect(table.seen(0x84, contact: "", at: at(1)) == .full(oldest: 0x81))
        #expect(table[0x84] == nil)
        // The oldest answers: it becomes the freshest, and the next check is for the one after it.
        #expect(table.seen(0x81, contact: "", at: at(2)) == .updated)
        #expect(table.seen(0x85, contact: "", at: at(3)) == .full(oldest: 0x82))
    }

    @Test func freshestReplacementFollowsAFailedEntry() {
        var table = table()
        for id: NodeID in [0x81, 0x82, 0x83, 0x84, 0x85, 0x86] { _ = table.seen(id, contact: "", at: at(0)) }
        #expect(table.failed(0x81) == true)
        #expect(table[0x81] == nil)
        #expect(table[0x86] != nil)
        #expect(table.count == 3)
        #expect(table.failed(0x82) == true)
        #expect(table[0x85] != nil)
        // 0x84 fell out of the cache of two.
        #expect(table.failed(0x83) == true)
        #expect(table[0x84] == nil)
        #expect(table.count == 2)
    }

    @Test func hearsayFillsEmptyPlacesButDisplacesNobody() {
        var table = table()
        #expect(table.heardOf(0x81, contact: "rumour") == .inserted)
        #expect(table.heardOf(0x81, contact: "newer rumour") == .updated)
        #expect(table[0x81]?.contact == "newer rumour")
        _ = table.seen(0x82, contact: "said so itself", at: at(0))
        #expect(table.heardOf(0x82, contact: "lie") == .updated)
        #expect(table[0x82]?.contact == "said so itself")
        _ = table.seen(0x83, contact: "", at: at(0))
        #expect(table.heardOf(0x84, contact: "") == .refused)
        // A node heard itself takes the place of a rumour.
        #expect(table.seen(0x85, contact: "", at: at(1)) == .inserted)
        #expect(table[0x81] == nil)
        #expect(table.count == 3)
    }

    @Test(arguments: [UInt64(1), 2, 3, 4]) func randomTrafficKeepsTheInvariants(seed: UInt64) {
        print("routing table property seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        let local = NodeID.random(using: &generator)
        var table = RoutingTable<Int>(localID: local)
        var known: [NodeID] = [local]
        var model: Set<NodeID> = []
        for step in 0..<2_000 {
            let id: NodeID
            if Int.random(in: 0..<3, using: &generator) == 0, let old = known.randomElement(using: &generator) {
                id = old
            } else {
                // Near neighbours too, so that low buckets fill: flip a random number of low bits.
                let random = NodeID.random(using: &generator)
                let kept = UInt64.random(in: 0...64, using: &generator)
                let mask = kept == 64 ? 0 : UInt64.max >> kept
                id = NodeID(
                    high: (local.high & ~mask) | (random.high & mask),
                    middle: random.middle,
                    low: random.low
                )
                known.append(id)
            }
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<6: _ = table.seen(id, contact: step, at: at(step))
            case 6..<8: _ = table.heardOf(id, contact: step)
            default: table.failed(id)
            }
            if step % 100 == 99 {
                #expect(table.fullestBucket.entries <= KademliaDefaults.bucketSize)
                #expect(table.fullestBucket.replacements <= KademliaDefaults.replacementsPerBucket)
                let ids = table.entries.map(\.id)
                model = Set(ids)
                #expect(model.count == ids.count, "no node twice")
                #expect(ids.count == table.count)
                #expect(!model.contains(local))
                let target =
                    step % 200 == 99
                    ? NodeID.random(using: &generator) : known[Int.random(in: known.indices, using: &generator)]
                let limit = Int.random(in: 1...40, using: &generator)
                let reference = ids.sorted { $0.distance(to: target) < $1.distance(to: target) }.prefix(limit)
                #expect(table.closest(limit, to: target).map(\.id) == Array(reference))
                let even = ids.filter { $0.low % 2 == 0 }.sorted { $0.distance(to: target) < $1.distance(to: target) }
                #expect(table.closest(limit, to: target) { $0.id.low % 2 == 0 }.map(\.id) == Array(even.prefix(limit)))
            }
        }
        #expect(model.count > 100, "the traffic must fill the table for this test to mean something")
    }

    @Test func floodOfInventedIdsStaysBounded() {
        var generator = SeededGenerator(seed: 42)
        var table = RoutingTable<Int>(localID: NodeID.random(using: &generator))
        for step in 0..<5_000 { _ = table.seen(NodeID.random(using: &generator), contact: step, at: at(step)) }
        #expect(table.count <= NodeID.bitCount * KademliaDefaults.bucketSize)
        #expect(table.fullestBucket.entries == KademliaDefaults.bucketSize)
    }
}
