/// Durations in logarithmic buckets: small enough to keep one for every second, and cheap enough to fill for every join.
///
/// Each doubling of the duration has four buckets, so that what is read from them is within 10 % of the truth; from 2^6
/// microseconds (64 us) to 2^26 (67 s), and one bucket each for what is below and above. 328 bytes.
public struct DurationHistogram: Sendable, Equatable {
    /// Buckets to each doubling.
    private static let bucketsPerDoubling = 4
    private static let lowestPower = 6
    private static let highestPower = 26
    public static let bucketCount = (highestPower - lowestPower) * bucketsPerDoubling + 2

    private var buckets: InlineArray<82, UInt32> = .init(repeating: 0)
    public private(set) var count = 0
    /// Of all of them, in microseconds.
    public private(set) var sumMicroseconds = 0

    public init() {}

    public mutating func record(microseconds: Int) {
        let microseconds = max(0, microseconds)
        buckets[Self.bucket(of: microseconds)] &+= 1
        count &+= 1
        sumMicroseconds &+= microseconds
    }

    /// How many were recorded up to this duration, as good as the buckets tell.
    public func count(upTo microseconds: Int) -> Int {
        var sum = 0
        for index in 0..<Self.bucketCount {
            guard let end = Self.end(of: index), end <= microseconds else { break }
            sum += Int(buckets[index])
        }
        return sum
    }

    /// What was recorded since `earlier`, a state of this one.
    public func difference(from earlier: DurationHistogram) -> DurationHistogram {
        var difference = DurationHistogram()
        for index in 0..<Self.bucketCount {
            difference.buckets[index] = buckets[index] &- earlier.buckets[index]
        }
        difference.count = count - earlier.count
        difference.sumMicroseconds = sumMicroseconds - earlier.sumMicroseconds
        return difference
    }

    public mutating func add(_ other: DurationHistogram) {
        for index in 0..<Self.bucketCount { buckets[index] &+= other.buckets[index] }
        count += other.count
        sumMicroseconds += other.sumMicroseconds
    }

    /// The duration in microseconds below which this share of them is; nil if there are none.
    public func quantile(_ share: Double) -> Int? {
        guard count > 0 else { return nil }
        let wanted = max(1, Int((share * Double(count)).rounded(.up)))
        var seen = 0
        for index in 0..<Self.bucketCount {
            let here = Int(buckets[index])
            guard seen + here >= wanted else {
                seen += here
                continue
            }
            let start = index == 0 ? 0 : Self.end(of: index - 1) ?? 0
            let end = Self.end(of: index) ?? start
            // Those in a bucket are taken to lie evenly in it.
            return start + (end - start) * (wanted - seen) / max(1, here)
        }
        return Self.end(of: Self.bucketCount - 2)
    }

    /// Ends of the buckets in microseconds, each the beginning of the next; the last bucket has no end.
    public static func end(of bucket: Int) -> Int? {
        guard bucket < bucketCount - 1 else { return nil }
        let (power, quarter) = bucket.quotientAndRemainder(dividingBy: bucketsPerDoubling)
        let base = 1 << (lowestPower + power)
        return base + base * quarter / bucketsPerDoubling
    }

    private static func bucket(of microseconds: Int) -> Int {
        guard microseconds >= 1 << lowestPower else { return 0 }
        let power = Int.bitWidth - 1 - microseconds.leadingZeroBitCount
        guard power < highestPower else { return bucketCount - 1 }
        // The two bits after the highest one.
        let quarter = (microseconds >> (power - 2)) & (bucketsPerDoubling - 1)
        return (power - lowestPower) * bucketsPerDoubling + quarter + 1
    }

    public static func == (one: Self, other: Self) -> Bool {
        guard one.count == other.count, one.sumMicroseconds == other.sumMicroseconds else { return false }
        return (0..<bucketCount).allSatisfy { one.buckets[$0] == other.buckets[$0] }
    }
}
