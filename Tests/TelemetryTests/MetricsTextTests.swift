import CoreMetrics
import Observation
import Telemetry
import Testing

@Suite struct MetricsTextTests {
    private func text(_ dialect: MetricsText.Dialect, _ write: (inout MetricsText) -> Void) -> String {
        var metrics = MetricsText(dialect)
        write(&metrics)
        return String(decoding: metrics.finished(), as: UTF8.self)
    }

    @Test func openMetricsNamesACounterWithoutItsEndingAndHasAnEnd() {
        let text = text(.openMetrics) { metrics in
            metrics.counter("joins", "Joins that ended.", by: "outcome", [("found", 3), ("busy", 0)])
            metrics.gauge("peers", "Peers now.", 7)
        }
        #expect(
            text == """
                # HELP causeway_joins Joins that ended.
                # TYPE causeway_joins counter
                causeway_joins_total{outcome="found"} 3
                causeway_joins_total{outcome="busy"} 0
                # HELP causeway_peers Peers now.
                # TYPE causeway_peers gauge
                causeway_peers 7
                # EOF

                """
        )
    }

    @Test func olderTextNamesTheCounterInFull() {
        let text = text(.prometheus) { metrics in
            metrics.counter("asked", "Questions.", 1)
            metrics.counter("pairs", "Pairs.", by: ("pair", "result"), [("a-b", "ok", 2)])
        }
        #expect(
            text == """
                # HELP causeway_asked_total Questions.
                # TYPE causeway_asked_total counter
                causeway_asked_total 1
                # HELP causeway_pairs_total Pairs.
                # TYPE causeway_pairs_total counter
                causeway_pairs_total{pair="a-b",result="ok"} 2

                """
        )
    }

    @Test func histogramIsCumulativeAndWhole() {
        var durations = DurationHistogram()
        for microseconds in [100, 900, 60_000, 90_000_000] { durations.record(microseconds: microseconds) }
        let text = text(.openMetrics) { $0.histogram("answer_seconds", "Times.", durations) }
        #expect(text.contains("# TYPE causeway_answer_seconds histogram\n"))
        #expect(text.contains("causeway_answer_seconds_bucket{le=\"0.0005\"} 1\n"))
        #expect(text.contains("causeway_answer_seconds_bucket{le=\"0.0025\"} 2\n"))
        #expect(text.contains("causeway_answer_seconds_bucket{le=\"20\"} 3\n"))
        #expect(text.contains("causeway_answer_seconds_bucket{le=\"+Inf\"} 4\n"))
        #expect(text.contains("causeway_answer_seconds_sum 90.061\n"))
        #expect(text.contains("causeway_answer_seconds_count 4\n"))
    }

    // MARK: What libraries record

    private func text(of registry: MetricsRegistry) -> String { text(.prometheus) { registry.write(to: &$0) } }

    @Test func whatLibrariesRecordIsWrittenUnderValidNames() {
        let registry = MetricsRegistry()
        let counter = Counter(label: "http.requests", dimensions: [("path-name", "/a\"\n")], factory: registry)
        counter.increment(by: 3)
        Gauge(label: "9lives", factory: registry).record(2.5)
        Timer(label: "db.query", factory: registry).recordMilliseconds(3)
        let text = text(of: registry)
        #expect(text.contains(#"causeway_library_http_requests_total{path_name="/a\" "} 3"#))
        #expect(text.contains("causeway_library__9lives 2.5\n"))
        #expect(text.contains("causeway_library_db_query_bucket{le=\"0.005\"} 1\n"))
        #expect(text.contains("causeway_library_db_query_count 1\n"))
        #expect(text.contains("causeway_metrics_series_dropped_total 0\n"))
    }

    @Test func seriesAreBoundedByNameAndInAll() {
        let registry = MetricsRegistry()
        for index in 0..<100 { Counter(label: "one", dimensions: [("i", "\(index)")], factory: registry).increment() }
        var text = text(of: registry)
        #expect(text.split(separator: "\n").count { $0.hasPrefix("causeway_library_one_total") } == 64)
        #expect(text.contains("causeway_metrics_series_dropped_total 36\n"))
        for index in 0..<2_000 { Counter(label: "n\(index)", factory: registry).increment() }
        text = self.text(of: registry)
        #expect(text.split(separator: "\n").count { $0.hasPrefix("causeway_library_") } == MetricsRegistry.maxSeries)
    }

    @Test func destroyedSeriesMakesRoom() {
        let registry = MetricsRegistry()
        for index in 0..<200 {
            let counter = Counter(label: "one", dimensions: [("i", "\(index)")], factory: registry)
            counter.increment()
            counter.destroy()
        }
        #expect(text(of: registry).contains("causeway_metrics_series_dropped_total 0\n"))
    }

    @Test func oneNameHasOneKind() {
        let registry = MetricsRegistry()
        Counter(label: "same", factory: registry).increment()
        Gauge(label: "same", factory: registry).record(7)
        #expect(!text(of: registry).contains("causeway_library_same 7"))
        #expect(text(of: registry).contains("causeway_metrics_series_dropped_total 1\n"))
    }

    /// robustness.md, L03.
    @Test func valueOfALabelIsEscaped() {
        let text = text(.prometheus) { $0.gauge("links", "Links.", by: "status", [("a\"b\\c\nd\u{301}", 1)]) }
        #expect(text.contains(#"causeway_links{status="a\"b\\c\nd\#u{301}"} 1"#))
        #expect(text.split(separator: "\n").count == 3)
    }
}
