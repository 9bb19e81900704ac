/// Every number of the load driver, each with its reason.
package enum LoadDefaults {
    /// How long one operation may take: as long as joining clients of the existing network wait (protocol.md 2.2).
    package static let patience = Duration.seconds(30)
    /// Warm-up, as a share of the measured operations: enough for pools, links and allocators to reach their usual size.
    package static let warmUpShare = 0.1
    /// A warm-up fills every slot this often at least, so that no measured operation is the first of its slot.
    package static let warmUpTurns = 3
    /// Measurements that are compared alternate this often, so that a passing disturbance hits both, and their ratio has a
    /// confidence interval worth the name.
    package static let rounds = 5
    /// Requests over one link for each over a connection of its own: they are so much faster that a round would be over too
    /// soon to be measured.
    static let linkTurns = 10
    /// Failures told apart by reason. A server can make up reasons; what goes beyond is counted together.
    package static let maxReasons = 20
    /// Longest reason that is kept, in characters: a line of the table.
    package static let maxReasonLength = 100
    /// The protocol that the simulated clients announce (protocol.md 1.4).
    package static let protocolVersion = "1.0.0"
    /// Largest message of a measured server: more than any answer to a newcomer, less than what would hurt this process.
    static let maxMessageBytes: UInt64 = 1 << 20
    /// Longest answer to an upgrade; proxies may add to it.
    static let maxUpgradeBytes = 8 << 10
    /// Connections that wait to be accepted by the echo server: as many as the largest usual number under way.
    static let backlog: Int32 = 4_096
    /// What is read from a socket at a time: the answers to a newcomer together.
    static let readBytes = 4 << 10
    /// Largest message on a link to a bridge (design.md: 1 MiB).
    package static let maxLinkMessageBytes = 1 << 20

    // MARK: Noise

    /// Processor time that the machine gave to others unasked, as a share of all, above which figures are doubtful.
    static let maxStealShare = 0.05
    /// The same for processes that have no part in the measurement.
    static let maxOthersShare = 0.10
    /// The same for how much faster the fastest of equal rounds was than the slowest.
    static let maxRoundSpread = 1.5
    /// Clock ticks of all processors below which shares of them say nothing: a tick is a percent or two of so little.
    static let minTicks = 50

    // MARK: Requirements of `bench compare`, with slack around the targets of one third, four times and four fifths

    package static let maxMedianRatio = 0.5
    package static let minThroughputRatio = 2.5
    package static let minOfCeiling = 0.5

    package static func warmUp(total: Int, inFlight: Int) -> Int {
        max(Int(Double(total) * warmUpShare), inFlight * warmUpTurns)
    }
}
