/// The numbers of the loads that last, each with its reason.
package enum HoldDefaults {
    // MARK: Idle peers

    /// Connections being opened at a time: enough to keep a server busy, few enough for any backlog.
    package static let opening = 128
    /// Peers with one source address. A kernel has 28,000 ports for each by default (`ip_local_port_range`).
    package static let peersPerAddress = 20_000
    /// Files that a process needs besides the sockets of its peers: event loops, bridges, reports, the sockets of joins that
    /// are measured beside them and those that are still closing.
    package static let descriptorReserve = 512
    /// With how many peers a join is compared.
    package static let few = 100
    /// How long peers are held before the memory is read: every one has been pinged by then (protocol.md 4.4 and
    /// `WebSocketLimits.pingInterval`), and has answered.
    package static let holding = Duration.seconds(30)

    // MARK: Joins beside them

    /// Joins of one round, and how many rounds each side has; the sides take turns.
    package static let joins = 1_000
    package static let rounds = 5
    /// Joins under way at a time: enough to use the server, few enough that the latency is not all waiting.
    package static let inFlight = 10
    /// Target for the time of a join beside all peers, against the same beside a few.
    package static let joinTarget = 1.2

    // MARK: Memory of a bridge

    package static let requests = 1_000
    /// Links that the bridge accepts, four times as many as in a network: one for each request, and those of the warm-up that
    /// may still be closing.
    package static let bridgeLinks = 1_056
    package static let memoryRounds = 3
    /// Helpers of the bridge: with more than one, none is too slow a reader to be told of a newcomer.
    package static let helpers = 4
    /// Requests that a bridge answers before it counts as idle: more than it remembers newcomers (4,096), so that what it keeps
    /// of each for two minutes is not mistaken for the memory of requests in flight.
    package static let warmUp = 5_000
    /// How many of them are in flight at a time, and how many more have a connection each, so that code which runs for the first
    /// time is not mistaken for that memory, either.
    package static let warmUpWindow = 16
    /// Between two readings while requests are under way.
    package static let peakInterval = Duration.milliseconds(1)
    /// How long connections of the warm-up may take to close.
    package static let closing = Duration.seconds(2)
    /// Target for the growth with one link, against that with a connection each.
    package static let growthTarget = 0.10

    // MARK: Joins for a long time

    package static let soakRate = 500.0
    package static let soakTime = Duration.seconds(600)
    package static let population = 200
    package static let sampleInterval = Duration.seconds(1)
    /// Joins under way beyond which those that are due count as failed: at that point the server is far behind.
    package static let maxUnderWay = 5_000
    /// Memory is flat if it does not grow by more than this share, or by this much, whichever is more: the allocator's
    /// arenas and the kernel's page accounting are no finer.
    package static let flatGrowth = 0.03
    package static let flatBytes = 1 << 20
    /// Descriptors are flat within this share of the population or this number, whichever is more: joins under way and
    /// sockets that are closing come on top of the members.
    package static let flatDescriptorShare = 0.10
    package static let flatDescriptors = 20
}
