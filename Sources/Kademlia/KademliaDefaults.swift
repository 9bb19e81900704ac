/// The numbers of the DHT, each with where it comes from.
public enum KademliaDefaults {
    /// Entries per bucket, and nodes per answer: Kademlia paper 2.2, and what the existing network uses (protocol.md
    /// 1.2).
    public static let bucketSize = 20

    /// Nodes remembered per full bucket in case an entry dies (Kademlia paper 4.1). One fifth of a bucket: replacements
    /// are needed one at a time, and a stranger who invents ids should fill as little as possible.
    public static let replacementsPerBucket = 4

    /// Nodes of one ``NetworkGroup`` per bucket, replacements included. Ids cost nothing, networks do: with two of
    /// each, one rented network fills a tenth of a bucket however many ids it invents (two hosts were enough to eclipse
    /// an Ethereum node without such a limit, Marcus et al. 2018; CVE-2020-10937 of go-ipfs; robustness.md S13 and
    /// S14). Two, not one, so that two honest nodes in one house or one data centre both get in.
    public static let entriesPerGroup = 2

    /// A bucket that nobody was heard in for this long wants a lookup: Kademlia paper 2.3, one hour.
    public static let bucketRefreshInterval: Duration = .seconds(3600)

    /// So many buckets, counted from the farthest, are looked up in even when they are empty. The twentieth covers a
    /// millionth of all ids, so nearer ones are rightly empty unless the network has millions of nodes; and a stranger
    /// who takes an id next to ours makes us look into no more empty buckets than these.
    public static let bucketsRefreshedWhenEmpty = 20

    /// Questions of one lookup on their way at once: alpha, Kademlia paper 2.3 and protocol.md 1.2.
    public static let lookupParallelism = 3

    /// Nodes that one lookup asks. It takes about `bucketSize` answers and a few to come near, and as many again may be
    /// dead; the limit is what a liar can make us send.
    public static let queriesPerLookup = 60

    /// Nodes that one lookup remembers without having asked them. Four times what it returns: enough to go on with when
    /// most of the nearest turn out to be dead, and the limit of what liars can fill.
    public static let candidatesPerLookup = 4 * bucketSize

    /// How long a lookup waits for one answer. Existing nodes answer within milliseconds and wait 10 s (protocol.md
    /// 4.5, 5.1); half of that lets a lookup survive six rounds of silence before its deadline.
    public static let queryTimeout: Duration = .seconds(5)

    /// How long a lookup may take (protocol.md 5.1).
    public static let lookupDeadline: Duration = .seconds(30)
}
