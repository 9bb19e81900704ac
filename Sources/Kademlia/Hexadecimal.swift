extension String {
    /// Two lowercase hex digits for each byte, as the wire writes keys, signatures and ids (protocol.md 1.5).
    public init(hexadecimal bytes: some Collection<UInt8>) {
        // The bytes at once: one by one, each would be a dynamic call.
        let text = bytes.withContiguousStorageIfAvailable { String(digitsOf: $0) }
        self = text ?? Array(bytes).withUnsafeBufferPointer { String(digitsOf: $0) }
    }

    private init(digitsOf bytes: UnsafeBufferPointer<UInt8>) {
        self.init(unsafeUninitializedCapacity: 2 * bytes.count) { buffer in
            func digit(_ value: UInt8) -> UInt8 {
                value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
            }
            for (index, byte) in bytes.enumerated() {
                buffer[2 * index] = digit(byte >> 4)
                buffer[2 * index + 1] = digit(byte & 0xf)
            }
            return 2 * bytes.count
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
