/// Why bytes are not JSON that we accept, and where.
public struct JSONError: Error, Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// Nothing but whitespace.
        case empty
        /// Longer than `JSONLimits.bytes`.
        case tooLong
        /// A UTF-8 byte order mark, which RFC 8259 8.1 forbids senders to add.
        case byteOrderMark
        case unexpectedByte
        /// The text stops inside a value.
        case unexpectedEnd
        /// Something follows the value.
        case trailingBytes
        case invalidUTF8
        case invalidEscape
        /// An escaped UTF-16 surrogate without its other half: no Unicode text has one.
        case loneSurrogate
        /// A byte below 0x20 inside a string.
        case controlCharacter
        case invalidNumber
        case tooDeep
        case tooManyValues
        /// Two members of one object have one name. Parsers disagree about which of them counts, so neither does here.
        case duplicateKey
    }

    public var kind: Kind
    /// Offset of the byte at which reading stopped.
    public var offset: Int

    public init(_ kind: Kind, at offset: Int) {
        self.kind = kind
        self.offset = offset
    }
}

/// How much JSON we read from a stranger.
public struct JSONLimits: Hashable, Sendable {
    /// How deep arrays and objects may nest. Recorded messages reach 6; the limit keeps whoever reads our output safe too.
    public var depth: Int
    /// How many values a text may have, itself included. Bounds the memory of a tape to 32 bytes per value.
    public var values: Int
    /// How many bytes a text may have. The transport has its own, lower limit; this one keeps offsets in 32 bits.
    public var bytes: Int

    public init(depth: Int = 32, values: Int = 10_000, bytes: Int = 16 << 20) {
        self.depth = depth
        self.values = values
        self.bytes = bytes
    }

    public static let standard = JSONLimits()
}
