import BridgeNode
import Kademlia
import LinkCore
import PeerSwarm

/// What `causeway up --json` prints: a stable contract for scripts.
struct UpSummary: Sendable, Encodable {
    struct Bridge: Sendable, Encodable {
        var id: String
        var status: String
        /// Links that the bootstrap opened, by the bridge's own count.
        var connectionsOpened: Int
        var requests: Int
        var peersConnected: Int
    }

    var joins: SwarmSnapshot.Joins
    var churn: SwarmSnapshot.Churn
    var introductions: SwarmSnapshot.Introductions
    var connectedPeers: Int
    var genesis: String?
    var bridges: [Bridge]
    var failures: [SwarmSnapshot.Failure]

    /// - Parameter pool: what the bootstrap says of its links, in the order of the bridges.
    init(swarm: SwarmSnapshot, bridges: [BridgeNodeStatus], pool: [LinkStatus]) {
        joins = swarm.joins
        churn = swarm.churn
        introductions = swarm.introductions
        connectedPeers = swarm.connectedPeers
        genesis = swarm.genesis
        self.bridges = bridges.enumerated().map { index, bridge in
            Bridge(
                id: bridge.nodeID.description,
                status: (pool.indices.contains(index) ? pool[index] : .disconnected).rawValue,
                connectionsOpened: bridge.linksOpenedTotal,
                requests: bridge.requests,
                peersConnected: bridge.peersConnected
            )
        }
        failures = swarm.failures
    }
}
