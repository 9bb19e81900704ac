import LinkCore
import NIOCore
import Scheduling

extension SourceID {
    /// Whose connection it is, for fairness: an IPv4 address, or an IPv6 network of 64 bits, which is what one customer has. All
    /// local connections are one source.
    init(_ address: SocketAddress?) {
        // Where `sockaddr_in` and `sockaddr_in6` have the address (RFC 3493, 3.3).
        let place: Range<Int>
        switch address {
        case .v4: place = 4..<8
        case .v6: place = 8..<16
        case .unixDomainSocket, nil: place = 0..<0
        }
        let value = address?.withSockAddr { pointer, size in
            UnsafeRawBufferPointer(start: pointer, count: size)[place].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
        self.init(value: value ?? 0)
    }
}

extension SocketAddress {
    var isLoopback: Bool {
        guard let text = ipAddress else { return true }
        return text.hasPrefix("127.") || text == "::1" || text.hasPrefix("::ffff:127.")
    }
}
