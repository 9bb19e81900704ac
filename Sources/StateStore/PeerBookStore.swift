package import Kademlia

/// A peer that a bridge can find again: where it was, and when it was last heard there.
package struct StoredPeer: Sendable, Hashable {
    package var nodeID: NodeID
    /// A WebSocket address. Whether it may be dialled is not the store's business.
    package var address: String
    /// Milliseconds since 1970.
    package var lastHeard: Int64

    package init(nodeID: NodeID, address: String, lastHeard: Int64) {
        self.nodeID = nodeID
        self.address = address
        self.lastHeard = lastHeard
    }
}

/// Remembers a bridge's peers across restarts. Losing them costs time, never correctness.
///
/// The calls may block on a disk; keep them off event loops.
package protocol PeerBookStore: Sendable {
    /// Those of the latest ``replacePeers(with:)``, the last heard first; equal ones by id. What cannot be read is left out.
    func peers() throws -> [StoredPeer]

    /// Forgets all and keeps these, or fails and keeps what there was. Of two with one id the later counts. The caller
    /// bounds how many there are.
    func replacePeers(with peers: [StoredPeer]) throws
}
