package import BootstrapCore
package import BridgeLink

/// The server at one moment, for HTTP routes and the command line.
package struct BootstrapStatus: Sendable {
    package var registeredPeers: Int
    /// Open sockets, registered or not.
    package var connections: Int
    package var counters: BootstrapCounters
    package var pool: PoolReport
    package var createsNewDHT: Bool
    package var maxPeers: Int
}
