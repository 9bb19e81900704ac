import NIOCore
import NIOPosix
import Synchronization
import Telemetry
import Testing

@testable import LoadDriver

@Suite struct LoadTallyTests {
    @Test func percentilesAndRateCountSuccessesOnly() throws {
        var tally = LoadTally()
        for milliseconds in 1...100 { tally.record(.succeeded(latency: .milliseconds(milliseconds))) }
        for _ in 0..<900 { tally.record(.failed("closed")) }
        tally.elapsed = .seconds(2)
        #expect(tally.attempted == 1_000)
        #expect(tally.rate == 50)
        let median = try #require(tally.latencyMilliseconds(percentile: 50))
        let longest = try #require(tally.latencyMilliseconds(percentile: 100))
        #expect(abs(median - 50) < 0.1)
        #expect(abs(longest - 100) < 0.2)
    }

    @Test func sumOfTwoMeasurementsIsAsIfOneHadFollowedTheOther() throws {
        var first = LoadTally()
        first.record(.succeeded(latency: .milliseconds(1)))
        first.record(.failed("busy"))
        first.elapsed = .seconds(1)
        var second = LoadTally()
        second.record(.succeeded(latency: .milliseconds(3)))
        second.record(.failed("busy"))
        second.elapsed = .seconds(3)
        first.add(second)
        #expect(first.succeeded == 2)
        #expect(first.failures == ["busy": 2])
        #expect(first.rate == 0.5)
        let longest = try #require(first.latencyMilliseconds(percentile: 100))
        #expect(abs(longest - 3) < 0.01)
    }

    @Test func answersAreCountedApartAndOnlyWhereTold() throws {
        var tally = LoadTally()
        tally.record(.succeeded(latency: .milliseconds(9)))
        #expect(tally.answerMilliseconds(percentile: 50) == nil)
        #expect(Measurement(tally, warmUp: LoadTally()).answerMs == nil)
        var told = LoadTally()
        told.record(.succeeded(latency: .milliseconds(9), answer: .milliseconds(2)))
        tally.add(told)
        let answers = try #require(Measurement(tally, warmUp: LoadTally()).answerMs)
        #expect(abs(try #require(answers.max) - 2) < 0.01)
        #expect(tally.succeeded == 2)
    }

    @Test func reasonsAreBoundedAndNoneIsLost() {
        var tally = LoadTally()
        for number in 0..<1_000 { tally.record(.failed("reason \(number)")) }
        #expect(tally.failures.count == LoadDefaults.maxReasons + 1)
        #expect(tally.failures.values.reduce(0, +) == 1_000)
    }

    @Test func nothingMeasuredIsNotZero() {
        #expect(LoadTally().latencyMilliseconds(percentile: 50) == nil)
        #expect(LoadTally().rate == 0)
    }
}

@Suite(.timeLimit(.minutes(1))) struct ClosedLoopTests {
    @Test(arguments: [1, 7, 50, 200])
    func keepsExactlyTheGivenNumberUnderWay(limit: Int) async {
        struct State {
            var started = 0
            var waiting: [@Sendable (LoadOutcome) -> Void] = []
        }
        let state = Mutex(State())
        // Every operation waits until as many as may be under way are, or the last has started.
        let tally = await ClosedLoop.run(total: 100, inFlight: limit, clock: SystemClock()) { end in
            let ready = state.withLock { state in
                state.started += 1
                state.waiting.append(end)
                guard state.waiting.count == min(limit, 100) || state.started == 100 else {
                    return [] as [@Sendable (LoadOutcome) -> Void]
                }
                defer { state.waiting = [] }
                return state.waiting
            }
            for end in ready { end(.succeeded(latency: .milliseconds(1))) }
        }
        #expect(tally.succeeded == 100)
        #expect(state.withLock(\.started) == 100)
    }

    @Test func operationsThatEndAtOnceDoNotDeepenTheStack() async {
        let tally = await ClosedLoop.run(total: 200_000, inFlight: 3, clock: SystemClock()) { end in
            end(.failed("at once"))
        }
        #expect(tally.failed == 200_000)
    }

    @Test func operationsMayEndOnAnyThread() async {
        final class Gauge: Sendable {
            let underWay = Atomic<Int>(0)
            let most = Atomic<Int>(0)
        }
        let gauge = Gauge()
        let tally = await ClosedLoop.run(total: 5_000, inFlight: 16, clock: SystemClock()) { end in
            gauge.most.max(gauge.underWay.add(1, ordering: .relaxed).newValue, ordering: .relaxed)
            Task.detached {
                gauge.underWay.subtract(1, ordering: .relaxed)
                end(.succeeded(latency: .zero))
            }
        }
        #expect(tally.succeeded == 5_000)
        #expect(gauge.most.load(ordering: .relaxed) <= 16)
    }

    private final class Gauge: Sendable {
        let state = Mutex((now: 0, most: 0))
    }

    @Test func eventLoopsKeepTheirShares() async {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 3)
        let loops = Array(group.makeIterator())
        let underWay = loops.map { _ in Gauge() }
        let tally = await ClosedLoop.run(total: 3_000, inFlight: 7, on: group, clock: SystemClock()) { loop, end in
            guard let index = loops.firstIndex(where: { $0 === loop }) else { return end(.failed("a strange loop")) }
            underWay[index].state.withLock { gauge in
                gauge.now += 1
                gauge.most = max(gauge.most, gauge.now)
            }
            loop.execute {
                underWay[index].state.withLock { $0.now -= 1 }
                end(.succeeded(latency: .zero))
            }
        }
        #expect(tally.succeeded == 3_000)
        for (gauge, share) in zip(underWay, [3, 2, 2]) { #expect(gauge.state.withLock(\.most) <= share) }
        try? await group.shutdownGracefully()
    }

    @Test func nothingToDoEndsAtOnce() async {
        let tally = await ClosedLoop.run(total: 0, inFlight: 1, clock: SystemClock()) { _ in
            Issue.record("started an operation")
        }
        #expect(tally.attempted == 0)
    }
}

@Suite struct ReportTests {
    @Test func columnsAreAsWideAsTheirLongestCell() {
        var table = TextTable(heading: ["name", "n"])
        table.add(["a", "1,000"])
        #expect(table.text == "name      n\na     1,000")
    }

    @Test(arguments: [
        (0, 0, "0"), (999.6, 0, "1,000"), (1_234_567, 0, "1,234,567"), (3.14159, 2, "3.14"), (0.999, 2, "1.00"),
        (-0.001, 2, "0.00"), (-12.5, 1, "-12.5"), (1_000.05, 3, "1,000.050"), (.nan, 1, "-"),
    ])
    func figuresAreRounded(value: Double, places: Int, text: String) {
        #expect(Figure.fixed(value, places: places) == text)
    }

    @Test func failuresOfTheWarmUpAreNotHidden() {
        var warmUp = LoadTally()
        warmUp.record(.failed("closed"))
        var tally = LoadTally()
        tally.record(.succeeded(latency: .milliseconds(1)))
        tally.elapsed = .seconds(1)
        let side = MeasuredSide(rounds: [MeasuredRound(tally: tally, time: (nil, nil))], warmUp: warmUp)
        let quiet = MachineNoise(stealShare: nil, othersShare: nil, roundSpread: nil)
        let nothing = MeasuredSide(rounds: [], warmUp: LoadTally())
        let level = JoinLoadReport.Level(inFlight: 1, joins: side, bare: nothing, noise: quiet)
        let report = JoinLoadReport(target: "ws://test", levels: [level])
        #expect(report.failed == 1)
        #expect(report.table.contains("FAILED: 1 in flight, joins: 1 operations, 1 of them in the warm-up"))
        #expect(report.table.contains("1 times: closed"))
    }

    @Test func roundsShareTheTotal() {
        #expect(Shares.of(10, among: 3) == [4, 3, 3])
        #expect(Shares.of(2, among: 3) == [1, 1])
    }
}
