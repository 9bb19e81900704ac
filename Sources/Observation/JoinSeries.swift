public import DequeModule

/// What was observed of the joins up to now, since the start of the process.
public struct JoinTotals: Sendable, Equatable {
    public var counts = JoinCounts()
    public var unhelped = UnhelpedCounts()
    /// From a question's arrival to its answer, of those that were answered with a helper or with peers to dial.
    public var answerTimes = DurationHistogram()

    public init() {}
}

/// One interval of a series.
public struct JoinSample: Sendable, Equatable {
    /// When it began: Unix time in milliseconds, a multiple of its length.
    public var start: Int64
    public var counts = JoinCounts()
    public var answerTimes = DurationHistogram()
    public var unhelped = UnhelpedCounts()
    /// Highest number of questions at the bridges.
    public var inFlight = 0
    /// Highest number of questions that waited for a place.
    public var waiting = 0

    public init(start: Int64) {
        self.start = start
    }

    mutating func add(_ other: JoinSample) {
        counts = counts + other.counts
        answerTimes.add(other.answerTimes)
        unhelped = unhelped + other.unhelped
        inFlight = max(inFlight, other.inFlight)
        waiting = max(waiting, other.waiting)
    }
}

/// How joins went over time: second by second for five minutes, minute by minute for three hours.
///
/// Fed with totals once a second. Intervals have no holes: a second in which nothing was heard, as when the machine stood
/// still, is one in which nothing happened, and what happened in it counts in the next.
public struct JoinSeries: Sendable {
    public static let maxSeconds = 300
    public static let maxMinutes = 180

    /// Those that are over, oldest first.
    public private(set) var seconds: Deque<JoinSample> = []
    public private(set) var minutes: Deque<JoinSample> = []
    /// The minute that is not over yet.
    private var minute: JoinSample?
    private var last: JoinTotals
    /// When the second begins that is under way.
    private var second: Int64

    /// - Parameter unixMilliseconds: now.
    public init(startingAt unixMilliseconds: Int64, from totals: JoinTotals = JoinTotals()) {
        second = Self.start(of: 1_000, at: unixMilliseconds)
        last = totals
    }

    /// Ends all seconds that are over.
    ///
    /// - Parameters:
    ///   - inFlight: the most that there were at a time since the call before this one.
    ///   - waiting: likewise.
    public mutating func advance(
        to unixMilliseconds: Int64,
        _ totals: JoinTotals,
        inFlight: Int,
        waiting: Int
    ) {
        let current = Self.start(of: 1_000, at: unixMilliseconds)
        // The wall clock may be set back, and forward by years.
        guard current > second else {
            if second - current > 60_000 { restart(at: current) }
            return
        }
        if current - second > Int64(Self.maxMinutes) * 60_000 { restart(at: current - 1_000) }
        while second < current - 1_000 { finish(JoinSample(start: second)) }
        var sample = JoinSample(start: second)
        sample.counts = totals.counts - last.counts
        sample.answerTimes = totals.answerTimes.difference(from: last.answerTimes)
        sample.unhelped = totals.unhelped - last.unhelped
        sample.inFlight = inFlight
        sample.waiting = waiting
        finish(sample)
        last = totals
    }

    /// Why newcomers got no helper in the last so many minutes, the one under way included.
    public func unhelped(inLastMinutes count: Int) -> UnhelpedCounts {
        let past = minutes.suffix(max(0, count - 1)).reduce(UnhelpedCounts()) { $0 + $1.unhelped }
        return minute.map { past + $0.unhelped } ?? past
    }

    private mutating func restart(at start: Int64) {
        seconds = []
        minutes = []
        minute = nil
        second = start
    }

    private mutating func finish(_ sample: JoinSample) {
        second = sample.start + 1_000
        seconds.append(sample)
        if seconds.count > Self.maxSeconds { seconds.removeFirst() }
        var minute = self.minute ?? JoinSample(start: Self.start(of: 60_000, at: sample.start))
        minute.add(sample)
        guard second % 60_000 == 0 else {
            self.minute = minute
            return
        }
        self.minute = nil
        minutes.append(minute)
        if minutes.count > Self.maxMinutes { minutes.removeFirst() }
    }

    private static func start(of interval: Int64, at unixMilliseconds: Int64) -> Int64 {
        unixMilliseconds - unixMilliseconds % interval
    }
}
