/// How far two nodes are apart: the XOR of their ids as a 160-bit unsigned number (Kademlia paper 2.1, protocol.md 1.2).
public struct Distance: Sendable, Hashable, Comparable {
    /// The top 64 bits.
    public let high: UInt64
    /// The 64 bits below.
    public let middle: UInt64
    /// The lowest 32 bits.
    public let low: UInt32

    public init(high: UInt64, middle: UInt64, low: UInt32) {
        self.high = high
        self.middle = middle
        self.low = low
    }

    public static func < (left: Distance, right: Distance) -> Bool {
        (left.high, left.middle, left.low) < (right.high, right.middle, right.low)
    }

    /// How many bits are zero before the first one that is set; 160 for a node's distance to itself.
    public var leadingZeroBitCount: Int {
        if high != 0 { return high.leadingZeroBitCount }
        if middle != 0 { return 64 + middle.leadingZeroBitCount }
        return 128 + low.leadingZeroBitCount
    }

    /// The bucket that holds a node at this distance: 159 for the far half of the id space, 0 for the one nearest neighbour;
    /// nil for the node itself.
    public var bucketIndex: Int? {
        let index = NodeID.bitCount - 1 - leadingZeroBitCount
        return index >= 0 ? index : nil
    }

    /// Whether the bit with the value 2^`index` is set.
    public func hasBit(_ index: Int) -> Bool {
        switch index {
        case 0..<32: low >> UInt32(index) & 1 == 1
        case 32..<96: middle >> UInt64(index - 32) & 1 == 1
        case 96..<160: high >> UInt64(index - 96) & 1 == 1
        default: false
        }
    }
}

extension NodeID {
    /// The XOR distance to `other`; symmetric, and zero only to itself.
    public func distance(to other: NodeID) -> Distance {
        Distance(high: high ^ other.high, middle: middle ^ other.middle, low: low ^ other.low)
    }
}
