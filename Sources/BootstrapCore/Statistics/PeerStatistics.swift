public import Kademlia
public import Timekeeping
public import WireMessages

/// What clients report of their networks and of their attempts to connect: the numbers of `/metrics` and of
/// `connectionProfiles` in `/stats` (protocol.md 6.1.1, 6.1.2).
///
/// Only counts, and a profile for each client that is here. Nothing that a client writes becomes a key.
public struct PeerStatistics: Sendable {
    /// All of it at one moment, without the single profiles.
    public struct Report: Sendable, Equatable {
        /// Of the clients that are here.
        public var profiles = ProfileTotals()
        /// Unix time in milliseconds of the latest profile.
        public var profiledAt: Int64?
        /// Since the start.
        public var outcomes = OutcomeTotals()
        /// Unix time in milliseconds of the latest outcome.
        public var reportedAt: Int64?
        public var recent = RecentOutcomes.Sums()
        public var history = AdoptionHistory()

        public init() {}

        public var insights: [AdoptionInsight] { AdoptionInsight.all(profiles, history) }
    }

    /// Of each client its newest; at most `StatisticsDefaults.maxProfiles`.
    private var profiles: [NodeID: ConnectionProfile] = [:]
    private var totals = ProfileTotals()
    private var profiledAt: Int64?
    private var outcomes = OutcomeTotals()
    private var reportedAt: Int64?
    private var recent = RecentOutcomes()
    private var history = AdoptionHistory()

    public init() {}

    /// A client told of its network. Its earlier profile is forgotten.
    ///
    /// - Parameter node: whom the connection belongs to; what the message says of that is the caller's to check.
    public mutating func profiled(_ update: ProfileUpdate, by node: NodeID, at now: Moment) {
        guard let fields = update.connectionProfile else { return }
        history.advance(to: now, totals)
        let earlier = profiles[node]
        guard earlier != nil || profiles.count < StatisticsDefaults.maxProfiles else { return }
        if let earlier { totals.remove(earlier) }
        let profile = ConnectionProfile(fields)
        profiles[node] = profile
        totals.add(profile)
        profiledAt = now.unixMilliseconds
    }

    public mutating func reported(_ outcome: ConnectionOutcome, at now: Moment) {
        history.advance(to: now, totals)
        outcomes.count(outcome)
        recent.count(
            failure: outcome.success ? nil : FailureReason(reported: outcome.failureReason),
            at: now.instant
        )
        reportedAt = now.unixMilliseconds
    }

    /// The client is gone; what it said of its network counts no more.
    public mutating func left(_ node: NodeID, at now: Moment) {
        guard let profile = profiles.removeValue(forKey: node) else { return }
        history.advance(to: now, totals)
        totals.remove(profile)
    }

    public func report(at now: Moment) -> Report {
        var report = Report()
        report.profiles = totals
        report.profiledAt = profiledAt
        report.outcomes = outcomes
        report.reportedAt = reportedAt
        report.recent = recent.sums(at: now.instant)
        report.history = history
        report.history.advance(to: now, totals)
        return report
    }
}
