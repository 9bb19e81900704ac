public import Observation

/// Writes numbers as Prometheus and its kin read them: one family of samples after the other, each with its help and type.
///
/// All names begin with `causeway_`. They, the help texts and the names of labels stand in our source and need no escapes;
/// values of labels are escaped here, and the caller takes them from closed lists (robustness.md, P-OBS).
public struct MetricsText: Sendable {
    public enum Dialect: Sendable {
        /// https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
        case openMetrics
        /// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format, version 0.0.4.
        case prometheus
    }

    private let dialect: Dialect
    private var text = ""

    private static let prefix = "causeway_"

    public init(_ dialect: Dialect) {
        self.dialect = dialect
        text.reserveCapacity(16 << 10)
    }

    /// - Parameter name: without `_total`, which is added.
    public mutating func counter(_ name: StaticString, _ help: StaticString, _ value: Int) {
        beginCounter(name, help)
        sample("\(name)_total", [], "\(value)")
    }

    /// A counter for each value of a label.
    public mutating func counter(
        _ name: StaticString,
        _ help: StaticString,
        by label: StaticString,
        _ values: [(String, Int)]
    ) {
        beginCounter(name, help)
        for (word, value) in values { sample("\(name)_total", [("\(label)", word)], "\(value)") }
    }

    /// A counter for each pair of values of two labels.
    public mutating func counter(
        _ name: StaticString,
        _ help: StaticString,
        by labels: (StaticString, StaticString),
        _ values: [(String, String, Int)]
    ) {
        beginCounter(name, help)
        for (first, second, value) in values {
            sample("\(name)_total", [("\(labels.0)", first), ("\(labels.1)", second)], "\(value)")
        }
    }

    public mutating func gauge(_ name: StaticString, _ help: StaticString, _ value: Int) {
        begin("\(name)", "gauge", help)
        sample("\(name)", [], "\(value)")
    }

    /// A number for each value of a label.
    public mutating func gauge(
        _ name: StaticString,
        _ help: StaticString,
        by label: StaticString,
        _ values: [(String, Int)]
    ) {
        begin("\(name)", "gauge", help)
        for (word, value) in values { sample("\(name)", [("\(label)", word)], "\(value)") }
    }

    /// How long things took, for quantiles of any time and of several servers together.
    public mutating func histogram(_ name: StaticString, _ help: StaticString, _ durations: DurationHistogram) {
        begin("\(name)", "histogram", help)
        let buckets = Self.bounds.map { ($0, durations.count(upTo: Int($0 * 1_000_000))) }
        histogramSamples(
            "\(name)",
            [],
            buckets,
            sum: Double(durations.sumMicroseconds) / 1_000_000,
            count: durations.count
        )
    }

    /// Upper bounds in seconds: from a bridge next door to what clients wait for.
    public static let bounds: [Double] = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20,
    ]

    /// A number with a fraction.
    public mutating func gauge(_ name: StaticString, _ help: StaticString, _ value: Double) {
        begin("\(name)", "gauge", help)
        sample("\(name)", [], Self.decimal(value))
    }

    public mutating func counter(_ name: StaticString, _ help: StaticString, _ value: Double) {
        beginCounter(name, help)
        sample("\(name)_total", [], Self.decimal(value))
    }

    /// A number for each value of a label, with fractions.
    public mutating func gauge(
        _ name: StaticString,
        _ help: StaticString,
        by label: StaticString,
        _ values: [(String, Double)]
    ) {
        begin("\(name)", "gauge", help)
        for (word, value) in values { sample("\(name)", [("\(label)", word)], Self.decimal(value)) }
    }

    /// A fact in words: the value is always 1, what is told are the labels.
    public mutating func info(_ name: StaticString, _ help: StaticString, _ labels: [(StaticString, String)]) {
        begin("\(name)", "gauge", help)
        sample("\(name)", labels.map { ("\($0.0)", $0.1) }, "1")
    }

    private static func decimal(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    }

    private mutating func histogramSamples(
        _ name: String,
        _ labels: [(String, String)],
        _ buckets: [(Double, Int)],
        sum: Double,
        count: Int
    ) {
        for (bound, below) in buckets { sample("\(name)_bucket", labels + [("le", Self.decimal(bound))], "\(below)") }
        sample("\(name)_bucket", labels + [("le", "+Inf")], "\(count)")
        sample("\(name)_sum", labels, Self.decimal(sum))
        sample("\(name)_count", labels, "\(count)")
    }

    /// The whole document. Nothing may be written after it.
    public consuming func finished() -> [UInt8] {
        switch dialect {
        case .openMetrics: text += "# EOF\n"
        case .prometheus: break
        }
        return Array(text.utf8)
    }

    /// A family that a library recorded. Names and labels are valid already.
    mutating func family(_ family: RecordedFamily) {
        let help = "Recorded by a library of this program."
        switch family.kind {
        case .counter:
            switch dialect {
            case .openMetrics: begin(family.name, "counter", help)
            case .prometheus: begin(family.name + "_total", "counter", help)
            }
            for series in family.series { sample(family.name + "_total", series.labels, Self.decimal(series.value)) }
        case .gauge:
            begin(family.name, "gauge", help)
            for series in family.series { sample(family.name, series.labels, Self.decimal(series.value)) }
        case .durations:
            begin(family.name, "histogram", help)
            for series in family.series {
                let buckets = Self.bounds.map { ($0, series.durations.count(upTo: Int($0 * 1_000_000))) }
                let sum = Double(series.durations.sumMicroseconds) / 1_000_000
                histogramSamples(family.name, series.labels, buckets, sum: sum, count: series.durations.count)
            }
        }
    }

    private mutating func beginCounter(_ name: StaticString, _ help: StaticString) {
        // OpenMetrics names the family without the ending that its samples have; before it there was one name for both.
        switch dialect {
        case .openMetrics: begin("\(name)", "counter", help)
        case .prometheus: begin("\(name)_total", "counter", help)
        }
    }

    private mutating func begin(_ family: String, _ type: StaticString, _ help: StaticString) {
        begin(family, type, "\(help)")
    }

    private mutating func begin(_ family: String, _ type: StaticString, _ help: String) {
        text += "# HELP \(Self.prefix)\(family) \(help)\n# TYPE \(Self.prefix)\(family) \(type)\n"
    }

    private mutating func sample(_ name: String, _ labels: [(String, String)], _ value: String) {
        text += Self.prefix
        text += name
        if !labels.isEmpty {
            text += "{"
            text += labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
            text += "}"
        }
        text += " \(value)\n"
    }

    private static func escaped(_ value: String) -> String {
        var text = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
