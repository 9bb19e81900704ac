import DHTTestKit
import Kademlia
import Testing
import Timekeeping

/// Ids 0x80 ... 0xff share bucket 7 of node 0.
private func table(bucketSize: Int = 4, replacements: Int = 3) -> RoutingTable<String> {
    RoutingTable(localID: 0, bucketSize: bucketSize, replacementsPerBucket: replacements)
}

private func at(_ seconds: Int) -> Instant { .zero + .seconds(seconds) }

@Suite struct RoutingTableGroupTests {
    private let here: NetworkGroup
    private let there: NetworkGroup

    init() throws {
        here = try #require(NetworkGroup(host: "203.0.113.1"))
        there = try #require(NetworkGroup(host: "2001:db8:1::1"))
    }

    @Test func thirdNodeOfANetworkIsCrowdedOutOfItsBucket() {
        var table = table()
        #expect(table.seen(0x81, contact: "", group: here, at: at(0)) == .inserted)
        #expect(table.seen(0x82, contact: "", group: here, at: at(0)) == .inserted)
        #expect(table.seen(0x83, contact: "", group: here, at: at(0)) == .crowded)
        #expect(table.heardOf(0x84, contact: "", group: here) == .crowded)
        #expect(table.seen(0x85, contact: "", group: there, at: at(0)) == .inserted)
        // Another bucket has a share of its own.
        #expect(table.seen(0x41, contact: "", group: here, at: at(0)) == .inserted)
        #expect(table.count == 4)
        // When one of the two is gone there is room again.
        table.failed(0x81)
        #expect(table.seen(0x83, contact: "", group: here, at: at(1)) == .inserted)
    }

    @Test func nodesWithoutANetworkAreNotLimited() {
        var table = table()
        for id: NodeID in [0x81, 0x82, 0x83, 0x84] { #expect(table.seen(id, contact: "", at: at(0)) == .inserted) }
    }

    @Test func limitOfZeroLetsEverybodyIn() {
        var table = RoutingTable<String>(localID: 0, entriesPerGroup: 0)
        for id in 0x81...0x8a {
            #expect(table.seen(NodeID(integerLiteral: UInt32(id)), contact: "", group: here, at: at(0)) == .inserted)
        }
    }

    @Test func hearsayGivesWayToANodeOfItsNetworkThatWasHeard() {
        var table = table()
        _ = table.heardOf(0x81, contact: "", group: here)
        _ = table.heardOf(0x82, contact: "", group: here)
        #expect(table.seen(0x83, contact: "", group: here, at: at(0)) == .inserted)
        #expect(table.seen(0x84, contact: "", group: here, at: at(0)) == .inserted)
        #expect(Set(table.entries.map(\.id)) == [0x83, 0x84])
        #expect(table.seen(0x85, contact: "", group: here, at: at(0)) == .crowded)
    }

    @Test func replacementsCountInTheShareOfTheirNetwork() {
        var table = table(bucketSize: 2)
        _ = table.seen(0x81, contact: "", group: here, at: at(0))
        _ = table.seen(0x82, contact: "", group: there, at: at(0))
        #expect(table.seen(0x83, contact: "", group: here, at: at(1)) == .full(oldest: 0x81))
        // The freshest of a network waits, not the first.
        #expect(table.seen(0x84, contact: "", group: here, at: at(2)) == .full(oldest: 0x81))
        #expect(table.fullestBucket.replacements == 1)
        #expect(table.heardOf(0x85, contact: "", group: here) == .crowded)
        table.failed(0x82)
        #expect(table[0x84] != nil)
        #expect(table.count == 2)
        // Now the network has both its places among the entries.
        #expect(table.seen(0x83, contact: "", group: here, at: at(3)) == .crowded)
    }

    @Test func entryThatMovesIntoACrowdedNetworkLeaves() {
        var table = table(bucketSize: 3)
        _ = table.seen(0x81, contact: "", group: here, at: at(0))
        _ = table.seen(0x82, contact: "", group: here, at: at(0))
        _ = table.seen(0x83, contact: "", group: there, at: at(0))
        #expect(table.seen(0x84, contact: "", at: at(0)) == .full(oldest: 0x81))
        // Others say so: nothing happens to a node that was heard itself.
        #expect(table.heardOf(0x83, contact: "", group: here) == .updated)
        #expect(table[0x83]?.group == there)
        // It says so itself: it leaves, and a replacement follows.
        #expect(table.seen(0x83, contact: "", group: here, at: at(1)) == .crowded)
        #expect(table[0x83] == nil)
        #expect(table[0x84] != nil)
        #expect(table.count == 3)
    }

    @Test func entryThatMovesFreesAPlaceInItsOldNetwork() {
        var table = table()
        _ = table.seen(0x81, contact: "", group: here, at: at(0))
        _ = table.seen(0x82, contact: "", group: here, at: at(0))
        #expect(table.seen(0x81, contact: "", at: at(1)) == .updated, "saying nothing of the network frees nothing")
        #expect(table.seen(0x83, contact: "", group: here, at: at(1)) == .crowded)
        #expect(table.seen(0x81, contact: "", group: there, at: at(2)) == .updated)
        #expect(table.seen(0x83, contact: "", group: here, at: at(2)) == .inserted)
    }

    @Test func rumourIsNotMovedIntoACrowdedNetwork() {
        var table = table()
        _ = table.seen(0x81, contact: "", group: here, at: at(0))
        _ = table.seen(0x82, contact: "", group: here, at: at(0))
        _ = table.heardOf(0x83, contact: "first", group: there)
        #expect(table.heardOf(0x83, contact: "second", group: here) == .crowded)
        #expect(table[0x83]?.contact == "first")
        #expect(table[0x83]?.group == there)
    }

    @Test func thousandIdsOfOneNetworkLeaveRoomForEverybodyElse() {
        var generator = SeededGenerator(seed: 13)
        let local = NodeID.random(using: &generator)
        var table = RoutingTable<Int>(localID: local)
        for bucket in [159, 30] {
            // Half of all ids, and ids ground next to ours.
            for step in 0..<500 {
                let id = NodeID.random(inBucket: bucket, of: local, using: &generator)
                _ = table.seen(id, contact: step, group: here, at: at(step))
            }
            for step in 0..<18 {
                let id = NodeID.random(inBucket: bucket, of: local, using: &generator)
                let home = NetworkGroup(host: "198.51.\(step).1")
                #expect(table.seen(id, contact: step, group: home, at: at(600)) == .inserted)
            }
        }
        #expect(table.entries.count { $0.group == here } == 4)
    }
}
