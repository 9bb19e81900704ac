extension HoldReport {
    /// For people.
    package var table: String {
        var lines = ["\(Figure.grouped(peers)) idle peers at \(target.joined(separator: ", "))"]
        var table = TextTable(
            heading: [
                "", "connections", "open s", "empty MiB", "its own", "opened MiB", "held MiB", "bytes each",
                "open files", "cpu %",
            ]
        )
        table.add(["registered peers"] + registered.cells)
        if let echo { table.add(["bare NIO echo"] + echo.cells) }
        lines.append(table.text)
        lines.append(
            "(memory: \(memorySource), its own: what belongs to no file; held for \(Figure.fixed(registered.heldForSeconds, places: 0)) s)"
        )
        lines += joins?.lines ?? []
        lines += registered.failureLines(of: "registered peers")
        lines += echo?.failureLines(of: "echo connections") ?? []
        return lines.joined(separator: "\n")
    }
}

extension IdleReport {
    fileprivate var cells: [String] {
        func sum(_ value: (Server) -> Int) -> Int { servers.reduce(0) { $0 + value($1) } }
        func mebibytes(_ value: (Server) -> Int) -> String { Figure.fixed(Double(sum(value)) / 1_048_576, places: 1) }
        let loads = servers.compactMap(\.cpuLoad)
        return [
            Figure.grouped(held), Figure.fixed(openSeconds, places: 1), mebibytes(\.empty.residentBytes),
            mebibytes(\.empty.anonymousBytes), mebibytes(\.opened.residentBytes), mebibytes(\.held.residentBytes),
            bytesPerConnection.map { Figure.fixed($0, places: 0) } ?? "-",
            Figure.grouped(sum(\.held.descriptors)),
            loads.isEmpty ? "-" : Figure.fixed(loads.reduce(0, +) * 100, places: 1),
        ]
    }

    fileprivate func failureLines(of name: String) -> [String] {
        Failures.lines(failures, of: "\(name), not opened") + Failures.lines(lost, of: "\(name), lost")
    }
}

extension JoinsBeside {
    fileprivate var lines: [String] {
        var table = TextTable(heading: ["joins beside"] + MeasuredSide.heading)
        for side in [few, many] { table.add(["\(Figure.grouped(side.held)) peers"] + side.joins.cells) }
        return [
            table.text,
            MeasuredSide.legend, noise.line(of: "joins"),
            """
            beside many, over beside few: processor time of the server \(ratio.cpuPerJoin?.text ?? "-"), median latency \
            \(ratio.p50?.text ?? "-"); target \(Figure.fixed(target, places: 1)): \(withinTarget ? "met" : "MISSED")\
            \(alternating ? "" : " (one after the other, not in turns)")
            """,
        ]
            + Failures.lines(few.joins.all.failures, of: "joins beside \(few.held)")
            + Failures.lines(many.joins.all.failures, of: "joins beside \(many.held)")
    }
}
