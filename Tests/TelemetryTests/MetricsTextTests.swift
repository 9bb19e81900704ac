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

    @Test func summaryHasQuantilesAndACount() {
        let text = text(.openMetrics) { $0.summary("answer_seconds", "Times.", [(0.5, 0.002), (0.99, 1.5)], count: 4) }
        #expect(text.contains("# TYPE causeway_answer_seconds summary\n"))
        #expect(text.contains("causeway_answer_seconds{quantile=\"0.5\"} 0.002\n"))
        #expect(text.contains("causeway_answer_seconds{quantile=\"0.99\"} 1.5\n"))
        #expect(text.contains("causeway_answer_seconds_count 4\n"))
    }

    /// robustness.md, L03.
    @Test func valueOfALabelIsEscaped() {
        let text = text(.prometheus) { $0.gauge("links", "Links.", by: "status", [("a\"b\\c\nd\u{301}", 1)]) }
        #expect(text.contains(#"causeway_links{status="a\"b\\c\nd\#u{301}"} 1"#))
        #expect(text.split(separator: "\n").count == 3)
    }
}
