/// Reading the inside of a JSON string that `JSONScanner` has accepted.
enum JSONText {
    /// The UTF-16 code unit that four hex digits spell, or nil if they are not hex digits.
    static func codeUnit(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt16? {
        var unit: UInt16 = 0
        for byte in bytes[offset..<(offset + 4)] {
            guard let digit = hexDigit(byte) else { return nil }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }

    static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte &- UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte &- UInt8(ascii: "a") &+ 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte &- UInt8(ascii: "A") &+ 10
        default: nil
        }
    }

    /// The UTF-8 bytes that the inside of a string means. `text` must have been accepted by the scanner; anything malformed
    /// is left as it stands.
    static func unescaped(_ text: UnsafeRawBufferPointer) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            guard text[index] == UInt8(ascii: "\\"), index + 1 < text.count else {
                result.append(text[index])
                index += 1
                continue
            }
            switch text[index + 1] {
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0c)
            case UInt8(ascii: "n"): result.append(0x0a)
            case UInt8(ascii: "r"): result.append(0x0d)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "u"):
                let (scalar, length) = scalar(text, at: index)
                UTF8.encode(scalar).map { result.append(contentsOf: $0) }
                index += length
                continue
            case let other: result.append(other)
            }
            index += 2
        }
        return result
    }

    /// The character that a `\u` escape, or a pair of them, spells, and how many bytes it takes.
    private static func scalar(_ text: UnsafeRawBufferPointer, at index: Int) -> (Unicode.Scalar, Int) {
        guard index + 6 <= text.count, let unit = codeUnit(text, at: index + 2) else { return ("\u{fffd}", 2) }
        if let scalar = Unicode.Scalar(unit) { return (scalar, 6) }
        guard index + 12 <= text.count, let low = codeUnit(text, at: index + 8),
            unit & 0xfc00 == 0xd800, low & 0xfc00 == 0xdc00
        else { return ("\u{fffd}", 6) }
        let value = 0x10000 + (UInt32(unit & 0x3ff) << 10 | UInt32(low & 0x3ff))
        return (Unicode.Scalar(value) ?? "\u{fffd}", 12)
    }
}

extension UnsafeRawBufferPointer {
    func hasBytes(of word: StaticString) -> Bool {
        hasBytes(of: UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    }

    func hasBytes(of other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        var index = 0
        while index + 8 <= count {
            guard
                loadUnaligned(fromByteOffset: index, as: UInt64.self)
                    == other.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            else { return false }
            index += 8
        }
        while index < count {
            guard self[index] == other[index] else { return false }
            index += 1
        }
        return true
    }

    /// Negative, zero or positive as this sorts before, with or after `other`, bytewise.
    func order(against other: UnsafeRawBufferPointer) -> Int {
        for index in 0..<Swift.min(count, other.count) where self[index] != other[index] {
            return Int(self[index]) - Int(other[index])
        }
        return count - other.count
    }
}
