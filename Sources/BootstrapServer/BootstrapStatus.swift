package import BootstrapCore
package import BridgeLink
package import Observation

/// The server at one moment, for HTTP routes and the command line.
package struct BootstrapStatus: Sendable {
    package var registeredPeers: Int
    /// Open sockets, registered or not.
    package var connections: Int
    package var counters: BootstrapCounters
    package var pool: PoolReport
    package var createsNewDHT: Bool
    package var opensNetwork: Bool
    package var maxPeers: Int
    package var isListening: Bool
    /// It prepares to stop.
    package var isDraining: Bool
    /// The last decision about the start of the network could be stored, or none was to be.
    package var isLedgerUsable: Bool
    /// What clients reported of their networks.
    package var statistics = PeerStatistics.Report()
    /// Peers whose membership tokens are being looked at.
    package var pendingReconnections = 0
    package var observed = JoinTotals()
    package var peerKinds = PeerKinds()
    /// Nobody has begun the network yet.
    package var isNewNetwork = false
    /// A bridge with a link reported last that it is connected to peers, or did not say.
    package var canNameHelper = true
    package var probe: ProbeStatus?
}
