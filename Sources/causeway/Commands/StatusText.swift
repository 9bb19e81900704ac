import Observation

/// Lines for a terminal or a file: pieces of text, each in a style, cut to a width, with colours or without.
struct StatusText: Sendable, Equatable {
    enum Style: Sendable, Equatable {
        case plain
        case strong
        case faint
        case good
        case warning
        case bad

        /// ECMA-48 SGR.
        fileprivate var code: String? {
            switch self {
            case .plain: nil
            case .strong: "1"
            case .faint: "2"
            case .good: "32"
            case .warning: "33"
            case .bad: "31"
            }
        }
    }

    struct Piece: Sendable, Equatable {
        var text: String
        var style: Style

        init(_ text: String, _ style: Style = .plain) {
            self.text = text
            self.style = style
        }
    }

    var lines: [[Piece]] = []

    mutating func line(_ pieces: Piece...) { lines.append(pieces) }

    mutating func line(_ text: String) { lines.append([Piece(text)]) }

    /// A heading, with an empty line before it.
    mutating func heading(_ text: String, _ more: String = "") {
        lines.append([])
        lines.append([Piece(text, .strong), Piece(more.isEmpty ? "" : "  \(more)", .faint)])
    }

    /// In lines of at most `width`, broken between words; those after the first begin further right.
    mutating func paragraph(_ text: String, style: Style = .plain, indent: Int = 0, width: Int) {
        let margin = String(repeating: " ", count: indent)
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, indent + line.count + 1 + word.count > width {
                lines.append([Piece(margin + line, style)])
                line = ""
            }
            line += line.isEmpty ? String(word) : " \(word)"
        }
        if !line.isEmpty { lines.append([Piece(margin + line, style)]) }
    }

    /// - Parameter height: at most so many lines; nil: all.
    func rendered(width: Int, height: Int? = nil, colours: Bool) -> [String] {
        lines.prefix(height ?? .max).map { pieces in
            var room = width
            var text = ""
            for piece in pieces where !piece.text.isEmpty && room > 0 {
                let cut = Self.cut(piece.text, to: room)
                room -= cut.count
                if colours, let code = piece.style.code {
                    text += "\u{1B}[\(code)m\(cut)\u{1B}[0m"
                } else {
                    text += cut
                }
            }
            return text
        }
    }

    /// Cut to so many characters, with `…` as the last if there were more.
    static func cut(_ text: String, to width: Int) -> String {
        guard text.count > width else { return text }
        return width <= 0 ? "" : text.prefix(width - 1) + "…"
    }

    /// A text from outside as one line, without spaces around it.
    static func clean(_ text: String, _ maxBytes: Int) -> String {
        let clean = BoundedText.clean(text, maxBytes: maxBytes)
        let start = clean.drop { $0 == " " }
        return String(start.reversed().drop { $0 == " " }.reversed())
    }
}

/// A table that fits: columns that matter less go first.
struct StatusTable {
    struct Column {
        var title: String
        var isNumber = false
        /// The higher, the longer it stays. The highest ones never go.
        var weight: Int
    }

    static let never = Int.max

    var columns: [Column]
    var rows: [[StatusText.Piece]] = []

    /// - Parameter below: lines that follow a row.
    func lines(width: Int, below: (Int) -> [[StatusText.Piece]] = { _ in [] }) -> [[StatusText.Piece]] {
        var shown = Array(columns.indices)
        // A long name is cut before a number goes.
        let longestName = max(16, width * 2 / 5)
        func natural(_ column: Int) -> Int {
            let longest = rows.reduce(columns[column].title.count) { max($0, $1[column].text.count) }
            return column == columns.startIndex ? min(longest, longestName) : longest
        }
        func total() -> Int { shown.reduce(0) { $0 + natural($1) + 2 } - 2 }
        while total() > width,
            let least = shown.filter({ columns[$0].weight != Self.never }).min(by: {
                columns[$0].weight < columns[$1].weight
            })
        {
            shown.removeAll { $0 == least }
        }
        var widths = Dictionary(uniqueKeysWithValues: shown.map { ($0, natural($0)) })
        // What is still too wide is taken from the first column, the name.
        if let first = shown.first, let own = widths[first] { widths[first] = max(8, own - max(0, total() - width)) }
        func line(_ cells: [StatusText.Piece]) -> [StatusText.Piece] {
            shown.enumerated().map { position, column in
                let size = widths[column] ?? 0
                let text = StatusText.cut(cells[column].text, to: size)
                let pad = String(repeating: " ", count: size - text.count)
                let isLast = position == shown.count - 1
                let cell = columns[column].isNumber ? pad + text : (isLast ? text : text + pad)
                return StatusText.Piece(cell + (isLast ? "" : "  "), cells[column].style)
            }
        }
        var lines = [line(columns.map { StatusText.Piece($0.title, .faint) })]
        for (index, row) in rows.enumerated() {
            lines.append(line(row))
            lines += below(index)
        }
        return lines
    }
}
