public import Timekeeping

extension RoutingTable {
    /// Buckets in which nobody was heard and nothing looked up within `interval`: a lookup of an id in them is due
    /// (Kademlia paper 2.3, ``NodeID/random(inBucket:of:using:)``), and ``refreshed(bucket:at:)`` when it was made.
    /// Farthest first: the farther, the more of the network a bucket stands for.
    ///
    /// Empty buckets nearer than the nearest entry are left out, for they cover too few ids to ever hold anybody, and
    /// of the others all but the farthest ``KademliaDefaults/bucketsRefreshedWhenEmpty``. So nothing is due in an empty
    /// table, and just after the first neighbour was met all buckets beyond it are, as the paper asks of a newcomer.
    public func staleBuckets(
        at now: Instant,
        after interval: Duration = KademliaDefaults.bucketRefreshInterval
    ) -> [Int] {
        guard let nearest = buckets.firstIndex(where: { !$0.entries.isEmpty }) else { return [] }
        let farBuckets = NodeID.bitCount - KademliaDefaults.bucketsRefreshedWhenEmpty
        return (nearest..<buckets.endIndex).reversed().filter { index in
            guard index >= farBuckets || !buckets[index].entries.isEmpty else { return false }
            guard let last = buckets[index].lastActivity else { return true }
            return now - last >= interval
        }
    }

    /// A lookup of an id in bucket `index` was made, or begun: the bucket is fresh again, even if nobody answered.
    public mutating func refreshed(bucket index: Int, at now: Instant) {
        guard buckets.indices.contains(index) else { return }
        buckets[index].lastActivity = now
    }
}
