package import Kademlia
package import Timekeeping

/// What is asked of a connected peer when the bridge looks over the network.
package struct ObservedPeer: Sendable, Hashable {
    package var id: NodeID
    package var isBridge: Bool
    package var lastHeard: Instant
    package var connectedSince: Instant
    /// Its tab is hidden, or it leaves our pings unanswered: still connected, and not for long.
    package var isLeaving: Bool
    /// It showed a token in its hello.
    package var showsToken: Bool
    /// Whom that token names in `nodeId`.
    package var tokenNodeID: NodeID?

    package init(
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
package struct NetworkSurvey: Sendable {
    /// Peers heard within five minutes; the asker does not count.
    package private(set) var activePeers = 0
    /// Peers that showed a token which is not somebody else's; the asker does not count.
    package private(set) var announcements = 0
    /// Peers that are no bridges; the asker does not count.
    package private(set) var members = 0
    package private(set) var fingerprint: NetworkFingerprint

    private let asker: NodeID?
    private let now: Moment
    private var best: (id: NodeID, lastHeard: Instant)?

    /// - Parameter asker: who wants to get in and therefore is no evidence of a network.
    package init(observer: NodeID, asker: NodeID? = nil, at now: Moment) {
        self.asker = asker
        self.now = now
        fingerprint = NetworkFingerprint(observer: observer, at: now.unixMilliseconds)
    }

    package mutating func add(_ peer: ObservedPeer) {
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
    package var activeMember: NodeID? { best?.id }

    /// Why nobody should come back to this network, in the words of existing bridges; nil when it is well.
    package var ailment: String? {
        if activePeers < BridgeDefaults.networkPeers { return "Network unhealthy: Insufficient active peers" }
        return best == nil ? "No active DHT members observed" : nil
    }
}
