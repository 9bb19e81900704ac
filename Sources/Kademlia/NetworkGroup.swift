/// The network an address lies in: the /24 of an IPv4 address, the /48 of an IPv6 address.
///
/// Whoever rents one address usually gets its neighbours too, so what a table must share out fairly it shares out by
/// group. That is only as good as the address: prefer the one a connection was seen to come from to the one a node
/// claims.
public struct NetworkGroup: Sendable, Hashable {
    /// An IPv6 prefix in the low 48 bits; an IPv4 prefix in the low 24, with ``versionFour`` set.
    private let prefix: UInt64

    private static let versionFour: UInt64 = 1 << 63

    /// The network of an IP literal.
    ///
    /// Takes an IPv4 address as four plain decimal numbers, or an IPv6 address in any form of RFC 4291 2.2, with or
    /// without brackets and zone (`[fe80::1%eth0]`). An IPv4-mapped IPv6 address is the IPv4 address in it.
    ///
    /// nil for anything else, host names above all, and for addresses that say nothing about where a node is: loopback
    /// and the unspecified address. A table does not limit these: tests and local networks live on them.
    public init?(host: some StringProtocol) {
        guard let address = IPAddress(literal: Substring(host).utf8) else { return nil }
        self.init(address)
    }

    /// The network of an address; nil for loopback and the unspecified address.
    public init?(_ address: IPAddress) {
        guard !address.isLoopback, !address.isUnspecified else { return nil }
        if let address = address.versionFour {
            self.init(prefix: Self.versionFour | UInt64(address >> 8))
        } else {
            self.init(prefix: address.high >> 16)
        }
    }

    private init(prefix: UInt64) {
        self.prefix = prefix
    }

    private var isVersionFour: Bool { prefix & Self.versionFour != 0 }

    /// Whether the network is reached from inside only: RFC 1918, shared address space (RFC 6598), link-local (RFC 3927
    /// and RFC 4291 2.5.6) and unique local addresses (RFC 4193).
    public var isPrivate: Bool {
        if isVersionFour {
            let network = UInt32(truncatingIfNeeded: prefix) & 0xff_ffff
            return network >> 16 == 10  // 10.0.0.0/8
                || network >> 12 == 0xac1  // 172.16.0.0/12
                || network >> 8 == 0xc0a8  // 192.168.0.0/16
                || network >> 14 == 0x6440 >> 6  // 100.64.0.0/10
                || network >> 8 == 0xa9fe  // 169.254.0.0/16
        }
        let first = UInt16(truncatingIfNeeded: prefix >> 32)
        return first >> 9 == 0xfc00 >> 9 || first >> 6 == 0xfe80 >> 6
    }
}

extension NetworkGroup: CustomStringConvertible {
    /// The network as a prefix: `203.0.113.0/24`, `2001:db8:1::/48`.
    public var description: String {
        if isVersionFour { return "\(prefix >> 16 & 0xff).\(prefix >> 8 & 0xff).\(prefix & 0xff).0/24" }
        let words = [prefix >> 32, prefix >> 16 & 0xffff, prefix & 0xffff].map { String($0, radix: 16) }
        return words.joined(separator: ":") + "::/48"
    }
}
