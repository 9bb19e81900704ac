extension JoinLoadReport {
    /// For people.
    package var table: String {
        var table = TextTable(heading: ["joins in flight"] + Measurement.heading)
        for level in levels { table.add([Figure.grouped(level.inFlight)] + level.joins.cells) }
        let failures = levels.flatMap { $0.joins.failureLines(of: "\($0.inFlight) in flight") }
        return (["joins at \(target)", table.text] + failures).joined(separator: "\n")
    }
}

extension RequestLoadReport {
    /// For people.
    package var table: String {
        var table = TextTable(heading: ["onboarding requests"] + Measurement.heading)
        for window in windows {
            table.add(["window \(window.window), one link"] + window.persistent.cells)
            table.add(["window \(window.window), one connection each"] + window.perConnection.cells)
        }
        var lines = ["onboarding requests at \(target)", table.text]
        for window in windows {
            lines.append(window.ratioLine)
            lines += window.persistent.failureLines(of: "window \(window.window), one link")
            lines += window.perConnection.failureLines(of: "window \(window.window), one connection each")
            if window.linksOpened > 1 {
                lines.append("LINK LOST: window \(window.window) needed \(window.linksOpened) links instead of one")
            }
        }
        return lines.joined(separator: "\n")
    }
}

extension RequestLoadReport.Window {
    fileprivate var ratioLine: String {
        guard let throughput = ratio.throughput, let p50 = ratio.p50 else {
            return "window \(window): no ratio, as one side had no success"
        }
        let rounds = ratio.throughputByRound.map { Figure.fixed($0, places: 1) }.joined(separator: ", ")
        return "window \(window): one link does \(Figure.fixed(throughput, places: 1)) times the requests per second "
            + "(by round: \(rounds)) at \(Figure.fixed(p50, places: 2)) times the median latency"
    }
}

extension Measurement {
    fileprivate static let heading = ["per second", "p50 ms", "p90 ms", "p99 ms", "max ms", "done", "failed"]

    fileprivate var cells: [String] {
        [Figure.fixed(perSecond, places: 0)]
            + [latencyMs.p50, latencyMs.p90, latencyMs.p99, latencyMs.max].map(Figure.milliseconds)
            + [Figure.grouped(succeeded), Figure.grouped(failedInAll)]
    }

    fileprivate func failureLines(of name: String) -> [String] {
        guard failedInAll > 0 else { return [] }
        let warmUp = warmUpFailed > 0 ? ", \(Figure.grouped(warmUpFailed)) of them in the warm-up" : ""
        return ["FAILED: \(name): \(Figure.grouped(failedInAll)) operations\(warmUp)"]
            + failures.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "  \(Figure.grouped($0.value)) times: \($0.key)" }
    }
}
