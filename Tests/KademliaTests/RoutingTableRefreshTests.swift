import DHTTestKit
import Kademlia
import Testing
import Timekeeping

private func at(_ seconds: Int) -> Instant { .zero + .seconds(seconds) }

@Suite struct RoutingTableRefreshTests {
    @Test func randomIDLiesInTheBucketItWasDrawnFor() {
        var generator = SeededGenerator(seed: 5)
        let local = NodeID.random(using: &generator)
        for bucket in 0..<NodeID.bitCount {
            var drawn: Set<NodeID> = []
            for _ in 0..<5 {
                let id = NodeID.random(inBucket: bucket, of: local, using: &generator)
                #expect(local.distance(to: id).bucketIndex == bucket)
                drawn.insert(id)
            }
            #expect(drawn.count > 1 || bucket < 3, "the bits below are random")
        }
    }

    @Test func bucketIsStaleAfterTheIntervalWithoutAWordFromIt() {
        var table = RoutingTable<String>(localID: 0)
        _ = table.seen(0x81, contact: "", at: at(0))
        for bucket in 140..<160 { table.refreshed(bucket: bucket, at: at(1800)) }
        _ = table.seen(0x01, contact: "", at: at(1800))
        #expect(table.staleBuckets(at: at(3599)) == [])
        #expect(table.staleBuckets(at: at(3600)) == [7])
        _ = table.heardOf(0x82, contact: "")
        #expect(table.staleBuckets(at: at(3600)) == [7])
        table.heard(0x83, at: at(3600))
        #expect(table.staleBuckets(at: at(3600)) == [7], "a node that is no entry is no sign of life")
        table.heard(0x81, at: at(3600))
        #expect(table.staleBuckets(at: at(3600)) == [])
    }

    @Test func lookupCountsAsActivityEvenIfNobodyAnswered() {
        var table = RoutingTable<String>(localID: 0)
        _ = table.heardOf(0x81, contact: "")
        #expect(table.staleBuckets(at: at(0)).last == 7)
        // A refresh loop: every bucket once per interval, then nothing.
        var lookups = 0
        while let bucket = table.staleBuckets(at: at(0)).first, lookups < 200 {
            table.refreshed(bucket: bucket, at: at(0))
            lookups += 1
        }
        #expect(lookups == 1 + KademliaDefaults.bucketsRefreshedWhenEmpty)
        #expect(table.staleBuckets(at: at(3599)) == [])
        #expect(table.staleBuckets(at: at(3600)).count == lookups)
        table.refreshed(bucket: -1, at: at(0))
        table.refreshed(bucket: 160, at: at(0))
    }

    @Test func emptyBucketsAreLookedUpBeyondTheNearestEntryOnly() {
        var generator = SeededGenerator(seed: 6)
        let local = NodeID.random(using: &generator)
        var table = RoutingTable<String>(localID: local)
        #expect(table.staleBuckets(at: at(0)) == [])
        _ = table.seen(NodeID.random(inBucket: 156, of: local, using: &generator), contact: "", at: at(0))
        #expect(table.staleBuckets(at: at(0)) == [159, 158, 157])
    }

    @Test func nodesThatAreNotLetInDoNotPutOffTheLookup() {
        var table = RoutingTable<String>(localID: 0, bucketSize: 1)
        _ = table.seen(0x81, contact: "", at: at(0))
        #expect(table.seen(0x82, contact: "", at: at(3600)) == .full(oldest: 0x81))
        #expect(table.staleBuckets(at: at(3600)).last == 7)
    }
}
