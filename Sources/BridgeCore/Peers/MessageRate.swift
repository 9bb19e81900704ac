import Timekeeping

/// How many messages a socket may send: a bucket of tokens that refills evenly.
struct MessageRate: Sendable {
    private var tokens: Double
    private var since: Instant
    private let perSecond: Double
    private let burst: Double

    init(perSecond: Int, burst: Int, at now: Instant) {
        self.perSecond = Double(perSecond)
        self.burst = Double(burst)
        self.tokens = Double(burst)
        self.since = now
    }

    /// Whether it has been within its rate for long enough to have its whole burst again, but for the token taken last.
    var isFull: Bool { tokens >= burst - 1 }

    /// Takes one token; false when there is none, and the message is to be dropped (protocol.md 8.1).
    mutating func allows(at now: Instant) -> Bool {
        tokens = min(burst, tokens + (now - since).fractionalMilliseconds / 1_000 * perSecond)
        since = now
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
