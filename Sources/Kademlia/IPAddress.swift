/// An IP address. An IPv4 address written as an IPv6 one (RFC 4291 2.5.5.2), as a socket of both kinds shows it, is the IPv4
/// address.
public struct IPAddress: Sendable, Hashable {
    /// The upper half of the address as IPv6: its network.
    public let high: UInt64
    public let low: UInt64

    /// Before an IPv4 address in the lower half.
    private static let versionFourMark: UInt64 = 0xffff << 32

    public init(versionFour address: UInt32) {
        high = 0
        low = Self.versionFourMark | UInt64(address)
    }

    init(versionSix words: SIMD8<UInt16>) {
        high = (0..<4).reduce(0) { $0 << 16 | UInt64(words[$1]) }
        low = (4..<8).reduce(0) { $0 << 16 | UInt64(words[$1]) }
    }

    /// From the halves of an address as IPv6 writes it.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads a bare literal, IPv4 or IPv6: no brackets, no zone, no port, nothing around it.
    public init?(_ text: some StringProtocol) {
        let text = Substring(text).utf8
        guard !text.contains(where: { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "%") }) else { return nil }
        self.init(literal: text)
    }

    /// Also reads `[fe80::1%eth0]`, and leaves out what is not the address.
    init?(literal text: AddressText.Text) {
        if let address = AddressText.versionFour(text) {
            self.init(versionFour: address)
        } else if let words = AddressText.versionSix(text) {
            self.init(versionSix: words)
        } else {
            return nil
        }
    }

    /// nil for an IPv6 address.
    public var versionFour: UInt32? {
        high == 0 && low >> 32 == 0xffff ? UInt32(truncatingIfNeeded: low) : nil
    }

    public var isLoopback: Bool { IPRange.loopback.contains { $0.contains(self) } }

    /// `0.0.0.0` or `::`.
    public var isUnspecified: Bool { versionFour.map { $0 == 0 } ?? (high == 0 && low == 0) }
}

extension IPAddress: CustomStringConvertible {
    /// IPv6 without abbreviation but for leading zeros: `2001:db8:0:0:0:0:0:1`.
    public var description: String {
        if let versionFour {
            return [24, 16, 8, 0].map { String(versionFour >> $0 & 0xff) }.joined(separator: ".")
        }
        return [high, low].flatMap { half in [48, 32, 16, 0].map { String(half >> $0 & 0xffff, radix: 16) } }
            .joined(separator: ":")
    }
}
