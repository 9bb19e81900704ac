/// Appends compact JSON to a byte array. Commas and escapes are its business; balance is the caller's.
public struct JSONWriter {
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// - Parameter capacity: bytes to reserve; most messages are between 200 and 900 bytes long.
    public init(capacity: Int = 512) {
        bytes.reserveCapacity(capacity)
    }

    public mutating func beginObject() { begin(UInt8(ascii: "{")) }
    public mutating func endObject() { end(UInt8(ascii: "}")) }
    public mutating func beginArray() { begin(UInt8(ascii: "[")) }
    public mutating func endArray() { end(UInt8(ascii: "]")) }

    /// The name of the member whose value is written next. `name` must not need escapes.
    public mutating func key(_ name: StaticString) {
        let length = name.utf8CodeUnitCount
        // In one piece: names are half of what is written.
        withUnsafeTemporaryAllocation(byteCount: length + 4, alignment: 1) { piece in
            var end = 0
            func put(_ byte: UInt8) {
                piece[end] = byte
                end += 1
            }
            if needsComma { put(UInt8(ascii: ",")) }
            put(UInt8(ascii: "\""))
            UnsafeMutableRawBufferPointer(rebasing: piece[end...]).copyMemory(
                from: UnsafeRawBufferPointer(start: name.utf8Start, count: length)
            )
            end += length
            put(UInt8(ascii: "\""))
            put(UInt8(ascii: ":"))
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: piece[..<end]))
        }
        needsComma = false
    }

    /// The name of the member whose value is written next.
    public mutating func key(_ name: String) {
        comma()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
    }

    /// The name of the member whose value is written next, as it stands in an accepted text, quotes included.
    mutating func key(verbatim name: UnsafeRawBufferPointer) {
        comma()
        bytes.append(contentsOf: name)
        bytes.append(UInt8(ascii: ":"))
    }

    public mutating func null() { plain("null") }
    public mutating func bool(_ value: Bool) { plain(value ? "true" : "false") }

    public mutating func int64(_ value: Int64) {
        comma()
        // 2^63 has 19 digits; they come last first.
        withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
            var start = digits.count
            var rest = value.magnitude
            repeat {
                start -= 1
                digits[start] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            if value < 0 {
                start -= 1
                digits[start] = UInt8(ascii: "-")
            }
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: digits[start...]))
        }
        needsComma = true
    }

    public mutating func string(_ value: String) {
        comma()
        quote(value)
        needsComma = true
    }

    /// A string that needs no escapes, as its caller knows: ids, type names.
    mutating func plainString(_ value: UnsafeRawBufferPointer) {
        comma()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: value)
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    /// A value that is JSON already.
    mutating func verbatim(_ value: some Collection<UInt8>) {
        comma()
        bytes.append(contentsOf: value)
        needsComma = true
    }

    private mutating func plain(_ word: StaticString) {
        comma()
        bytes.append(contentsOf: UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
        needsComma = true
    }

    private mutating func begin(_ bracket: UInt8) {
        comma()
        bytes.append(bracket)
    }

    private mutating func end(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func comma() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = false
    }

    private mutating func quote(_ text: String) {
        var text = text
        bytes.append(UInt8(ascii: "\""))
        text.withUTF8 { utf8 in
            var plain = 0
            for index in utf8.indices where utf8[index] < 0x20 || utf8[index] == 0x22 || utf8[index] == 0x5c {
                bytes.append(contentsOf: utf8[plain..<index])
                escape(utf8[index])
                plain = index + 1
            }
            bytes.append(contentsOf: utf8[plain...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        func digit(_ value: UInt8) -> UInt8 {
            value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
        }
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x22, 0x5c: bytes.append(byte)
        case 0x0a: bytes.append(UInt8(ascii: "n"))
        case 0x0d: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        default: bytes.append(contentsOf: [UInt8(ascii: "u"), 0x30, 0x30, digit(byte >> 4), digit(byte & 0xf)])
        }
    }
}
