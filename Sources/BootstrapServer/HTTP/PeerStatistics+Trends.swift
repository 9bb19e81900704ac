import BootstrapCore
import FoundationEssentials
import Timekeeping
import WireMessages

extension PeerStatistics.Report {
    /// `ipv6Trends`, key by key as existing servers write it.
    func writeTrends(to body: inout JSONWriter, at now: Moment) {
        body.beginObject()
        body.member("timestamp", now.unixMilliseconds)
        body.member("timestampISO", Self.iso(now.unixMilliseconds))
        body.key("current")
        writeCurrent(to: &body)
        body.key("shortTerm")
        Self.write(history.hourly, over: "24 hours", to: &body)
        body.key("mediumTerm")
        Self.write(history.daily, over: "30 days", to: &body)
        body.key("longTerm")
        Self.write(history.weekly, over: "12 weeks", to: &body)
        body.key("platformTrends")
        writeTrends(ConnectionProfile.Category.allCases, to: &body) { $0.byCategory[$1] }
        body.key("browserTrends")
        writeTrends(ConnectionProfile.Browser.allCases, to: &body) { $0.byBrowser[$1] }
        body.key("insights")
        writeInsights(to: &body)
        body.key("snapshots")
        body.beginObject()
        for (name, snapshots) in ["hourly": history.hourly, "daily": history.daily, "weekly": history.weekly]
            as KeyValuePairs<StaticString, [AdoptionHistory.Snapshot]>
        {
            body.key(name)
            body.beginArray()
            for snapshot in snapshots { Self.write(snapshot, to: &body) }
            body.endArray()
        }
        body.endObject()
        body.endObject()
    }

    private static func iso(_ unixMilliseconds: Int64) -> String {
        Date.ISO8601FormatStyle(includingFractionalSeconds: true)
            .format(Date(timeIntervalSince1970: Double(unixMilliseconds) / 1_000))
    }

    private func writeCurrent(to body: inout JSONWriter) {
        body.beginObject()
        Self.writeShares(profiles, to: &body)
        body.member("needsRelay", Int64(profiles.needsRelay))
        body.member("needsRelayPercentage", Int64(profiles.needsRelayPercentage))
        // As in existing servers, what would be empty is left out.
        if profiles.all.total > 0 {
            body.key("byCategory")
            profiles.byCategory.write(to: &body)
            body.key("byBrowser")
            profiles.byBrowser.write(to: &body)
            body.key("byPlatform")
            profiles.byPlatform.write(to: &body)
        }
        body.endObject()
    }

    private static func writeShares(_ totals: ProfileTotals, to body: inout JSONWriter) {
        body.member("totalPeers", Int64(totals.all.total))
        body.member("ipv6Capable", Int64(totals.all.capable))
        body.member("ipv6Percentage", Int64(totals.all.percentage))
    }

    private static func write(_ snapshot: AdoptionHistory.Snapshot, to body: inout JSONWriter) {
        let totals = snapshot.totals
        body.beginObject()
        body.member("timestamp", snapshot.unixMilliseconds)
        body.member("timestampISO", iso(snapshot.unixMilliseconds))
        writeShares(totals, to: &body)
        body.key("byCategory")
        totals.byCategory.write(to: &body)
        body.key("byBrowser")
        totals.byBrowser.write(to: &body)
        body.key("natTypes")
        totals.writeNATTypes(to: &body)
        body.member("needsRelay", Int64(totals.needsRelay))
        body.member("needsRelayPercentage", Int64(totals.needsRelayPercentage))
        body.endObject()
    }

    private static func write(
        _ snapshots: [AdoptionHistory.Snapshot],
        over period: String,
        to body: inout JSONWriter
    ) {
        body.beginObject()
        body.member("period", period)
        body.member("dataPoints", Int64(snapshots.count))
        if let trend = AdoptionTrend(snapshots) {
            write(trend, to: &body)
        } else {
            body.member("trend", "insufficient_data")
            body.member("direction", "unknown")
            body.member("changePercentagePoints", Int64(0))
            body.member("changeRate", Int64(0))
            for key in ["startValue", "endValue", "minValue", "maxValue", "avgValue"] as [StaticString] {
                body.key(key)
                body.null()
            }
        }
        body.endObject()
    }

    private static func write(_ trend: AdoptionTrend, to body: inout JSONWriter) {
        let strength =
            switch trend.direction {
            case .increasing: trend.change > 5 ? "strong_increase" : "moderate_increase"
            case .decreasing: trend.change < -5 ? "strong_decrease" : "moderate_decrease"
            case .stable: "stable"
            }
        body.member("trend", strength)
        body.member("direction", trend.direction.rawValue)
        body.member("changePercentagePoints", Int64(trend.change))
        body.key("changeRate")
        body.decimal(trend.changePerDay, places: 2)
        body.member("startValue", Int64(trend.first.percentage))
        body.member("endValue", Int64(trend.last.percentage))
        body.member("startTimestamp", trend.first.unixMilliseconds)
        body.member("endTimestamp", trend.last.unixMilliseconds)
        body.member("minValue", Int64(trend.minimum))
        body.member("maxValue", Int64(trend.maximum))
        body.member("avgValue", Int64(trend.average))
        body.key("regression")
        body.beginObject()
        body.key("slope")
        body.decimal(trend.line.slope, places: 3)
        body.key("intercept")
        body.decimal(trend.line.intercept, places: 2)
        body.key("r2")
        body.decimal(trend.line.fit, places: 3)
        body.endObject()
    }

    /// Of each kind of client the trend over the days, where it has one.
    private func writeTrends<Kind: RawRepresentable<String>>(
        _ kinds: [Kind],
        to body: inout JSONWriter,
        adoption: (ProfileTotals, Kind) -> ProfileTotals.Adoption?
    ) {
        body.beginObject()
        for kind in kinds {
            guard let trend = AdoptionTrend(history.daily, of: { adoption($0, kind) }) else { continue }
            body.key(kind.rawValue)
            body.beginObject()
            body.member("dataPoints", Int64(trend.count))
            body.member("startValue", Int64(trend.first.percentage))
            body.member("endValue", Int64(trend.last.percentage))
            body.member("changePercentagePoints", Int64(trend.change))
            body.member("direction", trend.direction.rawValue)
            body.member("avgSampleSize", Int64(trend.averageSampleSize))
            body.endObject()
        }
        body.endObject()
    }

    private func writeInsights(to body: inout JSONWriter) {
        body.beginArray()
        for insight in insights {
            body.beginObject()
            body.member("type", insight.kind.rawValue)
            body.member("category", insight.subject.rawValue)
            body.member("message", insight.message)
            body.member("recommendation", insight.recommendation)
            body.endObject()
        }
        body.endArray()
    }
}
