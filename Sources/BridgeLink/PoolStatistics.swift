public import Histogram
import LinkCore
public import Observation
import Timekeeping

/// What the shell measures of the pool's work, since start.
public struct PoolStatistics: Sendable {
    /// From acceptance to the end, of requests that a bridge answered with a helper, in microseconds.
    public private(set) var answerTimes = Self.times()
    /// The same of those that ended otherwise.
    public private(set) var failureTimes = Self.times()
    /// From acceptance to the first bridge, in microseconds.
    public private(set) var queueTimes = Self.times()
    /// The first and the last of these, as they can be added up over servers and time.
    public private(set) var answerDurations = DurationHistogram()
    public private(set) var queueDurations = DurationHistogram()
    /// Requests in flight at the moment one more was sent.
    public private(set) var concurrency = Histogram<UInt32>(
        highestTrackableValue: 16_384,
        numberOfSignificantValueDigits: .two
    )
    /// The most that were in flight, and that waited, at a time, since somebody asked last.
    var peakInFlight = 0
    var peakWaiting = 0
    /// Messages that are none of the protocol's.
    public var unreadableMessages = 0
    /// Answers to ids that are not of our making.
    public var unknownAnswers = 0
    /// Links closed because the bridge talked too much.
    public var floods = 0
    /// Bridges told what became of a helper that they named.
    public var outcomesSent = 0
    /// The same, of bridges that had no link for it: it is never kept for later.
    public var outcomesDropped = 0

    public init() {}

    /// Two digits of a minute in microseconds: 1 % is what an operator can act on, at some kilobytes each.
    private static func times() -> Histogram<UInt32> {
        Histogram<UInt32>(highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: .two)
    }

    mutating func requestSent(inFlight: Int) {
        concurrency.record(UInt64(max(0, min(inFlight, 16_000))))
        peakInFlight = max(peakInFlight, inFlight)
    }

    mutating func requestEnded(total: Duration, queued: Duration, _ wasAnswered: Bool) {
        let microseconds = Self.microseconds(total)
        if wasAnswered {
            answerTimes.record(microseconds)
            answerDurations.record(microseconds: Int(microseconds))
        } else {
            failureTimes.record(microseconds)
        }
        queueTimes.record(Self.microseconds(queued))
        queueDurations.record(microseconds: Int(Self.microseconds(queued)))
    }

    private static func microseconds(_ duration: Duration) -> UInt64 {
        UInt64(max(0, min(duration.wholeNanoseconds / 1_000, 59_000_000)))
    }
}
