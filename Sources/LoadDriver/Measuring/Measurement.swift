/// One measurement in figures. Latencies are of successful operations only; the rate counts only those.
package struct Measurement: Sendable, Encodable {
    package var attempted: Int
    package var succeeded: Int
    package var failed: Int
    /// Operations of the warm-up that failed; the warm-up counts nowhere else.
    package var warmUpFailed: Int
    package var seconds: Double
    package var perSecond: Double
    package var latencyMs: Latency
    /// From the first words on an open connection to the last answer; nil (and not in JSON) where no connection was opened.
    package var answerMs: Latency?
    /// How often each reason occurred, the warm-up included.
    package var failures: [String: Int]

    package struct Latency: Sendable, Encodable {
        package var p50: Double?
        package var p90: Double?
        package var p99: Double?
        package var max: Double?

        init(_ percentile: (Double) -> Double?) {
            (p50, p90, p99, max) = (percentile(50), percentile(90), percentile(99), percentile(100))
        }

        /// For people.
        var text: String {
            let figures = zip(["p50", "p90", "p99", "max"], [p50, p90, p99, max])
            return figures.map { "\($0) \(Figure.milliseconds($1))" }.joined(separator: ", ") + " ms"
        }
    }

    package init(_ tally: LoadTally, warmUp: LoadTally) {
        attempted = tally.attempted
        succeeded = tally.succeeded
        failed = tally.failed
        warmUpFailed = warmUp.failed
        seconds = tally.elapsed / .seconds(1)
        perSecond = tally.rate
        latencyMs = Latency(tally.latencyMilliseconds(percentile:))
        let answers = Latency(tally.answerMilliseconds(percentile:))
        answerMs = answers.max.map { _ in answers }
        failures = tally.failures.merging(warmUp.failures, uniquingKeysWith: +)
    }

    package var failedInAll: Int { failed + warmUpFailed }
}

extension Measurement {
    static let heading = ["per second", "p50 ms", "p90 ms", "p99 ms", "max ms", "done", "failed"]

    var cells: [String] {
        [Figure.fixed(perSecond, places: 0)]
            + [latencyMs.p50, latencyMs.p90, latencyMs.p99, latencyMs.max].map(Figure.milliseconds)
            + [Figure.grouped(succeeded), Figure.grouped(failedInAll)]
    }

    func failureLines(of name: String) -> [String] {
        guard failedInAll > 0 else { return [] }
        let warmUp = warmUpFailed > 0 ? ", \(Figure.grouped(warmUpFailed)) of them in the warm-up" : ""
        return ["FAILED: \(name): \(Figure.grouped(failedInAll)) operations\(warmUp)"]
            + Failures.lines(failures)
    }
}
