import Timekeeping

/// The 95th percentile of the latest answers' times: what is slower than that is worth a second try (the hedged requests of
/// Dean and Barroso, "The Tail at Scale", 2013).
public struct LatencyEstimate: Sendable, Equatable {
    private static let size = 256
    /// An estimate of fewer is none.
    private static let minimum = 32
    /// How many new answers make the estimate worth a new look.
    private static let refresh = 32

    /// Nanoseconds, which sort faster than durations.
    private var ring: [Int64] = []
    private var next = 0
    private var unseen = 0
    /// Nil until there were enough answers.
    public private(set) var p95: Duration?

    public init() {}

    public mutating func record(_ time: Duration) {
        if ring.count < Self.size {
            ring.append(time.wholeNanoseconds)
        } else {
            ring[next] = time.wholeNanoseconds
            next = (next + 1) % Self.size
        }
        unseen += 1
        guard ring.count >= Self.minimum, p95 == nil || unseen >= Self.refresh else { return }
        unseen = 0
        p95 = .nanoseconds(ring.sorted()[ring.count * 95 / 100])
    }
}
