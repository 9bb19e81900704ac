/// Makes text from strangers safe to print: no line ends, no terminal commands, no text that reads backwards.
enum LogText {
    /// Appends `text`, cut to `limit` bytes, with whatever is not plain text written as `\u001b` and the like. Quotes and backslashes
    /// are escaped too, so that the result is the inside of a JSON string.
    static func append(_ text: String, limit: Int, to line: inout [UInt8]) {
        let isCut = text.utf8.count > limit
        var room = isCut ? limit - ellipsis.count : limit
        for scalar in text.unicodeScalars {
            room -= UTF8.width(scalar)
            guard room >= 0 else { break }
            switch scalar {
            case "\"": line.append(contentsOf: [0x5c, 0x22])
            case "\\": line.append(contentsOf: [0x5c, 0x5c])
            case "\n": line.append(contentsOf: [0x5c, UInt8(ascii: "n")])
            case "\r": line.append(contentsOf: [0x5c, UInt8(ascii: "r")])
            case "\t": line.append(contentsOf: [0x5c, UInt8(ascii: "t")])
            case _ where isUnsafe(scalar): appendEscaped(scalar, to: &line)
            default: UTF8.encode(scalar).map { line.append(contentsOf: $0) }
            }
        }
        if isCut { line.append(contentsOf: ellipsis) }
    }

    private static let ellipsis = Array("…".utf8)

    /// Control characters of both sets, line and paragraph separators, invisible marks, and those that turn the direction of writing
    /// (https://trojansource.codes).
    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7f...0x9f, 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x206f, 0xfeff, 0xe0000...0xe007f: true
        default: false
        }
    }

    private static func appendEscaped(_ scalar: Unicode.Scalar, to line: inout [UInt8]) {
        for unit in String(scalar).utf16 {
            line.append(contentsOf: [0x5c, UInt8(ascii: "u")])
            for shift in stride(from: 12, through: 0, by: -4) {
                let digit = UInt8(truncatingIfNeeded: unit >> UInt16(shift)) & 0xf
                line.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            }
        }
    }

    /// Appends a time as `2026-11-22T13:23:45.678Z` (RFC 3339), without asking anybody for a calendar.
    static func append(unixMilliseconds: Int64, to line: inout [UInt8]) {
        func division(_ value: Int64, _ divisor: Int64) -> (Int64, Int64) {
            let rest = ((value % divisor) + divisor) % divisor
            return ((value - rest) / divisor, rest)
        }
        let (seconds, millisecond) = division(unixMilliseconds, 1_000)
        let (days, second) = division(seconds, 86_400)
        // Days to a date in the Gregorian calendar, in years that begin in March, so that the leap day comes last
        // (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
        let (era, dayOfEra) = division(days + 719_468, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        append(year, digits: 4, to: &line)
        for (mark, value, digits) in [
            ("-", month, 2), ("-", day, 2), ("T", second / 3_600, 2), (":", second / 60 % 60, 2), (":", second % 60, 2),
            (".", millisecond, 3),
        ] {
            line.append(contentsOf: mark.utf8)
            append(value, digits: digits, to: &line)
        }
        line.append(UInt8(ascii: "Z"))
    }

    private static func append(_ value: Int64, digits: Int, to line: inout [UInt8]) {
        let text = String(value)
        line.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: max(0, digits - text.utf8.count)))
        line.append(contentsOf: text.utf8)
    }
}
