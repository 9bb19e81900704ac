/// SplitMix64 (Steele, Lea and Flood 2014): small, fast, and the same sequence for the same seed on every machine. For tests
/// and simulated peers, never for secrets.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) {
        state = seed
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}

extension SeededGenerator {
    /// The seeds a property test runs with: a fixed handful, so that a failure names the one that shows it again.
    public static func seeds(_ count: Int) -> [UInt64] {
        (0..<UInt64(count)).map { $0 &* 7919 &+ 1 }
    }
}
