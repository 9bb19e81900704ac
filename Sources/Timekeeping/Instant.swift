/// A point on a monotonic clock: nanoseconds since an origin that the owner of the clock chose.
///
/// Machines take instants as arguments and never read a clock, so a test decides what time it is. Only the difference
/// between two instants of one clock means anything; wall-clock time never appears here.
public struct Instant: Sendable, Hashable, Comparable {
    public var nanoseconds: Int64

    @inlinable
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The origin of the clock.
    public static let zero = Instant(nanoseconds: 0)

    @inlinable
    public static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    @inlinable
    public static func + (instant: Instant, duration: Duration) -> Instant {
        Instant(nanoseconds: instant.nanoseconds &+ duration.wholeNanoseconds)
    }

    @inlinable
    public static func - (instant: Instant, duration: Duration) -> Instant {
        Instant(nanoseconds: instant.nanoseconds &- duration.wholeNanoseconds)
    }

    @inlinable
    public static func - (later: Instant, earlier: Instant) -> Duration {
        .nanoseconds(later.nanoseconds &- earlier.nanoseconds)
    }
}

extension Duration {
    /// The duration in nanoseconds, clamped to what 64 bits hold (about 292 years either way).
    @inlinable
    public var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, carried) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        guard !carried else { return seconds < 0 ? .min : .max }
        return sum
    }

    /// The duration in whole milliseconds, rounded down, as the wire and the reports count it.
    public var wholeMilliseconds: Int64 {
        wholeNanoseconds / 1_000_000
    }

    /// The duration in milliseconds with its fraction, for reports that people read.
    public var fractionalMilliseconds: Double {
        Double(wholeNanoseconds) / 1_000_000
    }
}
