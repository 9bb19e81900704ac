/// Rows of text under a heading, in columns wide enough for their longest cell. The first column is aligned to the left,
/// the others, being figures, to the right.
package struct TextTable: Sendable {
    private var rows: [[String]]

    package init(heading: [String]) {
        rows = [heading]
    }

    package mutating func add(_ row: [String]) {
        rows.append(row)
    }

    /// Lines without a newline at the end of the last.
    package var text: String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            row.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - row[column].count)
                if column == 0 { return row.count == 1 ? row[column] : row[column] + padding }
                return padding + row[column]
            }
            .joined(separator: "  ")
        }
        .joined(separator: "\n")
    }
}

/// Writes figures for people, without the locale of wherever this runs.
package enum Figure {
    /// With `places` digits after the point, rounded.
    package static func fixed(_ value: Double, places: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "-" }
        var scale = 1
        for _ in 0..<places { scale *= 10 }
        let scaled = Int((abs(value) * Double(scale)).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard places > 0 else { return "\(sign)\(grouped(scaled))" }
        let fraction = String(scaled % scale)
        let zeros = String(repeating: "0", count: places - fraction.count)
        return "\(sign)\(grouped(scaled / scale)).\(zeros)\(fraction)"
    }

    /// Milliseconds with three digits that matter, or a dash for what was not measured.
    package static func milliseconds(_ value: Double?) -> String {
        guard let value else { return "-" }
        return fixed(value, places: value < 10 ? 3 : value < 100 ? 2 : 1)
    }

    /// With a comma between thousands.
    package static func grouped(_ value: Int) -> String {
        var digits = String(value.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        groups.insert(digits, at: 0)
        return (value < 0 ? "-" : "") + groups.joined(separator: ",")
    }
}
