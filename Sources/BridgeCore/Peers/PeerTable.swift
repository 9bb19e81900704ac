import Kademlia
import Timekeeping
import WireMessages

/// The DHT peers that are connected: their sockets and what they said here, what decides about helpers in a ``HelperPool``.
struct PeerTable: Sendable {
    /// What a peer has beyond what `HelperCandidate` holds.
    struct Peer: Sendable {
        /// Its sockets, the oldest first; never empty, at most `BridgeDefaults.socketsPerPeer`.
        var sockets: [ConnectionID]
        /// What it said of itself, reduced to what others may hear.
        var introduction: Introduction
        /// Where it answered a dial of ours.
        var dialledAt: String?
        /// Where it comes from, if it came by itself and that was seen.
        var network: NetworkGroup?
        /// The `find_node` we put to it and still wait for.
        var query: WireRequestID?
    }

    private var pool = HelperPool()
    /// In the order of the pool's candidates.
    private var peers: [Peer] = []

    var count: Int { pool.count }

    /// Those that are no bridges: the network that is there to be observed. Bridges know each other before they know anybody.
    private(set) var memberCount = 0

    /// In no particular order.
    var candidates: [HelperCandidate] { pool.candidates }

    func contains(_ id: NodeID) -> Bool { pool.place(of: id) != nil }

    /// The peer with that id. Nil when it is not connected.
    subscript(id: NodeID) -> Peer? { pool.place(of: id).map { peers[$0] } }

    func candidate(_ id: NodeID) -> HelperCandidate? { pool[id] }

    /// Changes what is known of a connected peer; nothing happens for any other.
    mutating func update(_ id: NodeID, _ change: (inout Peer, inout HelperCandidate) -> Void) {
        guard let place = pool.place(of: id) else { return }
        memberCount -= pool.candidates[place].memberWeight
        pool.update(at: place, with: &peers[place], change)
        memberCount += pool.candidates[place].memberWeight
    }

    mutating func insert(_ candidate: HelperCandidate, _ peer: Peer) {
        guard pool.insert(candidate) else { return }
        peers.append(peer)
        memberCount += candidate.memberWeight
    }

    /// Takes the peer out; the last one moves into its place.
    mutating func remove(_ id: NodeID) {
        let weight = pool[id]?.memberWeight ?? 0
        guard let place = pool.remove(id) else { return }
        memberCount -= weight
        peers.swapAt(place, peers.count - 1)
        peers.removeLast()
    }

    /// What became of an introduction to that helper, connected or not. The caller must know that it was made.
    mutating func record(_ result: IntroductionResult, of id: NodeID, at now: Instant) {
        pool.record(result, of: id, at: now)
    }

    /// Whom to ask to invite that newcomer; see ``HelperChoice``.
    /// - Parameter tried: helpers that are not wanted again, a few at most.
    mutating func choose(
        for newcomer: Newcomer,
        excluding tried: [NodeID] = [],
        at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> HelperCandidate? {
        pool.choose(for: newcomer, excluding: tried, at: now, using: &generator)
    }
}

extension HelperCandidate {
    fileprivate var memberWeight: Int { kind == .bridge ? 0 : 1 }
}
