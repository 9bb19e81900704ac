import Testing
import WireMessages

@Suite struct JSONScannerTests {
    static let accepted: [String] = [
        "null", "true", "false", "0", "-0", "1", "-1.5", "1e400", "1E+2", "0.5e-7", "9223372036854775808", #""""#, "[]",
        "{}",
        " \t\r\n[ 1 , 2 ]\n", #"{"a":{"b":[null,true,{"c":""}]}}"#, #"{"":1}"#,
        #""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00""#,
        "\"\u{7f}é€😀\u{10ffff}\"", #"{"a":1,"A":2,"aa":3}"#, "{\"\u{e9}\":1,\"e\u{301}\":2}", #"{"__proto__":1}"#,
        "\"\u{2028}\"", #""\u0000""#,
    ]

    @Test(arguments: accepted) func validTextIsAccepted(text: String) throws {
        let raw = try RawJSON(checking: Array(text.utf8))
        #expect(raw.description == text.trimmingPrefix { $0.isWhitespace }.trimmedEnd)
    }

    static let refused: [(String, JSONError.Kind)] = [
        ("", .empty), ("  \n", .empty), ("\u{feff}{}", .byteOrderMark),
        ("[1,]", .unexpectedByte), (#"{"a":1,}"#, .unexpectedByte), ("[1 2]", .unexpectedByte),
        ("{a:1}", .unexpectedByte),
        ("{'a':1}", .unexpectedByte), (#"{"a" 1}"#, .unexpectedByte), (#"{"a":}"#, .unexpectedByte),
        ("[,1]", .unexpectedByte),
        ("NaN", .unexpectedByte), ("Infinity", .unexpectedByte), ("nul1", .unexpectedByte), ("/**/1", .unexpectedByte),
        ("]", .unexpectedByte), ("[}", .unexpectedByte), (#"{"a":1]"#, .unexpectedByte), ("+1", .unexpectedByte),
        ("[1", .unexpectedEnd), ("{", .unexpectedEnd), (#"{"a""#, .unexpectedEnd), (#"{"a":"#, .unexpectedEnd),
        (#""abc"#, .unexpectedEnd), ("\"abc\\", .unexpectedEnd), (#""\u12"#, .unexpectedEnd), ("tru", .unexpectedEnd),
        ("1 2", .trailingBytes), ("{}{}", .trailingBytes), ("01", .trailingBytes), ("null,", .trailingBytes),
        ("-", .invalidNumber), ("1.", .invalidNumber), (".5", .unexpectedByte), ("1e", .invalidNumber),
        ("1e+", .invalidNumber),
        ("-a", .invalidNumber), ("[0x1]", .unexpectedByte),
        ("\"\n\"", .controlCharacter), ("\"\u{0}\"", .controlCharacter), ("\"0123456789abc\u{1f}\"", .controlCharacter),
        (#""\x""#, .invalidEscape), (#""\u12g4""#, .invalidEscape), (#""\'""#, .invalidEscape),
        (#""\ud800""#, .loneSurrogate), (#""\udc00""#, .loneSurrogate), (#""\ud800\u0041""#, .loneSurrogate),
        (#""\ud800x""#, .loneSurrogate), (#""\ud83d\ud83d""#, .loneSurrogate),
        (#"{"a":1,"a":2}"#, .duplicateKey), (#"{"a":1,"\u0061":2}"#, .duplicateKey),
        (#"[{"x":{"k":1,"b":2,"k":3}}]"#, .duplicateKey),
        (#"{"\u0061":1,"\u0061":2}"#, .duplicateKey), (#"{"":1,"":2}"#, .duplicateKey),
    ]

    @Test(arguments: refused) func invalidTextIsRefused(text: String, kind: JSONError.Kind) {
        let error = #expect(throws: JSONError.self) { try RawJSON(checking: Array(text.utf8)) }
        #expect(error?.kind == kind)
    }

    static let invalidUTF8: [[UInt8]] = [
        [0x80], [0xbf], [0xc0, 0x80], [0xc1, 0xbf], [0xc2], [0xc2, 0x41], [0xe0, 0x9f, 0xbf], [0xe2, 0x82],
        [0xed, 0xa0, 0x80],
        [0xef, 0xbf, 0x7f], [0xf0, 0x8f, 0xbf, 0xbf], [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xff],
        [0xfe],
        [0xe2, 0x28, 0xa1], [0xf0, 0x9f, 0x98],
    ]

    @Test(arguments: invalidUTF8) func invalidUTF8IsRefusedInsideStrings(bytes: [UInt8]) {
        for filler in 0..<10 {
            let text = [0x22] + [UInt8](repeating: 0x61, count: filler) + bytes + [0x22]
            let error = #expect(throws: JSONError.self) { try RawJSON(checking: text) }
            #expect(error == JSONError(.invalidUTF8, at: 1 + filler))
        }
    }

    @Test func utf16IsRefused() {
        let text = #"{"a":1}"#
        let little = text.utf16.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
        #expect(throws: JSONError.self) { try RawJSON(checking: little) }
        #expect(throws: JSONError.self) { try RawJSON(checking: [0xff, 0xfe] + little) }
    }

    @Test func everyUnicodeScalarIsAcceptedRawAndEscaped() throws {
        // Every 97th character, and the borders between lengths of UTF-8.
        let borders: [UInt32] = [0x20, 0x7e, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff]
        for value in borders + Array(stride(from: 0x23, through: 0x10ffff, by: 97)) {
            guard let scalar = Unicode.Scalar(value), scalar != "\\", scalar != "\"" else { continue }
            let raw = "{\"k\":\"\(scalar)\"}"
            let escaped = "{\"k\":\"" + String(scalar).utf16.map { "\\u" + hex($0) }.joined() + "\"}"
            #expect(try RawJSON(checking: Array(raw.utf8)).string("k") == String(scalar))
            #expect(try RawJSON(checking: Array(escaped.utf8)).string("k") == String(scalar))
        }
    }

    private func hex(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }

    /// J01.
    @Test(arguments: ["[", #"{"a":"#, #"[{"a":"#]) func depthIsBounded(opening: String) throws {
        let levels = opening.hasPrefix("[{") ? 2 : 1
        let closing = String(opening.reversed().compactMap { $0 == "[" ? "]" : $0 == "{" ? "}" : nil })
        func nested(_ depth: Int) -> [UInt8] {
            let count = depth / levels
            return Array(
                (String(repeating: opening, count: count) + "1" + String(repeating: closing, count: count)).utf8
            )
        }
        #expect(throws: Never.self) { try RawJSON(checking: nested(32)) }
        for depth in [33 + levels - 1, 512, 100_000] {
            let error = #expect(throws: JSONError.self) { try RawJSON(checking: nested(depth)) }
            #expect(error?.kind == .tooDeep)
        }
    }

    /// J09.
    @Test func theNumberOfValuesIsBounded() throws {
        func array(_ count: Int) -> [UInt8] {
            Array(("[" + Array(repeating: "1", count: count).joined(separator: ",") + "]").utf8)
        }
        #expect(throws: Never.self) { try RawJSON(checking: array(9_999)) }
        let error = #expect(throws: JSONError.self) { try RawJSON(checking: array(10_000)) }
        #expect(error?.kind == .tooManyValues)
    }

    @Test func limitsAreTheCallers() throws {
        #expect(throws: JSONError(.tooDeep, at: 1)) {
            try RawJSON(checking: Array("[[]]".utf8), limits: JSONLimits(depth: 1))
        }
        #expect(throws: JSONError(.tooManyValues, at: 1)) {
            try RawJSON(checking: Array("[1]".utf8), limits: JSONLimits(values: 1))
        }
        #expect(throws: JSONError(.tooLong, at: 2)) {
            try RawJSON(checking: Array("[1]".utf8), limits: JSONLimits(bytes: 2))
        }
    }

    @Test(arguments: [2, 16, 17, 18, 500, 9_000]) func oneDoubleNameAmongManyIsFound(count: Int) throws {
        var members = (0..<count).map { "\"key\($0)\":\($0)" }
        #expect(throws: Never.self) { try RawJSON(checking: Array("{\(members.joined(separator: ","))}".utf8)) }
        for (first, second) in [(0, count - 1), (count / 2, count - 1), (0, 1)] where first != second {
            var changed = members
            changed[second] = "\"key\(first)\":0"
            let error = #expect(throws: JSONError.self) {
                try RawJSON(checking: Array("{\(changed.joined(separator: ","))}".utf8))
            }
            #expect(error?.kind == .duplicateKey)
        }
        members.append(#""\u006bey0":1"#)
        let error = #expect(throws: JSONError.self) {
            try RawJSON(checking: Array("{\(members.joined(separator: ","))}".utf8))
        }
        #expect(error?.kind == .duplicateKey)
    }

    @Test func longNumbersAreScannedNotTrusted() throws {
        let digits = String(repeating: "9", count: 200_000)
        let raw = try RawJSON(checking: Array(#"{"a":\#(digits)}"#.utf8))
        #expect(raw.int64("a") == nil)
    }
}

extension Substring {
    fileprivate var trimmedEnd: String {
        var rest = self
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
