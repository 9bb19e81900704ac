import BootstrapCore
import Kademlia
import LinkCore
import Scheduling

extension SourceID {
    /// Whose connection it is, for fairness: an IPv4 address, or an IPv6 network of 64 bits, which is what one customer has. All
    /// connections without an address are one source.
    init(_ address: IPAddress?) {
        self.init(value: address.map { $0.versionFour.map(UInt64.init) ?? $0.high } ?? 0)
    }
}

extension ClientOrigin {
    /// - Parameter address: whose it is, a proxy left out; nil for a connection that has none.
    init(_ address: IPAddress?) {
        guard let address, !address.isLoopback else {
            self.init(source: SourceID(address).value)
            return
        }
        let group = NetworkGroup(address)
        let isNearby = group?.isPrivate ?? false
        self.init(
            source: SourceID(address).value,
            group: isNearby ? nil : group,
            reach: isNearby ? .nearby : .everywhere
        )
    }
}
