/// Checks UTF-8 that arrives in pieces (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
///
/// The standard library checks whole strings only, and a fragmented message must fail at the fragment that breaks it.
public struct UTF8Validator: Equatable, Sendable {
    /// Continuation bytes that the current character still needs.
    private var missing: UInt8 = 0
    /// What the next continuation byte may be; narrower than 0x80...0xBF right after some first bytes.
    private var low: UInt8 = 0x80
    private var high: UInt8 = 0xBF

    public init() {}

    /// True when the text so far doesn't end inside a character.
    public var isComplete: Bool { self.missing == 0 }

    /// Returns false at the first byte that no valid text can have here; the validator is of no use after that.
    public mutating func feed(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index < bytes.count {
            if self.missing == 0 {
                // Most text is ASCII: eight bytes a step.
                while index + 8 <= bytes.count,
                    bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
                {
                    index += 8
                }
                guard index < bytes.count else { return true }
                guard self.begin(bytes[index]) else { return false }
            } else {
                guard (self.low...self.high).contains(bytes[index]) else { return false }
                self.missing -= 1
                (self.low, self.high) = (0x80, 0xBF)
            }
            index += 1
        }
        return true
    }

    /// RFC 3629, section 4: what may follow each first byte.
    private mutating func begin(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x00...0x7F: break
        case 0xC2...0xDF: self.missing = 1
        case 0xE0: (self.missing, self.low) = (2, 0xA0)
        case 0xE1...0xEC, 0xEE, 0xEF: self.missing = 2
        case 0xED: (self.missing, self.high) = (2, 0x9F)
        case 0xF0: (self.missing, self.low) = (3, 0x90)
        case 0xF1...0xF3: self.missing = 3
        case 0xF4: (self.missing, self.high) = (3, 0x8F)
        default: return false
        }
        return true
    }
}
