import Kademlia
import Timekeeping
import WireMessages

/// The DHT peers that are connected, with what decides about helpers kept dense for scanning.
struct PeerTable: Sendable {
    /// What a peer has beyond what `HelperCandidate` holds.
    struct Peer: Sendable {
        /// Its sockets, the oldest first; never empty, at most `BridgeDefaults.socketsPerPeer`.
        var sockets: [ConnectionID]
        /// What it said of itself, reduced to what others may hear.
        var introduction: Introduction
        /// The `find_node` we put to it and still wait for.
        var query: WireRequestID?
    }

    private(set) var candidates: [HelperCandidate] = []
    private var peers: [Peer] = []
    private var index: [NodeID: Int] = [:]

    var count: Int { candidates.count }

    func contains(_ id: NodeID) -> Bool { index[id] != nil }

    /// The peer with that id; assigning through it changes the table. Nil when it is not connected.
    subscript(id: NodeID) -> Peer? {
        index[id].map { peers[$0] }
    }

    func candidate(_ id: NodeID) -> HelperCandidate? {
        index[id].map { candidates[$0] }
    }

    /// Changes what is known of a connected peer; nothing happens for any other.
    mutating func update(_ id: NodeID, _ change: (inout Peer, inout HelperCandidate) -> Void) {
        guard let place = index[id] else { return }
        change(&peers[place], &candidates[place])
    }

    mutating func insert(_ candidate: HelperCandidate, _ peer: Peer) {
        guard index[candidate.id] == nil else { return }
        index[candidate.id] = candidates.count
        candidates.append(candidate)
        peers.append(peer)
    }

    /// Takes the peer out; the last one moves into its place.
    mutating func remove(_ id: NodeID) {
        guard let place = index.removeValue(forKey: id) else { return }
        let last = candidates.count - 1
        if place != last {
            candidates.swapAt(place, last)
            peers.swapAt(place, last)
            index[candidates[place].id] = place
        }
        candidates.removeLast()
        peers.removeLast()
    }
}
