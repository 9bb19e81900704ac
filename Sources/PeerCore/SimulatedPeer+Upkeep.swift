import Kademlia
import Timekeeping
import WireMessages

/// Staying in the DHT: a few links to others, links to all bridges, and the way back when all are lost.
extension SimulatedPeer {
    /// Something changed that the next round should look at soon.
    mutating func wakeUpkeep(at now: Moment) {
        upkeepPause = PeerDefaults.shortRound
        let soon = now.instant + PeerDefaults.shortRound
        if let nextUpkeep, nextUpkeep <= soon { return }
        armUpkeep(after: PeerDefaults.shortRound, from: now)
    }

    mutating func upkeep(at now: Moment, using generator: inout some RandomNumberGenerator) {
        nextUpkeep = nil
        guard join.stage == .member else { return }
        let dialled = dialBridges(at: now) + dialPeers(at: now, using: &generator)
        if links.linkedPeers.isEmpty, links.attemptCount == 0 {
            // Nobody left, and nobody known who answers: back to the bootstrap server (protocol.md 2.2).
            askAgain(at: now, using: &generator)
        }
        upkeepPause = dialled > 0 ? PeerDefaults.shortRound : min(upkeepPause * 2, PeerDefaults.longRound)
        var pause = upkeepPause
        if links.linkedPeers.isEmpty { pause = min(pause, PeerDefaults.retryPause) }
        if let retry = neighbours.nextBridgeRetry(where: { !links.isLinked(to: $0) }) {
            pause = min(pause, max(retry - now.instant, PeerDefaults.shortRound))
        }
        armUpkeep(after: pause, from: now)
    }

    private mutating func armUpkeep(after pause: Duration, from now: Moment) {
        nextUpkeep = now.instant + pause
        arm(.upkeep, after: pause, from: now)
    }

    /// - Returns: how many dials were started.
    private mutating func dialBridges(at now: Moment) -> Int {
        var wanted = PeerDefaults.desiredBridgeLinks - neighbours.bridges.count { links.isLinked(to: $0) }
        var dialled = 0
        for bridge in neighbours.bridgesToTry(at: now.instant) where wanted > 0 && !links.isLinked(to: bridge) {
            wanted -= 1
            guard !links.isDialling(bridge) else { continue }
            dialUnlessLinked(bridge, at: now)
            dialled += 1
        }
        return dialled
    }

    /// - Returns: how many dials were started.
    private mutating func dialPeers(at now: Moment, using generator: inout some RandomNumberGenerator) -> Int {
        let linked = links.linkedPeers.count { !neighbours.isBridge($0) }
        let wanted = PeerDefaults.desiredPeerLinks - linked - links.attemptCount
        guard wanted > 0 else { return 0 }
        var candidates = neighbours.dialable { !links.isLinked(to: $0) && !links.isDialling($0) }
        candidates.shuffle(using: &generator)
        let chosen = candidates.prefix(min(wanted, PeerDefaults.dialsPerRound))
        for peer in chosen { dialUnlessLinked(peer, at: now) }
        if chosen.isEmpty, let peer = links.linkedPeers.sorted().randomElement(using: &generator),
            let link = links.newest(to: peer)
        {
            findNode(.random(using: &generator), on: link, at: now)
        }
        return chosen.count
    }
}
