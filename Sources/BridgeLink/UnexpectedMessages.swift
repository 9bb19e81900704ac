import Timekeeping

/// Bounds what a bridge may say that answers nothing: a token bucket. After a pause of the bridge its late answers may all come at
/// once, as many as it may have in flight; beyond that it is a flood.
struct UnexpectedMessages: Sendable {
    private static let perSecond = 200.0
    private static let burst = 5_000.0

    private var tokens = Self.burst
    private var refilledAt: Instant

    init(at now: Instant) {
        refilledAt = now
    }

    /// Counts one message; false once there are too many.
    mutating func admit(at now: Instant) -> Bool {
        let seconds = (now - refilledAt).fractionalMilliseconds / 1_000
        tokens = min(Self.burst, tokens + max(0, seconds) * Self.perSecond)
        refilledAt = now
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
