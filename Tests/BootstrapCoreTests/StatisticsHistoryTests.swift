import BootstrapCore
import Kademlia
import Testing
import Timekeeping
import WireMessages

/// How the adoption of IPv6 is followed over hours, days and weeks.
@Suite struct StatisticsHistoryTests {
    private static let start: Int64 = 1_790_000_000_000
    private static let hour: Int64 = 3_600_000

    private func moment(hours: Double) -> Moment {
        let time = Duration.seconds(3_600 * hours)
        return Moment(instant: .zero + time, unixMilliseconds: Self.start + time.wholeMilliseconds)
    }

    private func profiled(_ statistics: inout PeerStatistics, _ node: NodeID, ipv6: Bool, hours: Double) {
        let profile: RawJSON =
            ipv6
            ? #"{"hasIPv6":true,"platform":"linux","browser":"firefox"}"# : #"{"platform":"android","isMobile":true}"#
        statistics.profiled(
            ProfileUpdate(nodeID: .node(node), connectionProfile: profile),
            by: node,
            at: moment(hours: hours)
        )
    }

    @Test func everyHourIsNotedWhetherAnythingHappensOrNot() {
        var statistics = PeerStatistics()
        profiled(&statistics, 1, ipv6: true, hours: 0)
        #expect(statistics.report(at: moment(hours: 0.9)).history.hourly.isEmpty)
        profiled(&statistics, 2, ipv6: false, hours: 2.5)
        let history = statistics.report(at: moment(hours: 3)).history
        #expect(history.hourly.map(\.unixMilliseconds) == (1...3).map { Self.start + Self.hour * $0 })
        #expect(history.hourly.map(\.totals.all.percentage) == [100, 100, 50])
        #expect(history.daily.map(\.unixMilliseconds) == [Self.start + Self.hour])
        #expect(history.weekly.count == 1)
        #expect(statistics.report(at: moment(hours: 3)).history == history, "asking changes nothing")
    }

    @Test func nothingIsNotedWhileNobodyIsHere() {
        var statistics = PeerStatistics()
        profiled(&statistics, 1, ipv6: true, hours: 0)
        statistics.left(1, at: moment(hours: 1.5))
        profiled(&statistics, 2, ipv6: false, hours: 30.5)
        let history = statistics.report(at: moment(hours: 31)).history
        #expect(history.hourly.map(\.unixMilliseconds) == [1, 31].map { Self.start + Self.hour * $0 })
        #expect(history.daily.map(\.unixMilliseconds) == [1, 31].map { Self.start + Self.hour * $0 })
    }

    @Test func listsHaveAnEnd() {
        var statistics = PeerStatistics()
        profiled(&statistics, 1, ipv6: true, hours: 0)
        for (hours, hourly, daily, weekly) in [
            (100.0, 24, 5, 1), (24.0 * 7 + 1, 24, 8, 2), (24.0 * 365, 24, 30, 12), (24.0 * 36_500, 24, 30, 12),
        ] {
            let history = statistics.report(at: moment(hours: hours)).history
            #expect(history.hourly.count == hourly, "\(hours)")
            #expect(history.daily.count == daily, "\(hours)")
            #expect(history.weekly.count == weekly, "\(hours)")
            #expect(history.hourly.last?.unixMilliseconds == Self.start + Self.hour * Int64(hours))
        }
    }

    @Test func trendHasDirectionRangeAndLine() throws {
        var statistics = PeerStatistics()
        for node in 1...4 {
            profiled(&statistics, NodeID(high: 0, middle: 0, low: UInt32(node)), ipv6: false, hours: 0)
        }
        for node in 1...4 {
            profiled(&statistics, NodeID(high: 0, middle: 0, low: UInt32(node)), ipv6: true, hours: Double(node) + 0.5)
        }
        let history = statistics.report(at: moment(hours: 5)).history
        let trend = try #require(AdoptionTrend(history.hourly))
        #expect(trend.count == 5)
        #expect([trend.first.percentage, trend.last.percentage] == [0, 100])
        #expect(trend.change == 100)
        #expect(trend.direction == .increasing)
        #expect([trend.minimum, trend.average, trend.maximum] == [0, 50, 100])
        #expect(trend.line.slope == 25)
        #expect(trend.line.intercept == 0)
        #expect(trend.line.fit == 1)
        #expect(abs(trend.changePerDay - 600) < 0.001)
        let firefox = try #require(AdoptionTrend(history.hourly) { $0.byBrowser[.firefox] })
        #expect(firefox.count == 4, "hours with nobody of that kind say nothing")
        #expect(firefox.change == 0)
        #expect(firefox.averageSampleSize == 3)
        #expect(AdoptionTrend(history.daily) == nil)
    }

    @Test func flatTrendIsStableAndFitsNoLine() throws {
        var statistics = PeerStatistics()
        profiled(&statistics, 1, ipv6: true, hours: 0)
        let trend = try #require(AdoptionTrend(statistics.report(at: moment(hours: 3)).history.hourly))
        #expect(trend.direction == .stable)
        #expect(trend.line.slope == 0)
        #expect(trend.line.fit == 0)
    }

    @Test func insightsSayWhatTheNumbersMean() {
        var statistics = PeerStatistics()
        #expect(statistics.report(at: moment(hours: 0)).insights.isEmpty)
        profiled(&statistics, 1, ipv6: false, hours: 0)
        profiled(&statistics, 2, ipv6: true, hours: 0)
        let kinds = statistics.report(at: moment(hours: 0)).insights.map { [$0.kind.rawValue, $0.subject.rawValue] }
        #expect(kinds == [["positive", "adoption"], ["info", "platform"]])
        profiled(&statistics, 2, ipv6: false, hours: 24 * 8)
        let later = statistics.report(at: moment(hours: 24 * 9)).insights
        #expect(later.map(\.kind) == [.warning])
        #expect(later.first?.message.contains("50 percentage points") == true)
    }
}
