extension JSONScanner {
    /// A string, with the cursor on its opening quote. Notes whether it has escapes, and proves that it is Unicode text.
    mutating func string() throws(JSONError) {
        let start = cursor + 1
        cursor = start
        var kind = JSONNode.Kind.string
        while true {
            skipPlainText()
            guard cursor < count else { throw JSONError(.unexpectedEnd, at: cursor) }
            switch bytes[cursor] {
            case UInt8(ascii: "\""):
                appendScalar(kind, from: start, to: cursor)
                cursor += 1
                return
            case UInt8(ascii: "\\"):
                kind = .escapedString
                try escape()
            case 0..<0x20:
                throw JSONError(.controlCharacter, at: cursor)
            case 0x80...:
                try multibyte()
            default:
                cursor += 1
            }
        }
    }

    /// Skips ASCII that means itself, eight bytes at a time.
    @inline(__always)
    private mutating func skipPlainText() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        while cursor + 8 <= count {
            let word = UInt64(littleEndian: UnsafeRawPointer(bytes + cursor).loadUnaligned(as: UInt64.self))
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5c)
            // The top bit of a byte is set where that byte is a quote, a backslash, below 0x20, or not ASCII. A borrow may
            // set it wrongly, but only above a byte where it is set rightly, and only the lowest one is used.
            let found =
                (((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | ((word &- (ones &* 0x20)) & ~word)
                    | word)
                & tops
            guard found == 0 else {
                cursor += found.trailingZeroBitCount / 8
                return
            }
            cursor += 8
        }
    }

    private mutating func escape() throws(JSONError) {
        let start = cursor
        guard start + 1 < count else { throw JSONError(.unexpectedEnd, at: count) }
        switch bytes[start + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            cursor = start + 2
        case UInt8(ascii: "u"):
            let unit = try codeUnit(at: start + 2)
            cursor = start + 6
            guard unit & 0xf800 == 0xd800 else { return }
            guard unit < 0xdc00, cursor + 1 < count, bytes[cursor] == UInt8(ascii: "\\"),
                bytes[cursor + 1] == UInt8(ascii: "u")
            else { throw JSONError(.loneSurrogate, at: start) }
            let low = try codeUnit(at: cursor + 2)
            guard low & 0xfc00 == 0xdc00 else { throw JSONError(.loneSurrogate, at: start) }
            cursor += 6
        default:
            throw JSONError(.invalidEscape, at: start)
        }
    }

    /// The UTF-16 code unit that the four hex digits at `offset` spell.
    private func codeUnit(at offset: Int) throws(JSONError) -> UInt16 {
        guard offset + 4 <= count else { throw JSONError(.unexpectedEnd, at: count) }
        guard let unit = JSONText.codeUnit(UnsafeRawBufferPointer(start: bytes, count: count), at: offset) else {
            throw JSONError(.invalidEscape, at: offset)
        }
        return unit
    }

    /// One character of two to four bytes, as RFC 3629 4 lists them: no overlong form, no surrogate, none past U+10FFFF.
    private mutating func multibyte() throws(JSONError) {
        let lead = bytes[cursor]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xbf
        switch lead {
        case 0xc2...0xdf: length = 2
        case 0xe0: (length, second) = (3, 0xa0...0xbf)
        case 0xed: (length, second) = (3, 0x80...0x9f)
        case 0xe1...0xef: length = 3
        case 0xf0: (length, second) = (4, 0x90...0xbf)
        case 0xf1...0xf3: length = 4
        case 0xf4: (length, second) = (4, 0x80...0x8f)
        default: throw JSONError(.invalidUTF8, at: cursor)
        }
        guard cursor + length <= count, second.contains(bytes[cursor + 1]) else {
            throw JSONError(.invalidUTF8, at: cursor)
        }
        for offset in 2..<max(length, 2) where bytes[cursor + offset] & 0xc0 != 0x80 {
            throw JSONError(.invalidUTF8, at: cursor)
        }
        cursor += length
    }
}
