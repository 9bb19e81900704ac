extension String {
    /// Two lowercase hex digits for each byte, as the wire writes keys, signatures and ids (protocol.md 1.5).
    public init(hexadecimal bytes: some Collection<UInt8>) {
        self.init(unsafeUninitializedCapacity: 2 * bytes.count) { buffer in
            func digit(_ value: UInt8) -> UInt8 {
                value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
            }
            var index = 0
            for byte in bytes {
                buffer[index] = digit(byte >> 4)
                buffer[index + 1] = digit(byte & 0xf)
                index += 2
            }
            return index
        }
    }
}

extension [UInt8] {
    /// Reads `count` bytes from twice as many lowercase hex digits; nil for any other text. Upper case is refused because what
    /// is signed must have one spelling.
    public init?(lowercaseHexadecimal text: String, count: Int) {
        guard text.utf8.count == 2 * count else { return nil }
        self = []
        reserveCapacity(count)
        var high: UInt8?
        for byte in text.utf8 {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            default: return nil
            }
            if let first = high {
                append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
    }
}
