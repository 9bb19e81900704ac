import Synchronization
package import Timekeeping

/// Lets a line through once a second for each reason, and counts the others for the next one: what strangers can bring about a
/// thousand times a second must not fill a log.
package final class LogThrottle: Sendable {
    private static let pace = Duration.seconds(1)
    /// Reasons are our own words. Should one come from outside after all, this bounds them.
    private static let maxReasons = 64

    /// When each was last let through, and how often it was not since.
    private let told = Mutex<[String: (at: Instant, untold: Int)]>([:])

    package init() {}

    /// How many there were of it with this one since the last line; nil if there is to be none now.
    package func count(_ reason: String, at now: Instant) -> Int? {
        told.withLock { told in
            if let last = told[reason], now - last.at < Self.pace {
                told[reason]?.untold += 1
                return nil
            }
            let untold = told[reason]?.untold ?? 0
            if told.count >= Self.maxReasons { told = [:] }
            told[reason] = (now, 0)
            return untold + 1
        }
    }
}
