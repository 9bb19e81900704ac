/// Text from outside as it may stand on a page, in a line of a terminal, and in a table.
public enum BoundedText {
    /// Each control character, and each that changes the direction or breaks the line, becomes a space; what is longer than
    /// `maxBytes` of UTF-8 ends, at the border of a character, with `…` within them.
    public static func clean(_ text: String, maxBytes: Int) -> String {
        var cleaned = ""
        // Enough of it to see that it is too long. Combining marks can make one character of a megabyte.
        for scalar in text.unicodeScalars.prefix(maxBytes + 1) {
            cleaned.unicodeScalars.append(isPlain(scalar) ? scalar : " ")
        }
        guard cleaned.utf8.count > maxBytes else { return cleaned }
        var length = ellipsis.utf8.count
        var kept = ""
        for scalar in cleaned.unicodeScalars {
            length += UTF8.width(scalar)
            guard length <= maxBytes else { break }
            kept.unicodeScalars.append(scalar)
        }
        return kept + ellipsis
    }

    private static let ellipsis = "…"

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        // `format` holds the marks of direction (U+202E and its kin) and the invisible ones.
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }
}
