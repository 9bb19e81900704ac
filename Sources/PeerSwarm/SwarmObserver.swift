import Kademlia
import PeerCore

/// Hears what happens to the peers of a swarm, on its event loop.
protocol SwarmObserver: AnyObject {
    func joinStarted()
    func report(_ report: JoinReport, of peer: NodeID)
    /// `peer` has a link to `helper`, to whom an answer introduced it.
    func met(_ helper: NodeID, by peer: NodeID)
    func connectednessChanged(of peer: NodeID, to isConnected: Bool)
    /// The peer has at least one link, and none of its dials is under way any more.
    func settledIn(_ peer: NodeID)
    func messageSent()
    func messageReceived()
}
