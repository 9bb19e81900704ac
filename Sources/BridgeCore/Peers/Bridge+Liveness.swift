import Kademlia
import Timekeeping
import WireMessages

/// Whether peers are still there, and on which of their sockets (protocol.md 4.4, 4.7).
extension Bridge {
    /// How long a peer may be silent before it is asked whether it is there. A helper that vanished without a word must not be
    /// named for long, so the fewer sockets there are, the more often each is asked; together at most `pingsPerSecond` times a
    /// second, unless there are so many that `pingInterval` is shorter.
    private var livenessInterval: Duration {
        let fair = Duration.milliseconds(Int64(peerSocketCount) * 1_000 / Int64(BridgeDefaults.pingsPerSecond))
        return min(max(fair, BridgeDefaults.livenessInterval), BridgeDefaults.pingInterval)
    }

    /// A ping may be due. Whoever was heard lately needs none, but for the round trip that only a ping measures.
    mutating func ping(_ connection: ConnectionID, at now: Moment) -> [BridgeAction] {
        guard let peer = connections[connection], case .peer = peer.role else { return [] }
        let interval = livenessInterval
        let isMeasured = peer.lastPing.map { now.instant - $0 < BridgeDefaults.pingInterval } ?? false
        if isMeasured, peer.ping == nil, now.instant - peer.lastHeard < interval {
            timers.set(.ping(connection), at: peer.lastHeard + interval)
            return []
        }
        guard let request = nextRequestID() else { return [] }
        if let unanswered = peer.ping, peer.lastHeard <= unanswered.sentAt {
            connections[connection]?.missedPing = true
            // The timer that is set below replaces the one that would have told.
            checkPong(on: connection, at: now.instant)
        }
        connections[connection]?.ping = (request, now.instant)
        connections[connection]?.lastPing = now.instant
        timers.set(.pong(connection), at: now.instant + BridgeDefaults.pongTimeout)
        timers.set(.ping(connection), at: now.instant + interval)
        let ping = DHTPing(
            requestID: request,
            timestamp: now.unixMilliseconds,
            nodeID: configuration.nodeID,
            from: configuration.nodeID
        )
        return [.sendToPeer(connection, .ping(ping))]
    }

    /// A pong counts for the socket whose ping it answers, whichever of the peer's sockets it came on (protocol.md 4.7).
    mutating func answered(by pong: DHTPong, of id: NodeID, at now: Instant) {
        guard let peer = peers[id] else { return }
        if let flags = pong.metaFlags {
            // Bit 0: the tab is visible (protocol.md 4.4).
            peers.update(id) { _, candidate in candidate.isTabHidden = flags & 1 == 0 }
        }
        for socket in peer.sockets {
            guard let ping = connections[socket]?.ping, ping.request == pong.requestID else { continue }
            connections[socket]?.ping = nil
            timers.cancel(.pong(socket))
            connections[socket]?.missedPing = false
            connections[socket]?.lastHeard = now
            peers.update(id) { _, candidate in candidate.measured(now - ping.sentAt) }
            return
        }
    }

    /// The pong has not come yet, or the timer would have been cancelled. A peer of which that holds on every socket is no
    /// helper until it is heard again.
    mutating func checkPong(on connection: ConnectionID, at now: Instant) {
        guard case .peer(let id) = connections[connection]?.role, let sockets = peers[id]?.sockets,
            sockets.allSatisfy({ connections[$0]?.isSuspect(at: now, after: BridgeDefaults.pongTimeout) != false })
        else { return }
        peers.update(id) { _, candidate in candidate.isUnresponsive = true }
    }

    mutating func checkSilence(of connection: ConnectionID, at now: Moment) -> [BridgeAction] {
        guard let lastHeard = connections[connection]?.lastHeard else { return [] }
        guard case .peer(let id) = connections[connection]?.role else { return [] }
        guard now.instant - lastHeard >= BridgeDefaults.silenceLimit else {
            timers.set(.silence(connection), at: lastHeard + BridgeDefaults.silenceLimit)
            return []
        }
        defer { peersChanged(at: now.instant) }
        return close(connection, .silent) + endRelaysIfGone(id, at: now)
    }

    /// Where to send to a peer: the socket that has been alive for longest, or the newest if none answers. Existing peers read
    /// all that they have not forgotten, and those show within seconds (protocol.md 4.7).
    func socket(of id: NodeID, at now: Instant) -> ConnectionID? {
        guard let sockets = peers[id]?.sockets else { return nil }
        return sockets.first { connections[$0]?.isSuspect(at: now, after: BridgeDefaults.pongTimeout) == false }
            ?? sockets.last
    }

    /// Whether all sockets of a peer leave our pings unanswered.
    func isUnresponsive(_ id: NodeID, at now: Instant) -> Bool {
        guard let sockets = peers[id]?.sockets else { return true }
        return sockets.allSatisfy {
            connections[$0]?.isSuspect(at: now, after: BridgeDefaults.pongTimeout) != false
        }
    }
}
