public import CoreMetrics
import Observation
import Synchronization

/// What libraries in this process record through swift-metrics, for the pages of both roles.
///
/// Our own numbers are read where they are counted, when a page asks; this is for those of others: an HTTP server, a database, an
/// application that embeds a role. Names and labels come from outside our source, so both are made valid, and there are only so
/// many: what comes beyond is dropped and counted.
public final class MetricsRegistry: MetricsFactory, Sendable {
    /// The one of the process; `install` makes it the one that libraries find.
    public static let shared = MetricsRegistry()

    public static let maxSeries = 1_000
    public static let maxSeriesPerName = 64
    static let maxLabelBytes = 96
    private static let maxLabels = 8
    private static let maxNameBytes = 128

    private struct Key: Hashable, Sendable {
        var name: String
        var labels: [[String]]
    }

    private struct State: Sendable {
        var series: [Key: Series] = [:]
        var kinds: [String: (kind: RecordedFamily.Kind, count: Int)] = [:]
        var dropped = 0
    }

    private let state = Mutex(State())

    public init() {}

    /// Once in a process, before libraries record anything.
    public static func install() { MetricsSystem.bootstrap(shared) }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, .counter)
    }

    public func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, dimensions, .counter)
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, .gauge)
    }

    /// A recorder that does not aggregate is a gauge; one that does keeps its last value, for we know no unit to make buckets of.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        series(label, dimensions, .gauge)
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, .durations)
    }

    public func destroyCounter(_ handler: any CounterHandler) { forget(handler) }
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { forget(handler) }
    public func destroyMeter(_ handler: any MeterHandler) { forget(handler) }
    public func destroyRecorder(_ handler: any RecorderHandler) { forget(handler) }
    public func destroyTimer(_ handler: any TimerHandler) { forget(handler) }

    /// All families, by name.
    public func write(to text: inout MetricsText) {
        let (families, dropped) = state.withLock { state in
            var families: [String: RecordedFamily] = [:]
            for (key, series) in state.series {
                guard let kind = state.kinds[key.name]?.kind else { continue }
                var value = series.read()
                value.labels = key.labels.map { ($0[0], $0[1]) }
                families[key.name, default: RecordedFamily(name: key.name, kind: kind)].series.append(value)
            }
            return (families.values.sorted { $0.name < $1.name }, state.dropped)
        }
        for family in families { text.family(family) }
        text.counter("metrics_series_dropped", "Series of libraries for which there was no room.", dropped)
    }

    private func series(_ label: String, _ dimensions: [(String, String)], _ kind: RecordedFamily.Kind) -> Series {
        let name = "library_" + Self.identifier(label)
        let labels = dimensions.prefix(Self.maxLabels)
            .map { [Self.identifier($0.0), BoundedText.clean($0.1, maxBytes: Self.maxLabelBytes)] }
            .sorted { $0[0] < $1[0] }
        let key = Key(name: name, labels: labels)
        return state.withLock { state in
            if let series = state.series[key], state.kinds[name]?.kind == kind { return series }
            let known = state.kinds[name]
            guard state.series.count < Self.maxSeries, (known?.count ?? 0) < Self.maxSeriesPerName,
                known == nil || known?.kind == kind, Set(labels.map { $0[0] }).count == labels.count
            else {
                state.dropped += 1
                return Series()
            }
            let series = Series()
            state.series[key] = series
            state.kinds[name] = (kind, (known?.count ?? 0) + 1)
            return series
        }
    }

    private func forget(_ handler: Any) {
        guard let series = handler as? Series else { return }
        state.withLock { state in
            for (key, each) in state.series where each === series {
                state.series[key] = nil
                let count = (state.kinds[key.name]?.count ?? 1) - 1
                if count > 0 { state.kinds[key.name]?.count = count } else { state.kinds[key.name] = nil }
            }
        }
    }

    /// Letters, digits and underscores, no digit at the beginning
    /// (https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels).
    private static func identifier(_ text: String) -> String {
        var name = ""
        for scalar in text.unicodeScalars.prefix(maxNameBytes) {
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
            name.unicodeScalars.append(isPlain ? scalar : "_")
        }
        return name.unicodeScalars.first.map { ("0"..."9").contains($0) } ?? true ? "_" + name : name
    }
}

/// What a library recorded under one name.
struct RecordedFamily: Sendable {
    enum Kind: Sendable {
        case counter
        case gauge
        case durations
    }

    struct Value: Sendable {
        var labels: [(String, String)] = []
        var value = 0.0
        var durations = DurationHistogram()
    }

    var name: String
    var kind: Kind
    var series: [Value] = []
}

/// One of them, with its labels. One that there was no room for records into the void.
private final class Series: CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler, TimerHandler {
    private let recorded = Mutex(RecordedFamily.Value())

    func read() -> RecordedFamily.Value { recorded.withLock { $0 } }

    func increment(by amount: Int64) { recorded.withLock { $0.value += Double(amount) } }
    func increment(by amount: Double) { recorded.withLock { $0.value += amount } }
    func decrement(by amount: Double) { recorded.withLock { $0.value -= amount } }
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { recorded.withLock { $0.value = value } }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func recordNanoseconds(_ duration: Int64) {
        recorded.withLock { $0.durations.record(microseconds: Int(duration / 1_000)) }
    }
    func reset() { recorded.withLock { $0 = RecordedFamily.Value() } }
}
