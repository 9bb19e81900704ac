extension CompareReport {
    /// For people.
    package var table: String {
        var table = TextTable(heading: ["\(Figure.grouped(joins.inFlight)) in flight"] + MeasuredSide.heading)
        table.add(["joins, persistent"] + joins.persistent.cells)
        table.add(["joins, stateless"] + joins.stateless.cells)
        table.add(["bare cycles"] + joins.bare.cells)
        for window in requests {
            table.add(["requests, one link"] + window.persistent.cells)
            table.add(["requests, one connection each"] + window.perConnection.cells)
        }
        var lines = ["one persistent link per bridge against one connection per request", table.text]
        lines.append(MeasuredSide.legend)
        lines.append("joins: persistent does \(joins.ratio.text) of stateless")
        lines.append("joins: persistent reaches \(joins.ofCeiling?.text ?? "-") of the bare rate")
        lines.append(joins.noise.line(of: "joins"))
        lines += joins.persistent.all.failureLines(of: "joins, persistent")
        lines += joins.stateless.all.failureLines(of: "joins, stateless")
        lines += joins.bare.all.failureLines(of: "bare cycles")
        for window in requests { lines += window.lines(of: "requests") }
        lines.append("(ratios: \(confidence))")
        for requirement in requirements { lines.append("\(requirement.met ? "met" : "MISSED"): \(requirement.text)") }
        return (lines + [verdict]).joined(separator: "\n")
    }
}
