/// How numbers are served: as existing monitors read them, or to Prometheus and its kin.
package enum MetricsFormat: Hashable, Sendable {
    case json
    /// OpenMetrics 1.0.
    case openMetrics
    /// The text format that Prometheus had before, version 0.0.4.
    case prometheus

    package var contentType: String {
        switch self {
        case .json: "application/json"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
        }
    }

    /// What an `Accept` field asks for (RFC 9110 12.5.1). Everything that does not name one of the text formats gets JSON, and
    /// so does whoever likes JSON as well: plain `text/plain` is what browsers and scripts say by habit.
    package init(accept: String) {
        var json: Weight?
        var anything: Weight?
        var openMetrics: Weight?
        var prometheus: Weight?
        for range in accept.split(separator: ",").prefix(Self.maxRanges) {
            let (type, parameters, weight) = Self.read(range)
            switch type {
            case "application/json": json = max(json ?? 0, weight)
            case "application/*", "*/*": anything = max(anything ?? 0, weight)
            case "application/openmetrics-text": openMetrics = max(openMetrics ?? 0, weight)
            case "text/plain" where parameters.contains("version=0.0.4"): prometheus = max(prometheus ?? 0, weight)
            default: break
            }
        }
        let best = max(openMetrics ?? 0, prometheus ?? 0)
        guard best > 0, best > json ?? 0, best >= anything ?? 0 else {
            self = .json
            return
        }
        self = openMetrics == best ? .openMetrics : .prometheus
    }

    /// What the text formats are asked for by: JSON is not to be had there.
    package init(textFor accept: String) {
        let wanted = MetricsFormat(accept: accept)
        self = wanted == .json ? .prometheus : wanted
    }

    /// In thousandths.
    private typealias Weight = Int

    /// Prometheus sends six.
    private static let maxRanges = 32

    private static func read(_ range: Substring) -> (type: String, parameters: [String], weight: Weight) {
        let parts = range.lowercased().split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
        let weight = parts.dropFirst().first { $0.hasPrefix("q=") }
        return (parts.first ?? "", Array(parts.dropFirst()), weight.map { Self.weight($0.dropFirst(2)) } ?? 1_000)
    }

    /// `0.75` is 750. What is no weight is none.
    private static func weight(_ text: Substring) -> Weight {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first.flatMap({ Int($0) }), (0...1).contains(whole) else { return 0 }
        let digits = parts.count > 1 ? parts[1].prefix(3) : ""
        let padded = digits + String(repeating: "0", count: 3 - digits.count)
        guard let thousandths = Int(padded), thousandths >= 0 else { return 0 }
        return min(1_000, whole * 1_000 + thousandths)
    }
}
