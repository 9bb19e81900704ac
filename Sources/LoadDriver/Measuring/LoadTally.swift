import Histogram
import Timekeeping

/// How one operation ended.
package enum LoadOutcome: Sendable, Equatable {
    /// - Parameter answer: the part of the latency from the first words on the open connection to the last answer; nil for an
    ///   operation that opens none.
    case succeeded(latency: Duration, answer: Duration? = nil)
    /// The reason is counted, so it should not hold ids or times.
    case failed(String)
}

/// What the operations of one measurement came to.
package struct LoadTally: Sendable {
    package private(set) var succeeded = 0
    package private(set) var failed = 0
    package private(set) var failures: [String: Int] = [:]
    /// Time in which the operations ran, from the first start to the last end.
    package var elapsed = Duration.zero
    /// Nanoseconds.
    private var latencies = Self.emptyHistogram()
    /// The same from the first words to the last answer; nil while none was told.
    private var answers: Histogram<UInt64>?

    package init() {}

    package var attempted: Int { succeeded + failed }

    /// Successful operations per second.
    package var rate: Double {
        let seconds = elapsed / .seconds(1)
        return seconds > 0 ? Double(succeeded) / seconds : 0
    }

    package mutating func record(_ outcome: LoadOutcome) {
        switch outcome {
        case .succeeded(let latency, let answer):
            succeeded += 1
            _ = latencies.record(Self.nanoseconds(latency))
            guard let answer else { break }
            if answers == nil { answers = Self.emptyHistogram() }
            _ = answers?.record(Self.nanoseconds(answer))
        case .failed(let reason):
            failed += 1
            count(String(reason.prefix(LoadDefaults.maxReasonLength)), 1)
        }
    }

    /// Adds what another measurement came to, as if it had run after this one.
    package mutating func add(_ other: LoadTally) {
        succeeded += other.succeeded
        failed += other.failed
        elapsed += other.elapsed
        latencies.add(other.latencies)
        if let theirs = other.answers {
            answers = answers ?? Self.emptyHistogram()
            answers?.add(theirs)
        }
        for (reason, number) in other.failures.sorted(by: { $0.key < $1.key }) { count(reason, number) }
    }

    /// The latency that `percentile` (0 to 100) of the successful operations did not exceed; nil if none succeeded.
    package func latencyMilliseconds(percentile: Double) -> Double? {
        guard succeeded > 0 else { return nil }
        return Double(latencies.valueAtPercentile(percentile)) / 1e6
    }

    /// The same of the answers alone; nil if none was told.
    package func answerMilliseconds(percentile: Double) -> Double? {
        answers.map { Double($0.valueAtPercentile(percentile)) / 1e6 }
    }

    private static func emptyHistogram() -> Histogram<UInt64> {
        Histogram(numberOfSignificantValueDigits: .three)
    }

    private static func nanoseconds(_ duration: Duration) -> UInt64 {
        UInt64(max(duration.wholeNanoseconds, 0))
    }

    private mutating func count(_ reason: String, _ number: Int) {
        let isKnown = failures[reason] != nil || failures.count < LoadDefaults.maxReasons
        failures[isKnown ? reason : "other reasons", default: 0] += number
    }
}
