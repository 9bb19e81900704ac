#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The system's random numbers, taken 32 at a time. Each number of `SystemRandomNumberGenerator` is a call of the kernel, which
/// costs more than most of what a request needs besides.
///
/// As unpredictable as the system's own. It stays with one owner: a copy would hand out the same numbers once more.
public struct BufferedRandomness: RandomNumberGenerator, Sendable {
    /// `getentropy` fills 256 bytes at most.
    private static let batch = 32

    @usableFromInline var words: [UInt64] = []

    public init() {}

    @inlinable
    public mutating func next() -> UInt64 {
        words.popLast() ?? refilled()
    }

    /// Takes the next numbers, and returns the first of them.
    @usableFromInline
    mutating func refilled() -> UInt64 {
        var fresh = [UInt64](repeating: 0, count: Self.batch)
        let isFilled = fresh.withUnsafeMutableBytes { getentropy($0.baseAddress, $0.count) == 0 }
        guard isFilled else {
            var system = SystemRandomNumberGenerator()
            return system.next()
        }
        words = fresh
        return words.removeLast()
    }
}
