extension String {
    /// Two lowercase hex digits for each byte, as the wire writes keys, signatures and ids (protocol.md 1.5).
    package init(hexadecimal bytes: some Collection<UInt8>) {
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
