/// The id of one onboarding request: 128 random bits, 32 lowercase hex digits on the wire, so that nobody can guess the id
/// of a request put to another bridge (protocol.md 8, S5).
public struct RequestID: Sendable, Hashable {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    public init(using generator: inout some RandomNumberGenerator) {
        self.init(high: generator.next(), low: generator.next())
    }

    /// Reads exactly 32 lowercase hex digits; nil for anything else, so that a foreign id is never taken for ours.
    public init?(_ text: String) {
        var text = text
        guard let id = text.withUTF8({ RequestID(digits: $0) }) else { return nil }
        self = id
    }

    private init?(digits: UnsafeBufferPointer<UInt8>) {
        guard digits.count == 32 else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        for byte in digits {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            default: return nil
            }
            words.0 = words.0 << 4 | words.1 >> 60
            words.1 = words.1 << 4 | UInt64(digit)
        }
        self.init(high: words.0, low: words.1)
    }
}

extension RequestID: CustomStringConvertible {
    public var description: String {
        String(unsafeUninitializedCapacity: 32) { buffer in
            for index in 0..<32 {
                let word = index < 16 ? high : low
                let nibble = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * (index & 15))) & 0xf
                buffer[index] = nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
            }
            return 32
        }
    }
}

/// What the owner of a pool knows a request, or an answer, by. The pool hands it back and looks at nothing of it: what is
/// asked and answered stays with the owner.
public struct Ticket: Sendable, Hashable {
    public let value: UInt64

    public init(value: UInt64) {
        self.value = value
    }
}

extension Ticket: CustomStringConvertible {
    public var description: String { "\(value)" }
}

/// One bridge as the pool keeps it: a configured address, or a bridge that dialled in. Counted up from 0, never used again.
public struct EndpointID: Sendable, Hashable, Comparable {
    public let value: Int

    public init(value: Int) {
        self.value = value
    }

    public static func < (left: EndpointID, right: EndpointID) -> Bool {
        left.value < right.value
    }
}

/// One connection the pool asked for or adopted: counted up from 1, never used again.
public struct LinkID: Sendable, Hashable {
    public let value: UInt64

    public init(value: UInt64) {
        self.value = value
    }
}
