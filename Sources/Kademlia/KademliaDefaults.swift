/// The numbers of the DHT, each with where it comes from.
package enum KademliaDefaults {
    /// Entries per bucket, and nodes per answer: Kademlia paper 2.2, and what the existing network uses (protocol.md 1.2).
    package static let bucketSize = 20

    /// Nodes remembered per full bucket in case an entry dies (Kademlia paper 4.1). One fifth of a bucket: replacements are
    /// needed one at a time, and a stranger who invents ids should fill as little as possible.
    package static let replacementsPerBucket = 4

    /// A bucket that nobody was heard in for this long wants a lookup: Kademlia paper 2.3, one hour.
    package static let bucketRefreshInterval: Duration = .seconds(3600)
}
