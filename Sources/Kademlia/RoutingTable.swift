public import Timekeeping

/// What one node knows of the others: 160 buckets of at most `bucketSize` nodes, by distance (Kademlia paper 2.2 and
/// 4.1).
///
/// A node enters and stays by being heard. When a bucket is full the oldest entry stays as long as it answers, because
/// uptime predicts uptime; the caller is told whom to check, and reports a silent one with ``failed(_:)``. Newcomers to
/// a full bucket wait in a small replacement cache. Everything is bounded, whatever a stranger sends: at most 160 x
/// (`bucketSize` + `replacements`) nodes, and at most `entriesPerGroup` of one network in a bucket (``NetworkGroup``;
/// nodes of which no network is known are not limited).
public struct RoutingTable<Contact: Sendable>: Sendable {
    /// One node and what the owner keeps about it.
    public struct Entry: Sendable {
        public let id: NodeID
        public var contact: Contact
        /// When the node itself was heard last; nil when others only spoke of it.
        public var lastSeen: Instant?
        /// The network it was heard from, or is said to be in; nil when that is not known.
        public var group: NetworkGroup?
    }

    /// What became of a node that was reported to the table.
    public enum OnReport: Equatable, Sendable {
        /// It is in its bucket now, and was not before.
        case inserted
        /// It was in its bucket already.
        case updated
        /// Its bucket is full. It waits among the replacements; the caller should check whether `oldest` still answers,
        /// and call ``failed(_:)`` if not.
        case full(oldest: NodeID)
        /// Its bucket is full and the report does not make it worth keeping.
        case refused
        /// Its network has its share of the bucket already. An entry that was heard from such a network for the first
        /// time has left the table; one that others said to have moved there stays as it was.
        case crowded
        /// It is the table's own node.
        case isSelf
    }

    /// The node whose neighbourhood this is.
    public let localID: NodeID
    /// How many entries there are, replacements not counted.
    public private(set) var count = 0

    private let shape: Shape
    var buckets: [Bucket]

    /// - Parameter entriesPerGroup: nodes of one network per bucket, replacements included; 0 for any number.
    public init(
        localID: NodeID,
        bucketSize: Int = KademliaDefaults.bucketSize,
        replacementsPerBucket: Int = KademliaDefaults.replacementsPerBucket,
        entriesPerGroup: Int = KademliaDefaults.entriesPerGroup
    ) {
        self.localID = localID
        self.shape = Shape(bucketSize: bucketSize, replacements: replacementsPerBucket, perGroup: entriesPerGroup)
        self.buckets = Array(repeating: Bucket(), count: NodeID.bitCount)
    }

    /// The node itself was heard at `now`: it becomes the freshest of its bucket.
    /// - Parameter group: the network it was heard from; nil leaves the one that is known.
    public mutating func seen(
        _ id: NodeID,
        contact: Contact,
        group: NetworkGroup? = nil,
        at now: Instant
    ) -> OnReport {
        guard let index = localID.distance(to: id).bucketIndex else { return .isSelf }
        let before = buckets[index].entries.count
        let report = buckets[index].seen(Entry(id: id, contact: contact, lastSeen: now, group: group), shape: shape)
        count += buckets[index].entries.count - before
        switch report {
        case .inserted, .updated: buckets[index].lastActivity = now
        // Who is not let in must not be able to put off the lookup that finds others.
        case .full, .refused, .crowded, .isSelf: break
        }
        return report
    }

    /// A node that is in the table was heard again, with nothing new about it. Nothing happens for any other.
    public mutating func heard(_ id: NodeID, at now: Instant) {
        guard let index = localID.distance(to: id).bucketIndex else { return }
        if buckets[index].heard(id, at: now) { buckets[index].lastActivity = now }
    }

    /// Somebody else spoke of the node. That fills empty places, but never refreshes an entry and never displaces one:
    /// hearsay is not life.
    /// - Parameter group: the network it is said to be in; nil leaves the one that is known.
    public mutating func heardOf(_ id: NodeID, contact: Contact, group: NetworkGroup? = nil) -> OnReport {
        guard let index = localID.distance(to: id).bucketIndex else { return .isSelf }
        let before = buckets[index].entries.count
        let report = buckets[index].heardOf(Entry(id: id, contact: contact, lastSeen: nil, group: group), shape: shape)
        count += buckets[index].entries.count - before
        return report
    }

    /// The node did not answer, or is gone: it leaves, and the freshest replacement takes its place.
    /// - Returns: whether it was in the table.
    @discardableResult
    public mutating func failed(_ id: NodeID) -> Bool {
        guard let index = localID.distance(to: id).bucketIndex else { return false }
        let before = buckets[index].entries.count
        let removed = buckets[index].remove(id, shape: shape)
        count += buckets[index].entries.count - before
        return removed
    }

    /// The entry of `id`, if it has one (replacements are not entries).
    public subscript(id: NodeID) -> Entry? {
        guard let index = localID.distance(to: id).bucketIndex else { return nil }
        return buckets[index].entries.first { $0.id == id }
    }

    /// The `limit` entries nearest to `target` that satisfy `isIncluded`, nearest first.
    ///
    /// Buckets cover disjoint ranges of distance to any target. With d the distance from us to the target: buckets
    /// whose bit is set in d lie nearer to it than we do, the higher the nearer; the others lie farther, the lower the
    /// nearer. So buckets are visited in order and only one bucket at a time is sorted.
    public func closest(
        _ limit: Int,
        to target: NodeID,
        where isIncluded: (Entry) -> Bool = { _ in true }
    ) -> [Entry] {
        guard limit > 0 else { return [] }
        var result: [Entry] = []
        let ours = localID.distance(to: target)
        func take(_ index: Int) {
            guard result.count < limit, !buckets[index].entries.isEmpty else { return }
            let near = buckets[index].entries.filter(isIncluded).sorted {
                $0.id.distance(to: target) < $1.id.distance(to: target)
            }
            result.append(contentsOf: near.prefix(limit - result.count))
        }
        for index in (0..<NodeID.bitCount).reversed() where ours.hasBit(index) { take(index) }
        for index in 0..<NodeID.bitCount where !ours.hasBit(index) { take(index) }
        return result
    }

    /// All entries, nearest bucket first, the longest unheard of a bucket first.
    public var entries: some Sequence<Entry> {
        buckets.lazy.flatMap(\.entries)
    }

    /// The fullest bucket's number of entries and of replacements, for reports and tests.
    public var fullestBucket: (entries: Int, replacements: Int) {
        (buckets.map(\.entries.count).max() ?? 0, buckets.map(\.replacements.count).max() ?? 0)
    }
}
