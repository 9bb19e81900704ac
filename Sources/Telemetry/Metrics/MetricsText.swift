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
        for (word, value) in values { sample("\(name)_total", [(label, word)], "\(value)") }
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
            sample("\(name)_total", [(labels.0, first), (labels.1, second)], "\(value)")
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
        for (word, value) in values { sample("\(name)", [(label, word)], "\(value)") }
    }

    /// Times, of which some were measured.
    ///
    /// - Parameter quantiles: such as 0.5 and its value; none while nothing was measured.
    public mutating func summary(
        _ name: StaticString,
        _ help: StaticString,
        _ quantiles: [(Double, Double)],
        count: Int
    ) {
        begin("\(name)", "summary", help)
        for (quantile, value) in quantiles { sample("\(name)", [("quantile", "\(quantile)")], "\(value)") }
        sample("\(name)_count", [], "\(count)")
    }

    /// The whole document. Nothing may be written after it.
    public consuming func finished() -> [UInt8] {
        switch dialect {
        case .openMetrics: text += "# EOF\n"
        case .prometheus: break
        }
        return Array(text.utf8)
    }

    private mutating func beginCounter(_ name: StaticString, _ help: StaticString) {
        // OpenMetrics names the family without the ending that its samples have; before it there was one name for both.
        switch dialect {
        case .openMetrics: begin("\(name)", "counter", help)
        case .prometheus: begin("\(name)_total", "counter", help)
        }
    }

    private mutating func begin(_ family: String, _ type: StaticString, _ help: StaticString) {
        text += "# HELP \(Self.prefix)\(family) \(help)\n# TYPE \(Self.prefix)\(family) \(type)\n"
    }

    private mutating func sample(_ name: String, _ labels: [(StaticString, String)], _ value: String) {
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
