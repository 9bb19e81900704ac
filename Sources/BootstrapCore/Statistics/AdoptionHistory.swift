import Timekeeping

/// How the adoption of IPv6 went on: the totals of the profiles, noted every hour, day and week, a fixed number of each.
///
/// A value has no timer, so the notes that were due are made up when something happens next. Nothing happened in between, so
/// they say what a timer would have noted.
public struct AdoptionHistory: Sendable, Equatable {
    public struct Snapshot: Sendable, Equatable {
        public var unixMilliseconds: Int64
        public var totals: ProfileTotals
    }

    /// Oldest first, as the others.
    public private(set) var hourly: [Snapshot] = []
    public private(set) var daily: [Snapshot] = []
    public private(set) var weekly: [Snapshot] = []

    /// When the next hour ends; nil before the first event.
    private var due: Instant?
    private var hoursSinceDaily: Int?
    private var hoursSinceWeekly: Int?

    public init() {}

    /// Notes `totals` for every hour that ended up to now. To be called before they change.
    mutating func advance(to now: Moment, _ totals: ProfileTotals) {
        let hour = StatisticsDefaults.snapshotInterval
        guard var next = due else {
            due = now.instant + hour
            return
        }
        guard next <= now.instant else { return }
        // Hours that every list has forgotten again are skipped.
        let kept = StatisticsDefaults.weeklySnapshots * StatisticsDefaults.hoursPerWeek
        let oldest = now.instant - hour * kept
        while next < oldest { next = next + hour * StatisticsDefaults.hoursPerWeek }
        while next <= now.instant {
            let unix = now.unixMilliseconds - (now.instant - next).wholeMilliseconds
            endHour(Snapshot(unixMilliseconds: unix, totals: totals))
            next = next + hour
        }
        due = next
    }

    /// Existing servers note nothing while no client has said anything, and make the first note of each kind together.
    private mutating func endHour(_ snapshot: Snapshot) {
        hoursSinceDaily? += 1
        hoursSinceWeekly? += 1
        guard snapshot.totals.all.total > 0 else { return }
        Self.append(snapshot, to: &hourly, keeping: StatisticsDefaults.hourlySnapshots)
        if hoursSinceDaily.map({ $0 >= StatisticsDefaults.hoursPerDay }) ?? true {
            Self.append(snapshot, to: &daily, keeping: StatisticsDefaults.dailySnapshots)
            hoursSinceDaily = 0
        }
        if hoursSinceWeekly.map({ $0 >= StatisticsDefaults.hoursPerWeek }) ?? true {
            Self.append(snapshot, to: &weekly, keeping: StatisticsDefaults.weeklySnapshots)
            hoursSinceWeekly = 0
        }
    }

    private static func append(_ snapshot: Snapshot, to list: inout [Snapshot], keeping limit: Int) {
        if list.count == limit { list.removeFirst() }
        list.append(snapshot)
    }
}
