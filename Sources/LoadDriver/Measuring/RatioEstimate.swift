#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How two contenders compare, from the rounds in which they took turns. What slows a whole round down cancels out.
package struct RatioEstimate: Sendable, Equatable, Encodable {
    /// The geometric mean of the rounds' ratios.
    package var value: Double
    /// Of the 95 % confidence interval; nil with less than two rounds.
    package var low: Double?
    package var high: Double?
    /// Of the rounds: what is left of the value if one round in a noisy machine was nothing like the others.
    package var median: Double
    package var byRound: [Double]

    package static let method = """
        geometric mean of the ratios of rounds, with the 95 % confidence interval of Student's t on their logarithms
        """

    /// Rounds in which a side has no figure are left out; nil if none is left.
    init?(_ numerators: [Double?], over denominators: [Double?]) {
        byRound = zip(numerators, denominators).compactMap { numerator, denominator in
            guard let numerator, let denominator, numerator > 0, denominator > 0 else { return nil }
            return numerator / denominator
        }
        guard let median = Series.median(byRound) else { return nil }
        self.median = median
        let logarithms = byRound.map { log($0) }
        let count = Double(logarithms.count)
        let mean = logarithms.reduce(0, +) / count
        value = exp(mean)
        guard logarithms.count > 1 else { return }
        let variance = logarithms.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
        let half = Self.studentT(degrees: logarithms.count - 1) * (variance / count).squareRoot()
        low = exp(mean - half)
        high = exp(mean + half)
    }

    /// Requests or joins per second.
    init?(throughputOf numerator: MeasuredSide, over denominator: MeasuredSide) {
        self.init(numerator.rounds.map(\.perSecond), over: denominator.rounds.map(\.perSecond))
    }

    /// The median latencies.
    init?(medianOf numerator: MeasuredSide, over denominator: MeasuredSide) {
        self.init(numerator.rounds.map(\.p50Ms), over: denominator.rounds.map(\.p50Ms))
    }

    /// Processor time of the servers for each operation.
    init?(processorOf numerator: MeasuredSide, over denominator: MeasuredSide) {
        self.init(
            numerator.rounds.map(\.cpuMicroseconds.server),
            over: denominator.rounds.map(\.cpuMicroseconds.server)
        )
    }

    /// What a Student's t variable does not exceed in size with a probability of 95 %. Beyond 30 degrees of freedom the
    /// value for 30, which is a little too wide.
    private static func studentT(degrees: Int) -> Double {
        let table = [
            12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
            2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
        ]
        return table[min(degrees, table.count) - 1]
    }

    /// `5.12 (4.80 to 5.45)`.
    package var text: String {
        let digits = Figure.fixed(value, places: 2)
        guard let low, let high else { return "\(digits) (one round)" }
        return "\(digits) (\(Figure.fixed(low, places: 2)) to \(Figure.fixed(high, places: 2)))"
    }
}
