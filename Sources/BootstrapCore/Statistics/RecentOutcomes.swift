public import Timekeeping

/// The attempts to connect of the last hour, in memory that does not grow with them: counts of its minutes, the current one
/// included.
public struct RecentOutcomes: Sendable, Equatable {
    /// What happened within the window.
    public struct Sums: Sendable, Equatable {
        public fileprivate(set) var attempts = OutcomeTotals.Attempts()
        public fileprivate(set) var failureReasons: [FailureReason: Int] = [:]
    }

    private struct Minute: Sendable, Equatable {
        /// Since the origin of the clock.
        var number: Int64
        var sums = Sums()
    }

    /// At most `StatisticsDefaults.recentBuckets`, oldest first.
    private var minutes: [Minute] = []

    public init() {}

    /// - Parameter failure: nil for a success.
    mutating func count(failure: FailureReason?, at now: Instant) {
        let number = Self.minute(of: now)
        minutes.removeAll { !Self.isRecent($0, number) }
        if minutes.last?.number != number { minutes.append(Minute(number: number)) }
        let last = minutes.count - 1
        minutes[last].sums.attempts.count(failure == nil)
        if let failure { minutes[last].sums.failureReasons[failure, default: 0] += 1 }
    }

    public func sums(at now: Instant) -> Sums {
        let number = Self.minute(of: now)
        var total = Sums()
        for minute in minutes where Self.isRecent(minute, number) {
            total.attempts.attempts += minute.sums.attempts.attempts
            total.attempts.successes += minute.sums.attempts.successes
            total.failureReasons.merge(minute.sums.failureReasons, uniquingKeysWith: +)
        }
        return total
    }

    private static func minute(of now: Instant) -> Int64 {
        now.nanoseconds / StatisticsDefaults.recentBucket.wholeNanoseconds
    }

    private static func isRecent(_ minute: Minute, _ now: Int64) -> Bool {
        minute.number <= now && now - minute.number < Int64(StatisticsDefaults.recentBuckets)
    }
}
