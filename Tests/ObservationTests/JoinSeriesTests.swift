import Observation
import Testing

@Suite struct JoinSeriesTests {
    private static let start: Int64 = 1_700_000_040_000  // a whole minute

    private func totals(_ asked: Int, took microseconds: [Int] = []) -> JoinTotals {
        var totals = JoinTotals()
        totals.counts.asked = asked
        for duration in microseconds { totals.answerTimes.record(microseconds: duration) }
        return totals
    }

    @Test func secondHoldsWhatGrewInIt() {
        var series = JoinSeries(startingAt: Self.start + 300)
        series.advance(to: Self.start + 900, totals(2), inFlight: 1, waiting: 0)
        #expect(series.seconds.isEmpty, "it is not over")
        series.advance(to: Self.start + 1_010, totals(3, took: [5_000]), inFlight: 4, waiting: 2)
        series.advance(to: Self.start + 2_010, totals(10, took: [5_000, 7_000, 7_000]), inFlight: 1, waiting: 0)
        #expect(series.seconds.map(\.counts.asked) == [3, 7])
        #expect(series.seconds.map(\.answerTimes.count) == [1, 2])
        #expect(series.seconds.map(\.inFlight) == [4, 1])
        #expect(series.seconds.map(\.waiting) == [2, 0])
        #expect(series.seconds.map(\.start) == [Self.start, Self.start + 1_000])
    }

    @Test func secondsWithoutWordAreEmptyAndWithoutHoles() {
        var series = JoinSeries(startingAt: Self.start)
        series.advance(to: Self.start + 4_010, totals(5), inFlight: 0, waiting: 0)
        #expect(series.seconds.map(\.counts.asked) == [0, 0, 0, 5])
    }

    @Test func minutesAreMadeOfAllTheirAnswers() {
        var series = JoinSeries(startingAt: Self.start)
        var sum = totals(0)
        for second in 1...120 {
            sum.counts.asked += 1
            // One slow answer in a minute of fast ones is no p90 of it, though it is one of its second.
            sum.answerTimes.record(microseconds: second % 60 == 30 ? 900_000 : 1_000)
            series.advance(to: Self.start + Int64(second) * 1_000, sum, inFlight: second, waiting: 0)
        }
        #expect(series.minutes.map(\.counts.asked) == [60, 60])
        #expect(series.minutes.map(\.inFlight) == [60, 120])
        #expect(series.minutes.map(\.start) == [Self.start, Self.start + 60_000])
        let p90 = series.minutes.first?.answerTimes.quantile(0.9) ?? 0
        #expect(p90 < 1_200)
    }

    @Test func historiesAreBounded() {
        var series = JoinSeries(startingAt: Self.start)
        for second in 1...(JoinSeries.maxMinutes + 5) * 60 {
            series.advance(to: Self.start + Int64(second) * 1_000, totals(second), inFlight: 0, waiting: 0)
        }
        #expect(series.seconds.count == JoinSeries.maxSeconds)
        #expect(series.minutes.count == JoinSeries.maxMinutes)
        #expect(series.minutes.allSatisfy { $0.counts.asked == 60 })
    }

    @Test func clockThatIsSetBackOrFarForwardBeginsAnew() {
        var series = JoinSeries(startingAt: Self.start)
        series.advance(to: Self.start + 5_000, totals(5), inFlight: 0, waiting: 0)
        series.advance(to: Self.start - 3_600_000, totals(6), inFlight: 0, waiting: 0)
        series.advance(to: Self.start - 3_600_000 + 1_000, totals(9), inFlight: 0, waiting: 0)
        #expect(series.seconds.count == 1)
        series.advance(to: Self.start + 10_000_000_000, totals(20), inFlight: 0, waiting: 0)
        #expect(series.seconds.map(\.counts.asked) == [11])
    }

    @Test func reasonsAreCountedByMinutes() {
        var series = JoinSeries(startingAt: Self.start)
        var sum = JoinTotals()
        for second in 1...3_700 {
            if second == 10 || second == 3_650 { sum.unhelped[.busy] += 1 }
            series.advance(to: Self.start + Int64(second) * 1_000, sum, inFlight: 0, waiting: 0)
        }
        #expect(series.unhelped(inLastMinutes: 5)[.busy] == 1)
        #expect(series.unhelped(inLastMinutes: 60)[.busy] == 1, "the first is more than an hour ago")
        #expect(series.unhelped(inLastMinutes: 90)[.busy] == 2)
    }
}
