/// The results of one run.
package struct ConformanceReport: Sendable {
    package var target: String
    package var kind: TargetKind
    package var results: [CaseResult]
    package var duration: Duration

    package func count(_ verdict: CaseResult.Verdict) -> Int {
        results.count { $0.verdict == verdict }
    }

    package var deviations: [CaseResult] { results.filter { $0.verdict == .deviates } }

    /// The table, a heading and a summary.
    package var text: String {
        let heading = ["id", "message", "rule", "verdict", "expected", "got"]
        let rows =
            [heading]
            + results.map { result in
                [
                    result.id, Self.cut(result.message, 32), result.section, result.verdict.text,
                    Self.cut(result.expected), Self.cut(result.got),
                ]
            }
        let widths = heading.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            let cells = row.indices.map { column in
                column == row.count - 1
                    ? row[column] : row[column] + String(repeating: " ", count: widths[column] - row[column].count)
            }
            return cells.joined(separator: "  ")
        }
        return """
            \(kind.rawValue) at \(target)

            \(lines.joined(separator: "\n"))

            \(summary)
            Rules: sections of protocol.md; those that begin with a letter are in robustness.md.
            """
    }

    package var summary: String {
        let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
        let tenths = Int((seconds * 10).rounded())
        return "\(count(.ok)) ok, \(count(.deviates)) deviate, \(count(.skipped)) skipped"
            + " in \(tenths / 10).\(tenths % 10) s"
    }

    private static func cut(_ text: String, _ width: Int = ConformanceDefaults.tableWidth) -> String {
        // What a target said may hold anything; a table has one line for it.
        let line = text.map { $0.isNewline || $0 == "\t" ? " " : $0 }
        return line.count <= width ? String(line) : String(line.prefix(width - 1)) + "…"
    }
}

extension ConformanceReport: Encodable {
    private enum Keys: String, CodingKey {
        case target, kind, ok, deviates, skipped, durationMs, cases
        case id, message, section, expected, got, verdict
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(target, forKey: .target)
        try container.encode(kind.rawValue, forKey: .kind)
        try container.encode(count(.ok), forKey: .ok)
        try container.encode(count(.deviates), forKey: .deviates)
        try container.encode(count(.skipped), forKey: .skipped)
        try container.encode(Self.milliseconds(duration), forKey: .durationMs)
        var cases = container.nestedUnkeyedContainer(forKey: .cases)
        for result in results {
            var entry = cases.nestedContainer(keyedBy: Keys.self)
            try entry.encode(result.id, forKey: .id)
            try entry.encode(result.message, forKey: .message)
            try entry.encode(result.section, forKey: .section)
            try entry.encode(result.expected, forKey: .expected)
            try entry.encode(result.got, forKey: .got)
            try entry.encode(result.verdict.text, forKey: .verdict)
            try entry.encode(Self.milliseconds(result.duration), forKey: .durationMs)
        }
    }

    private static func milliseconds(_ duration: Duration) -> Int64 {
        duration.components.seconds * 1_000 + duration.components.attoseconds / 1_000_000_000_000_000
    }
}
