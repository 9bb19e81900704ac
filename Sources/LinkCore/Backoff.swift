/// How long to wait before the next dial: doubling from a base to a cap, each wait spread by a jitter that the caller's
/// generator draws.
public struct Backoff: Sendable, Equatable {
    public let base: Duration
    public let cap: Duration
    /// Share of the wait, 0 to 1, by which it is spread either way.
    public let jitter: Double
    private var failures = 0

    public init(
        base: Duration = PoolDefaults.backoffBase,
        cap: Duration = PoolDefaults.backoffCap,
        jitter: Double = PoolDefaults.backoffJitter
    ) {
        self.base = base
        self.cap = cap
        self.jitter = jitter
    }

    /// The wait after one more failure: `min(cap, base * 2^n)`, times a factor in `[1 - jitter, 1 + jitter]`.
    public mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        var wait = base
        for _ in 0..<failures where wait < cap {
            wait *= 2
        }
        failures += 1
        return spread(min(wait, cap), using: &generator)
    }

    /// The longest wait, spread. For a failure that time alone is unlikely to mend, such as a refused secret.
    public func longest(using generator: inout some RandomNumberGenerator) -> Duration {
        spread(cap, using: &generator)
    }

    /// The next wait is the base again.
    public mutating func reset() {
        failures = 0
    }

    private func spread(_ wait: Duration, using generator: inout some RandomNumberGenerator) -> Duration {
        wait * Double.random(in: (1 - jitter)...(1 + jitter), using: &generator)
    }
}
