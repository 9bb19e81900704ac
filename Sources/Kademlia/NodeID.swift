/// The id of a node in the DHT: 160 bits, written as 40 lowercase hex digits (protocol.md 1.1, Kademlia paper 2.1).
public struct NodeID: Sendable, Hashable, Comparable {
    /// The first 8 bytes, big-endian.
    public let high: UInt64
    /// Bytes 8 to 15, big-endian.
    public let middle: UInt64
    /// The last 4 bytes, big-endian.
    public let low: UInt32

    /// How many bits an id has.
    public static let bitCount = 160
    /// How many hex digits its text has.
    public static let digitCount = 40

    public init(high: UInt64, middle: UInt64, low: UInt32) {
        self.high = high
        self.middle = middle
        self.low = low
    }

    /// Reads exactly 40 hex digits of either case (existing parsers accept upper case and write lower case).
    public init?(_ text: some StringProtocol) {
        // The bytes at once: digit by digit, each would be a dynamic call.
        let id = text.utf8.withContiguousStorageIfAvailable { NodeID(digits: UnsafeRawBufferPointer($0)) }
        guard let id = id ?? Array(text.utf8).withUnsafeBytes({ NodeID(digits: $0) }) else { return nil }
        self = id
    }

    /// Reads exactly 40 hex digits of either case, in ASCII.
    public init?(digits: UnsafeRawBufferPointer) {
        guard digits.count == Self.digitCount else { return nil }
        var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
        // No branch depends on a digit: half of them are letters at random, and a branch would be mispredicted as often.
        var invalid: UInt8 = 0
        for index in 0..<Self.digitCount {
            let decimal = digits[index] &- UInt8(ascii: "0")
            let letter = (digits[index] | 0x20) &- UInt8(ascii: "a")
            let digit = decimal < 10 ? decimal : letter < 6 ? letter &+ 10 : 0x80
            invalid |= digit
            if index < 16 {
                words.0 = words.0 << 4 | UInt64(digit)
            } else if index < 32 {
                words.1 = words.1 << 4 | UInt64(digit)
            } else {
                words.2 = words.2 << 4 | UInt64(digit)
            }
        }
        guard invalid & 0x80 == 0 else { return nil }
        self.init(high: words.0, middle: words.1, low: UInt32(truncatingIfNeeded: words.2))
    }

    /// Takes the first 20 bytes of `bytes`, as ids derived from a digest do; nil when there are fewer.
    public init?(bytes: some Sequence<UInt8>) {
        var iterator = bytes.makeIterator()
        var words: (UInt64, UInt64, UInt32) = (0, 0, 0)
        for index in 0..<20 {
            guard let byte = iterator.next() else { return nil }
            switch index {
            case 0..<8: words.0 = words.0 << 8 | UInt64(byte)
            case 8..<16: words.1 = words.1 << 8 | UInt64(byte)
            default: words.2 = words.2 << 8 | UInt32(byte)
            }
        }
        self.init(high: words.0, middle: words.1, low: words.2)
    }

    /// A uniformly random id.
    public static func random(using generator: inout some RandomNumberGenerator) -> NodeID {
        NodeID(high: generator.next(), middle: generator.next(), low: generator.next())
    }

    public static func < (left: NodeID, right: NodeID) -> Bool {
        (left.high, left.middle, left.low) < (right.high, right.middle, right.low)
    }
}

extension NodeID: CustomStringConvertible {
    /// 40 lowercase hex digits.
    public var description: String {
        String(unsafeUninitializedCapacity: Self.digitCount) { buffer in
            func digit(_ value: UInt8) -> UInt8 {
                value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
            }
            for index in 0..<16 {
                buffer[index] = digit(UInt8(truncatingIfNeeded: high >> UInt64(60 - 4 * index)) & 0xf)
                buffer[16 + index] = digit(UInt8(truncatingIfNeeded: middle >> UInt64(60 - 4 * index)) & 0xf)
            }
            for index in 0..<8 {
                buffer[32 + index] = digit(UInt8(truncatingIfNeeded: low >> UInt32(28 - 4 * index)) & 0xf)
            }
            return Self.digitCount
        }
    }

    /// The first 8 digits, enough to tell nodes apart in a log line or a table.
    public var short: String { String(description.prefix(8)) }
}

extension NodeID: ExpressibleByIntegerLiteral {
    /// A small id for tests and examples: `let a: NodeID = 0x2a`.
    public init(integerLiteral value: UInt32) {
        self.init(high: 0, middle: 0, low: value)
    }
}
