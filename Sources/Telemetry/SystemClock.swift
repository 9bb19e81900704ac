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
    #if os(Linux)
        /// Goes on while the machine sleeps, as `ContinuousClock` does, whose 128-bit arithmetic every event would pay for.
        private static let monotonic = CLOCK_BOOTTIME
    #else
        private static let monotonic = CLOCK_MONOTONIC
    #endif

    /// Nanoseconds.
    private let origin: Int64

    /// Its instants count from now.
    public init() {
        origin = Self.nanoseconds()
    }

    public func now() -> Instant {
        Instant(nanoseconds: Self.nanoseconds() - origin)
    }

    private static func nanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(monotonic, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
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
