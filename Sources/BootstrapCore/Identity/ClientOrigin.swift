public import Kademlia
import WireMessages

/// Where a connection comes from, as far as the server that holds the socket can tell.
public struct ClientOrigin: Sendable, Hashable {
    /// From where it can be reached itself, and so whose addresses mean anything to it.
    public enum Reach: Sendable, Hashable {
        /// This machine.
        case loopback
        /// A private network that this machine is in.
        case nearby
        case everywhere
    }

    /// Whoever is behind several connections has one: a number per address, for instance.
    public var source: UInt64
    /// The network it lies in; nil where that says nothing about who is behind it, as in private networks.
    public var group: NetworkGroup?
    public var reach: Reach

    public init(source: UInt64 = 0, group: NetworkGroup? = nil, reach: Reach = .loopback) {
        self.source = source
        self.group = group
        self.reach = reach
    }

    /// Whether a peer that connects from here may name this address as its own, or be given it as another's: none that
    /// leads into a network which it is not in itself (protocol.md 8, S14; robustness.md, S16).
    func mayUse(_ address: PeerAddress) -> Bool {
        switch address.scope {
        case .everywhere: true
        case .nearby: reach != .everywhere
        // A server on this machine is reached at `0.0.0.0`, as peers without an external address say (protocol.md 4.9).
        case .nowhere: reach == .loopback
        }
    }
}
