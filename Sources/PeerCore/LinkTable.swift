import Kademlia
import Timekeeping

/// One DHT socket of one peer: counted up from 1, never used again.
public struct DHTLinkID: Sendable, Hashable, Comparable {
    public let value: UInt64

    public init(value: UInt64) {
        self.value = value
    }

    public static func < (left: DHTLinkID, right: DHTLinkID) -> Bool {
        left.value < right.value
    }
}

/// The DHT sockets of one peer, by link and by who is at the other end.
///
///     dial ──► dialling ──opened──► greeting ──connected──┐
///                                                         ├──► up ──► closed
///     accept ────────────► accepted ──────hello───────────┘
///
/// Several links to one id are normal and none is closed for it; the newest is used for sending (protocol.md 4.7, rule 2).
/// There is one outgoing attempt per id at most (rule 1).
struct LinkTable: Sendable {
    enum Phase: Equatable, Sendable {
        /// We dial `target`; the socket is not open yet.
        case dialling(NodeID)
        /// The socket to `target` is open and our hello is out.
        case greeting(NodeID)
        /// Somebody dialled us and has not said hello yet.
        case accepted
        /// Both ends know each other.
        case up(NodeID)
    }

    struct Link: Sendable {
        var phase: Phase
        /// When anything was heard on it last; when it was opened, until then.
        var lastHeard: Instant

        var isGreeting: Bool {
            switch phase {
            case .greeting: true
            case .dialling, .accepted, .up: false
            }
        }
    }

    private var links: [DHTLinkID: Link] = [:]
    /// Links that are up, oldest first; no entry when there is none.
    private var upByPeer: [NodeID: [DHTLinkID]] = [:]
    private var attempts: [NodeID: DHTLinkID] = [:]
    private var lastID: UInt64 = 0

    var count: Int { links.count }

    /// Ids with at least one link that is up.
    var linkedPeers: some Collection<NodeID> { upByPeer.keys }

    subscript(link: DHTLinkID) -> Link? { links[link] }

    func isLinked(to peer: NodeID) -> Bool { upByPeer[peer] != nil }

    func isDialling(_ peer: NodeID) -> Bool { attempts[peer] != nil }

    /// How many attempts are under way.
    var attemptCount: Int { attempts.count }

    /// The link to send on: the newest that is up.
    func newest(to peer: NodeID) -> DHTLinkID? { upByPeer[peer]?.last }

    /// Everything there is, in order of opening.
    var all: [DHTLinkID] { links.keys.sorted() }

    /// A new socket that somebody else opened; nil when the table is full.
    mutating func accept(at now: Instant) -> DHTLinkID? {
        guard links.count < PeerDefaults.links else { return nil }
        return insert(.accepted, at: now)
    }

    /// A new socket to `peer`; nil when one is under way or up already, or when the table is full.
    mutating func dial(_ peer: NodeID, at now: Instant) -> DHTLinkID? {
        guard attempts[peer] == nil, upByPeer[peer] == nil, links.count < PeerDefaults.links else { return nil }
        let link = insert(.dialling(peer), at: now)
        attempts[peer] = link
        return link
    }

    mutating func heard(on link: DHTLinkID, at now: Instant) {
        links[link]?.lastHeard = now
    }

    /// Our dial is open; returns whom it was for, nil when the link is not one that was being dialled.
    mutating func opened(_ link: DHTLinkID, at now: Instant) -> NodeID? {
        guard case .dialling(let peer) = links[link]?.phase else { return nil }
        links[link] = Link(phase: .greeting(peer), lastHeard: now)
        return peer
    }

    /// The greeting is complete and `peer` is at the other end.
    /// - Returns: false when `peer` has its share of sockets already. The link is not up then.
    mutating func established(_ link: DHTLinkID, with peer: NodeID, at now: Instant) -> Bool {
        guard links[link] != nil, upByPeer[peer, default: []].count < PeerDefaults.linksPerPeer else { return false }
        if attempts[peer] == link { attempts[peer] = nil }
        links[link] = Link(phase: .up(peer), lastHeard: now)
        upByPeer[peer, default: []].append(link)
        return true
    }

    /// Takes the link out.
    mutating func remove(_ link: DHTLinkID) -> Link? {
        guard let removed = links.removeValue(forKey: link) else { return nil }
        switch removed.phase {
        case .dialling(let peer), .greeting(let peer):
            if attempts[peer] == link { attempts[peer] = nil }
        case .accepted:
            break
        case .up(let peer):
            upByPeer[peer]?.removeAll { $0 == link }
            if upByPeer[peer]?.isEmpty == true { upByPeer[peer] = nil }
        }
        return removed
    }

    private mutating func insert(_ phase: Phase, at now: Instant) -> DHTLinkID {
        lastID += 1
        let link = DHTLinkID(value: lastID)
        links[link] = Link(phase: phase, lastHeard: now)
        return link
    }
}
