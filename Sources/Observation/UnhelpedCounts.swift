/// Why newcomers got no helper. The raw values are what HTTP and metrics say.
public enum UnhelpedReason: String, Sendable, CaseIterable {
    /// They got peers of a bridge's emergency reply.
    case bridgePeers = "bridge_peers"
    /// They got peers that the server knows.
    case knownPeers = "known_peers"
    /// No bridge could be asked.
    case noBridge = "no_bridge"
    /// No bridge answered in time.
    case timedOut = "timed_out"
    /// The bridges knew nobody.
    case bridgeRefused = "bridge_refused"
    /// What came could not be used.
    case unusableAnswer = "unusable_answer"
    /// The pool, or all bridges, are full.
    case busy
    /// Registrations that were refused because there are as many as are allowed.
    case peersFull = "peers_full"
    /// The server stops.
    case draining
    case other
}

/// How often each happened.
public struct UnhelpedCounts: Sendable, Equatable {
    private var counts: [UnhelpedReason: Int] = [:]

    public init() {}

    public subscript(reason: UnhelpedReason) -> Int {
        get { counts[reason, default: 0] }
        set { counts[reason] = newValue == 0 ? nil : newValue }
    }

    public var isEmpty: Bool { counts.isEmpty }

    public static func - (one: Self, other: Self) -> Self { combined(one, other, by: -) }

    public static func + (one: Self, other: Self) -> Self { combined(one, other, by: +) }

    private static func combined(_ one: Self, _ other: Self, by operation: (Int, Int) -> Int) -> Self {
        var result = one
        for reason in other.counts.keys { result[reason] = operation(one[reason], other[reason]) }
        return result
    }
}
