public import Timekeeping

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The process's clocks. The only place that reads them; everything else is handed a `Moment`.
public struct SystemClock: Sendable {
    private let origin: ContinuousClock.Instant

    /// Its instants count from now.
    public init() {
        origin = ContinuousClock.now
    }

    public func now() -> Instant {
        .zero + origin.duration(to: ContinuousClock.now)
    }

    /// Both clocks at once.
    public func moment() -> Moment {
        Moment(instant: now(), unixMilliseconds: Self.unixMilliseconds())
    }

    public static func unixMilliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
