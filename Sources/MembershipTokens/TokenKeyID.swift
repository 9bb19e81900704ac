import Kademlia

/// Names the key that signed a token: the first 16 hex digits of the SHA-256 of the raw public key.
public struct TokenKeyID: Sendable, Hashable {
    public let value: UInt64

    /// How many hex digits its text has.
    public static let digitCount = 16

    public init(value: UInt64) {
        self.value = value
    }

    /// - Parameter digest: the SHA-256 of a public key.
    public init(digest: [UInt8]) {
        value = digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Reads exactly 16 lowercase hex digits.
    public init?(_ text: String) {
        guard let bytes = [UInt8](lowercaseHexadecimal: text, count: Self.digitCount / 2) else { return nil }
        self.init(digest: bytes)
    }
}

extension TokenKeyID: CustomStringConvertible {
    public var description: String {
        String(hexadecimal: (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(56 - 8 * $0)) })
    }
}
