/// Base64 with the alphabet for URLs (RFC 4648, 5), as the coordinates of a JWK have it (RFC 7518, 6.2.1).
enum Base64URL {
    /// Reads `count` bytes, with or without padding; nil for any other text. Bits that belong to no byte must be zero, as whoever
    /// writes Base64 makes them.
    static func bytes(_ text: String, count: Int) -> [UInt8]? {
        let digits = (8 * count + 5) / 6
        let padding = (4 - digits % 4) % 4
        let text = text.utf8
        guard text.count == digits || (text.count == digits + padding && text.suffix(padding).allSatisfy { $0 == pad })
        else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        var buffer: UInt32 = 0
        var bits = 0
        for byte in text.prefix(digits) {
            guard let value = value(of: byte) else { return nil }
            buffer = buffer << 6 | UInt32(value)
            bits += 6
            guard bits >= 8 else { continue }
            bits -= 8
            bytes.append(UInt8(buffer >> UInt32(bits)))
            buffer &= 1 << UInt32(bits) - 1
        }
        return buffer == 0 ? bytes : nil
    }

    private static let pad = UInt8(ascii: "=")

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
