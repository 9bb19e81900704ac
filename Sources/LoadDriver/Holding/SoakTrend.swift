/// What a server used over time, and whether that grew.
package struct SoakTrend: Sendable, Encodable {
    /// One reading, since the population was full.
    struct Sample: Sendable {
        var second: Double
        var residentBytes: Int
        var descriptors: Int
    }

    package struct Figures: Sendable, Encodable {
        /// Medians of the first and of the last tenth of the readings.
        package var firstTenth: Double
        package var lastTenth: Double
        package var min: Int
        package var max: Int
        /// Of the line that fits all readings best; nil of one reading.
        package var slopePerMinute: Double?
        /// By how much the last tenth may differ from the first, and still count as flat.
        package var allowed: Double
        package var flat: Bool
    }

    package static let rule = """
        flat: the median of the last tenth of the readings is not above that of the first tenth by more than 3 % or 1 MiB \
        of memory, whichever is more, and differs by no more than 10 % of the population or 20 open files, whichever is more
        """

    package var samples: Int
    package var residentBytes: Figures
    package var descriptors: Figures
    package var flat: Bool

    /// nil without a reading.
    init?(_ samples: [Sample], population: Int) {
        guard !samples.isEmpty else { return nil }
        self.samples = samples.count
        residentBytes = Self.figures(samples, \.residentBytes) { first, last in
            let allowed = max(first * HoldDefaults.flatGrowth, Double(HoldDefaults.flatBytes))
            return (allowed, last - first <= allowed)
        }
        descriptors = Self.figures(samples, \.descriptors) { first, last in
            let share = Double(population) * HoldDefaults.flatDescriptorShare
            let allowed = max(share, Double(HoldDefaults.flatDescriptors))
            return (allowed, abs(last - first) <= allowed)
        }
        flat = residentBytes.flat && descriptors.flat
    }

    private static func figures(
        _ samples: [Sample],
        _ value: (Sample) -> Int,
        judge: (_ first: Double, _ last: Double) -> (allowed: Double, flat: Bool)
    ) -> Figures {
        let values = samples.map(value)
        let tenth = max(1, values.count / 10)
        let first = Series.median(Array(values.prefix(tenth))) ?? 0
        let last = Series.median(Array(values.suffix(tenth))) ?? 0
        let verdict = judge(first, last)
        return Figures(
            firstTenth: first,
            lastTenth: last,
            min: values.min() ?? 0,
            max: values.max() ?? 0,
            slopePerMinute: Series.slope(samples.map { (x: $0.second / 60, y: Double(value($0))) }),
            allowed: verdict.allowed,
            flat: verdict.flat
        )
    }
}
