/// What `causeway bench soak` found.
package struct SoakReport: Sendable, Encodable {
    package let bench = "soak"
    /// The bootstrap that was measured.
    package var target: String
    package var rate: Double
    package var population: Int
    /// Joins; the latency counts from when each was due.
    package var joins: Measurement
    /// How late the latest start was. More than some milliseconds says that this process was short of processor time, which is
    /// part of the latencies.
    package var latestStartMs: Double
    /// Members that were closed although nobody asked for it, by reason.
    package var lost: [String: Int]
    /// Members that left in order.
    package var left: Int
    /// Processor time of the server for each join, churn and pings included.
    package var cpuMicrosecondsPerJoin: Double?
    /// How much of one processor the server used.
    package var cpuLoad: Double?
    package let memorySource = ObservedProcess.memorySource
    /// nil if the population was never full.
    package var trend: SoakTrend?
    package var noise: MachineNoise
    package let rule = SoakTrend.rule
    package var flat: Bool

    package var failed: Int {
        joins.failedInAll + lost.values.reduce(0, +) + (flat ? 0 : 1)
    }

    /// For people.
    package var table: String {
        var lines = ["joins at \(target), \(Figure.fixed(rate, places: 0)) a second, \(population) members"]
        var table = TextTable(heading: ["", "p50 ms", "p90 ms", "p99 ms", "max ms", "done", "failed"])
        table.add(
            ["joins"]
                + [joins.latencyMs.p50, joins.latencyMs.p90, joins.latencyMs.p99, joins.latencyMs.max]
                .map(Figure.milliseconds) + [Figure.grouped(joins.succeeded), Figure.grouped(joins.failedInAll)]
        )
        lines.append(table.text)
        let cpu = cpuMicrosecondsPerJoin.map { "\(Figure.fixed($0, places: 0)) us of processor time a join" } ?? "-"
        lines.append("\(cpu), \(Figure.grouped(left)) left, latest start \(Figure.milliseconds(latestStartMs)) ms late")
        lines.append(noise.line(of: "joins"))
        if let trend {
            var table = TextTable(
                heading: ["server", "first tenth", "last tenth", "least", "most", "a minute", "flat"]
            )
            table.add(["memory KiB"] + trend.residentBytes.cells(unit: 1_024))
            table.add(["open files"] + trend.descriptors.cells(unit: 1))
            lines += [table.text, "(\(trend.samples) readings; \(rule))"]
        } else {
            lines.append("NOT FLAT: the population was never full, so there is no trend")
        }
        return (lines + Failures.lines(joins.failures, of: "joins") + Failures.lines(lost, of: "members lost"))
            .joined(separator: "\n")
    }
}

extension SoakTrend.Figures {
    fileprivate func cells(unit: Double) -> [String] {
        [firstTenth, lastTenth, Double(min), Double(max)].map { Figure.fixed($0 / unit, places: 0) }
            + [slopePerMinute.map { Figure.fixed($0 / unit, places: 1) } ?? "-", flat ? "yes" : "NO"]
    }
}
