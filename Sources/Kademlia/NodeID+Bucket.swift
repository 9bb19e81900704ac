extension NodeID {
    /// A random id in bucket `index` of `localID`: it differs from `localID` in the bit 2^`index`, in none above, and
    /// at random in those below. What a refresh of that bucket looks up (Kademlia paper 2.3).
    /// - Parameter index: 0 for the nearest bucket, 159 for the farthest, as ``Distance/bucketIndex`` counts.
    public static func random(
        inBucket index: Int,
        of localID: NodeID,
        using generator: inout some RandomNumberGenerator
    ) -> NodeID {
        precondition(0..<bitCount ~= index, "there are \(bitCount) buckets")
        var bits = Distance(high: generator.next(), middle: generator.next(), low: generator.next())
        switch index {
        case 96...:
            bits = Distance(high: bits.high.cut(to: index - 96), middle: bits.middle, low: bits.low)
        case 32...:
            bits = Distance(high: 0, middle: bits.middle.cut(to: index - 32), low: bits.low)
        default:
            bits = Distance(high: 0, middle: 0, low: bits.low.cut(to: index))
        }
        return NodeID(high: localID.high ^ bits.high, middle: localID.middle ^ bits.middle, low: localID.low ^ bits.low)
    }
}

extension FixedWidthInteger {
    /// With the bit 2^`index` set, those above cleared and those below as they are.
    fileprivate func cut(to index: Int) -> Self {
        self & ((1 << index) - 1) | 1 << index
    }
}
