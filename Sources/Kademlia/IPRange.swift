/// Addresses that begin alike, as in `10.0.0.0/8`.
public struct IPRange: Sendable, Hashable {
    private let base: IPAddress
    /// How many bits are alike, counted as in IPv6.
    private let bits: Int

    /// Reads an address (`IPAddress`), alone or with the number of bits that count behind a slash (RFC 4632 3.1). Bits beyond
    /// those must be zero: whoever writes `10.1.2.3/8` has something else in mind than `10.0.0.0/8`.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = parts.first.flatMap({ IPAddress($0) }) else { return nil }
        let skipped = address.versionFour == nil ? 0 : 96
        var length = 128 - skipped
        if parts.count == 2 {
            guard parts[1].utf8.count <= 3, parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let written = Int(parts[1]), written <= length
            else { return nil }
            length = written
        }
        self.init(address, bits: skipped + length)
        guard Self.masked(address, bits) == address else { return nil }
    }

    private init(_ base: IPAddress, bits: Int) {
        self.base = base
        self.bits = bits
    }

    public func contains(_ address: IPAddress) -> Bool {
        Self.masked(address, bits) == base
    }

    private static func masked(_ address: IPAddress, _ bits: Int) -> IPAddress {
        // A shift by all 64 bits leaves zero.
        let high: UInt64 = .max << (64 - min(bits, 64))
        let low: UInt64 = .max << (64 - max(bits - 64, 0))
        return IPAddress(high: address.high & high, low: address.low & low)
    }
}

extension IPRange {
    /// This machine (RFC 1122 3.2.1.3, RFC 4291 2.5.3).
    public static let loopback = [
        IPRange(IPAddress(versionFour: 127 << 24), bits: 96 + 8), IPRange(IPAddress(high: 0, low: 1), bits: 128),
    ]

    /// Networks that belong to one owner: RFC 1918, unique local addresses (RFC 4193), link-local addresses (RFC 3927, RFC 4291
    /// 2.5.6). Not the addresses that customers of a provider share (RFC 6598): they are strangers to each other.
    public static let `private` = [
        IPRange(IPAddress(versionFour: 10 << 24), bits: 96 + 8),
        IPRange(IPAddress(versionFour: 0xac10_0000), bits: 96 + 12),
        IPRange(IPAddress(versionFour: 0xc0a8_0000), bits: 96 + 16),
        IPRange(IPAddress(versionFour: 0xa9fe_0000), bits: 96 + 16),
        IPRange(IPAddress(high: 0xfc00 << 48, low: 0), bits: 7),
        IPRange(IPAddress(high: 0xfe80 << 48, low: 0), bits: 10),
    ]
}
