/// A 64-bit hash over whole words, in order (FNV-1a's scheme with a final mix per word): the same on every machine and in every
/// process, which the standard library's hashing is not.
package struct TraceHash: Sendable, Equatable, CustomStringConvertible {
    package private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    package init() {}

    package mutating func absorb(_ word: UInt64) {
        value = (value ^ word) &* 0x0000_0100_0000_01b3
        value ^= value >> 29
    }

    package mutating func absorb(_ number: Int) {
        absorb(UInt64(bitPattern: Int64(number)))
    }

    /// 16 hex digits.
    package var description: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
