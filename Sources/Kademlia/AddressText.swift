/// Reads IP literals. Strict, because what this refuses another parser might take for an address of its own choice: no
/// leading zeros (octal to some), no short forms, no signs, no spaces.
enum AddressText {
    typealias Text = Substring.UTF8View

    /// Exactly four decimal numbers of 0 to 255 between dots, the first in the highest bits.
    static func versionFour(_ text: Text) -> UInt32? {
        var address: UInt32 = 0
        var number: UInt32 = 0
        var digits = 0
        var dots = 0
        for byte in text {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                guard digits == 0 || number != 0 else { return nil }
                number = number * 10 + UInt32(byte - UInt8(ascii: "0"))
                digits += 1
                guard number <= 255 else { return nil }
            case UInt8(ascii: "."):
                guard digits > 0, dots < 3 else { return nil }
                address = address << 8 | number
                number = 0
                digits = 0
                dots += 1
            default:
                return nil
            }
        }
        guard digits > 0, dots == 3 else { return nil }
        return address << 8 | number
    }

    /// Eight words, of which `::` stands for one or more zeros; the last two may be written as an IPv4 address
    /// (RFC 4291 2.2). Brackets and a zone (RFC 4007 11) are left out.
    static func versionSix(_ text: Text) -> SIMD8<UInt16>? {
        var rest = text
        if rest.first == UInt8(ascii: "[") {
            guard rest.last == UInt8(ascii: "]") else { return nil }
            rest = rest.dropFirst().dropLast()
        }
        if let zone = rest.firstIndex(of: UInt8(ascii: "%")) {
            guard rest.index(after: zone) < rest.endIndex else { return nil }
            rest = rest[..<zone]
        }
        let colon = UInt8(ascii: ":")
        var words = SIMD8<UInt16>.zero
        var count = 0
        // How many words stand before the `::`.
        var gap: Int?
        if rest.first == colon {
            guard rest.dropFirst().first == colon else { return nil }
            gap = 0
            rest = rest.dropFirst(2)
        }
        while !rest.isEmpty {
            let field = rest.prefix { $0 != colon }
            rest = rest[field.endIndex...]
            if rest.isEmpty, let address = versionFour(field) {
                guard count <= 6 else { return nil }
                words[count] = UInt16(truncatingIfNeeded: address >> 16)
                words[count + 1] = UInt16(truncatingIfNeeded: address)
                count += 2
                break
            }
            guard count < 8, let word = word(field) else { return nil }
            words[count] = word
            count += 1
            guard rest.popFirst() != nil else { break }
            if rest.first == colon {
                guard gap == nil else { return nil }
                gap = count
                rest = rest.dropFirst()
            } else if rest.isEmpty {
                return nil
            }
        }
        guard let gap else { return count == 8 ? words : nil }
        guard count < 8 else { return nil }
        var spread = SIMD8<UInt16>.zero
        for index in 0..<count { spread[index < gap ? index : 8 - count + index] = words[index] }
        return spread
    }

    /// One to four hex digits.
    private static func word(_ field: Text) -> UInt16? {
        var word: UInt16 = 0
        var digits = 0
        for byte in field {
            let value: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            guard digits < 4 else { return nil }
            word = word << 4 | UInt16(value)
            digits += 1
        }
        return digits > 0 ? word : nil
    }
}
