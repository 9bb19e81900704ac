public import Kademlia
import Relaying
public import Timekeeping
import WireMessages

/// DHT sockets from hello to end, on either side (protocol.md 4.1, 4.7).
extension Bridge {
    // MARK: Coming in

    mutating func greeted(
        by hello: DHTPeerHello,
        on connection: ConnectionID,
        at now: Moment
    ) -> [BridgeAction] {
        // Somebody who claims to be us is not worth a socket.
        guard hello.peerID != configuration.nodeID else { return close(connection, .invalidHandshake) }
        var actions = makeRoom(for: hello.peerID, at: now.instant)
        if let refusal = refusal(of: hello.peerID) {
            return actions + close(connection, refusal)
        }
        timers.cancel(.firstMessage(connection))
        let connected = DHTPeerConnected(
            bridgeNodeID: configuration.nodeID,
            timestamp: now.unixMilliseconds,
            metadata: metadata
        )
        establish(connection, with: hello.peerID, Introduction(metadata: hello.metadata), at: now.instant)
        actions += [.becomePeer(connection), .sendToPeer(connection, .connected(connected))]
        return actions
    }

    /// A peer that has its share of sockets may have forgotten one of them. Forgotten sockets are never closed by existing
    /// peers, and must not keep a live one out.
    private mutating func makeRoom(for id: NodeID, at now: Instant) -> [BridgeAction] {
        guard let peer = peers[id], peer.sockets.count >= BridgeDefaults.socketsPerPeer,
            let forgotten = peer.sockets.first(where: { connections[$0]?.isSuspect(at: now) == true })
        else { return [] }
        return close(forgotten, .tooManySockets)
    }

    /// Why a further socket of that peer can't be kept, if so.
    private func refusal(of id: NodeID) -> BridgeClosing? {
        guard let peer = peers[id] else {
            return peers.count < configuration.maximumPeers && !isShortOfMemory ? nil : .full
        }
        return peer.sockets.count < BridgeDefaults.socketsPerPeer ? nil : .tooManySockets
    }

    mutating func establish(
        _ connection: ConnectionID,
        with id: NodeID,
        _ introduction: Introduction,
        at now: Instant
    ) {
        let dial = connections[connection]?.dial
        let isOurs = dial != nil
        let network = connections[connection]?.network
        connections[connection]?.role = .peer(id)
        connections[connection]?.lastHeard = now
        let earlier = newcomers[id]
        let known = earlier.map { introduction.completed(by: $0.introduction) } ?? introduction
        if let present = peers[id] {
            // Ids are claims. While an earlier socket is alive, what was said there stands, and it is where we send: otherwise
            // anybody could speak for a peer by repeating its id (protocol.md 8, S15).
            let alive = present.sockets.filter { connections[$0]?.isSuspect(at: now) == false }
            for socket in alive where connections[socket]?.ping == nil {
                // It may have been left behind without a word (protocol.md 4.7). That shows soon.
                connections[socket]?.lastPing = nil
                timers.set(.ping(socket), at: now)
            }
            let memberCount = peers.memberCount
            peers.update(id) { peer, candidate in
                peer.sockets.append(connection)
                if isOurs { peer.dialledAt = dial?.address } else { peer.network = network }
                if alive.isEmpty {
                    peer.introduction = known.completed(by: peer.introduction)
                    candidate.introduce(peer.introduction)
                }
                candidate.lastHeard = now
                candidate.isUnresponsive = false
                if !isOurs { candidate.dialledUs = true }
            }
            if peers.memberCount == memberCount { bookChanged(at: now) } else { peersChanged(at: now) }
        } else {
            var candidate = HelperCandidate(
                id: id,
                lastHeard: now,
                connectedSince: now,
                holdsToken: earlier != nil,
                dialledUs: !isOurs
            )
            candidate.introduce(known)
            let peer = PeerTable.Peer(
                sockets: [connection],
                introduction: known,
                dialledAt: dial?.address,
                network: network
            )
            peers.insert(candidate, peer)
            counters.peersConnected += 1
            peakPeerCount = max(peakPeerCount, peers.count)
            timers.set(.query(id), at: now + BridgeDefaults.firstQueryDelay)
            peersChanged(at: now)
        }
        // A full bucket names its oldest entry to be checked; all entries are connected and pinged anyway, and one that
        // falls silent is dropped with its socket.
        let group = network ?? group(of: known)
        _ = routing.seen(id, contact: peers[id]?.introduction ?? known, group: group, at: now)
        peerSocketCount += 1
        unreachable.reached(id)
        if dials.isWaiting(id) {
            dials.remove(id)
            timers.cancel(.dial(id))
        }
        timers.set(.ping(connection), at: now + BridgeDefaults.firstPingDelay)
        timers.set(.silence(connection), at: now + BridgeDefaults.silenceLimit)
    }

    // MARK: Going out

    /// Plans one attempt, unless the peer is connected or another attempt stands.
    mutating func scheduleDial(of id: NodeID, to address: String, attempts: Int, at instant: Instant) {
        guard id != configuration.nodeID, !isStopping, !peers.contains(id), mayDial(address),
            dials.schedule(Connection.Dial(address: address, attempts: attempts), of: id)
        else { return }
        timers.set(.dial(id), at: instant)
    }

    mutating func dial(_ id: NodeID) -> [BridgeAction] {
        guard !isStopping, !peers.contains(id), let dial = dials.begin(id) else {
            dials.remove(id)
            return []
        }
        counters.dials += 1
        return [.dial(id, address: dial.address)]
    }

    /// A dial of ours led to an open socket.
    public mutating func dialled(_ id: NodeID, as connection: ConnectionID, at now: Moment) -> [BridgeAction] {
        guard let dial = dials.dial(id), !isStopping, connections.count < configuration.maximumConnections else {
            dials.remove(id)
            return [.close(connection, isStopping ? .stopping : .full)]
        }
        guard !peers.contains(id) else {
            dials.remove(id)
            return [.close(connection, .alreadyConnected)]
        }
        connections[connection] = Connection(role: .greeting(id), dial: dial, at: now.instant)
        timers.set(.helloReply(connection), at: now.instant + BridgeDefaults.helloTimeout)
        return [.sendToPeer(connection, .hello(DHTPeerHello(peerID: configuration.nodeID, metadata: metadata)))]
    }

    /// A dial of ours failed. The peer is left to dial in by itself for a while: what could not be reached once seldom can be.
    public mutating func dialFailed(_ id: NodeID, at now: Instant) {
        couldNotReach(id, at: now)
    }

    mutating func answered(
        by connected: DHTPeerConnected,
        expected: NodeID,
        on connection: ConnectionID,
        at now: Instant
    ) -> [BridgeAction] {
        guard connected.bridgeNodeID == expected, connected.success else {
            // Whoever named that address for that node was wrong, or lied (protocol.md 8, S15).
            return close(connection, .wrongPeer)
        }
        timers.cancel(.helloReply(connection))
        dials.remove(expected)
        // It may have come in while our hello was under way. Both sockets stay (protocol.md 4.7 rule 2).
        if let refusal = refusal(of: expected) { return close(connection, refusal) }
        establish(connection, with: expected, Introduction(metadata: connected.metadata), at: now)
        return []
    }

    // MARK: Going away

    mutating func lost(
        _ gone: Connection,
        of id: NodeID,
        wasDestroyed: Bool,
        _ connection: ConnectionID,
        at now: Moment,
        using generator: inout some RandomNumberGenerator
    ) -> [BridgeAction] {
        forgetSocket(connection, of: id)
        if !peers.contains(id) { peersChanged(at: now.instant) }
        // Two dials met and destroyed each other. Trying again at once would make them meet again.
        let actions = endRelaysIfGone(id, at: now)
        // Who came to us comes again; a stranger must not make us dial what it announced by closing its socket.
        guard wasDestroyed, !peers.contains(id), let dial = gone.dial else { return actions }
        let wait = Int64(Int.random(in: BridgeDefaults.redialDelay, using: &generator))
        scheduleDial(
            of: id,
            to: dial.address,
            attempts: dial.attempts + 1,
            at: now.instant + .milliseconds(wait)
        )
        return actions
    }

    mutating func forgetSocket(_ connection: ConnectionID, of id: NodeID) {
        peers.update(id) { peer, _ in
            peerSocketCount -= peer.sockets.count { $0 == connection }
            peer.sockets.removeAll { $0 == connection }
        }
        guard peers[id]?.sockets.isEmpty == true else { return }
        remember(leaving: id)
        peers.remove(id)
        routing.failed(id)
        lookup?.machine.failed(id)
        timers.cancel(.query(id))
    }

    /// Somebody came or left.
    mutating func peersChanged(at now: Instant) {
        healthChanged(at: now)
        bookChanged(at: now)
    }

    // MARK: What we say of ourselves

    /// The metadata of our hello and of our answer to one (protocol.md 4.2), without the secret that existing bridges put in.
    var metadata: RawJSON {
        .object { writer in
            writer.member("isBridgeNode", true)
            writer.member("nodeType", "bridge")
            writer.member("capabilities", ["websocket"])
            writer.member("startTime", configuration.startTime)
            writer.member("listeningAddress", ifPresent: address)
            writer.member("publicWssAddress", ifPresent: address)
            writer.member("canRelay", relays.capacity > 0)
            if relays.capacity > 0 {
                writer.member("relayLoad", relays.load)
                writer.member("relayCapacity", Int64(relays.capacity))
            }
            writer.member("canAcceptConnections", true)
            writer.member("canInitiateConnections", true)
        }
    }
}

extension HelperCandidate {
    /// Takes over what the node said of itself. A token once shown or issued stays.
    fileprivate mutating func introduce(_ introduction: Introduction) {
        kind = introduction.kind
        reach = introduction.reach
        isTabHidden = introduction.isTabHidden
        if introduction.showsToken { holdsToken = true }
    }
}
