public import Kademlia
public import Timekeeping

/// What is asked of a connected peer when the bridge looks over the network.
public struct ObservedPeer: Sendable, Hashable {
    public var id: NodeID
    public var isBridge: Bool
    public var lastHeard: Instant
    public var connectedSince: Instant
    /// Its tab is hidden, or it leaves our pings unanswered: still connected, and not for long.
    public var isLeaving: Bool
    /// It showed a token in its hello.
    public var showsToken: Bool
    /// Whom that token names in `nodeId`.
    public var tokenNodeID: NodeID?

    public init(
        id: NodeID,
        isBridge: Bool = false,
        lastHeard: Instant,
        connectedSince: Instant,
        isLeaving: Bool = false,
        showsToken: Bool = false,
        tokenNodeID: NodeID? = nil
    ) {
        self.id = id
        self.isBridge = isBridge
        self.lastHeard = lastHeard
        self.connectedSince = connectedSince
        self.isLeaving = isLeaving
        self.showsToken = showsToken
        self.tokenNodeID = tokenNodeID
    }
}

/// One look over all connected peers: whether there is a network to come back to, and who in it is worth naming
/// (protocol.md 3.6). Peers are added one by one, in any order.
public struct NetworkSurvey: Sendable {
    /// Peers heard within five minutes; the asker does not count.
    public private(set) var activePeers = 0
    /// Peers that showed a token which is not somebody else's; the asker does not count.
    public private(set) var announcements = 0
    /// Peers that are no bridges; the asker does not count.
    public private(set) var members = 0
    public private(set) var fingerprint: NetworkFingerprint

    private let asker: NodeID?
    private let now: Moment
    private var best: (id: NodeID, lastHeard: Instant)?

    /// - Parameter asker: who wants to get in and therefore is no evidence of a network.
    public init(observer: NodeID, asker: NodeID? = nil, at now: Moment) {
        self.asker = asker
        self.now = now
        fingerprint = NetworkFingerprint(observer: observer, at: now.unixMilliseconds)
    }

    public mutating func add(_ peer: ObservedPeer) {
        let silence = now.instant - peer.lastHeard
        let isActive = silence < BridgeDefaults.activeSilenceLimit
        let isAnnounced = peer.showsToken && (peer.tokenNodeID ?? peer.id) == peer.id
        if isActive { fingerprint.addActivePeer(peer.id) }
        if isAnnounced {
            let age = (now.instant - peer.connectedSince).wholeMilliseconds
            fingerprint.addAnnouncement(
                of: peer.id,
                tokenNodeID: peer.tokenNodeID,
                at: now.unixMilliseconds - age
            )
        }
        guard peer.id != asker else { return }
        if isActive { activePeers += 1 }
        if isAnnounced { announcements += 1 }
        guard !peer.isBridge else { return }
        members += 1
        guard !peer.isLeaving, silence < BridgeDefaults.memberSilenceLimit else { return }
        // The last one heard is the least likely to be gone; the id makes the choice the same in whatever order they come.
        if let best, (best.lastHeard, peer.id) >= (peer.lastHeard, best.id) { return }
        best = (peer.id, peer.lastHeard)
    }

    /// The member to name to one who comes back; nil when none was heard within a minute.
    public var activeMember: NodeID? { best?.id }

    /// Why nobody should come back to this network, in the words of existing bridges; nil when it is well.
    public var ailment: String? {
        if activePeers < BridgeDefaults.networkPeers { return "Network unhealthy: Insufficient active peers" }
        return best == nil ? "No active DHT members observed" : nil
    }
}
