import Kademlia
public import Timekeeping
public import WireMessages

/// DHT links: how they come up, live and end (protocol.md 4.1, 4.4, 4.7).
extension SimulatedPeer {
    /// Somebody opened a DHT link to us. The shell names it with the result from now on; on nil it closes the socket, because
    /// we hold as many as we may.
    public mutating func linkAccepted(at now: Moment) -> DHTLinkID? {
        guard let link = links.accept(at: now.instant) else { return nil }
        arm(.handshake(link), after: PeerDefaults.helloTimeout, from: now)
        return link
    }

    /// A link we dialled is open.
    public mutating func linkOpened(_ link: DHTLinkID, at now: Moment) -> [Action] {
        guard links.opened(link, at: now.instant) != nil else { return drain() }
        arm(.handshake(link), after: PeerDefaults.greetingTimeout, from: now)
        act(.send(.hello(DHTPeerHello(peerID: id, metadata: linkMetadata)), on: link))
        return drain()
    }

    /// A link ended, or could not be opened.
    public mutating func linkClosed(_ link: DHTLinkID, at now: Moment) -> [Action] {
        ended(link, at: now)
        return drain()
    }

    /// Something arrived on a DHT link.
    public mutating func heard(
        _ message: DHTMessage,
        on link: DHTLinkID,
        at now: Moment,
        using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard let state = links[link] else { return drain() }
        links.heard(on: link, at: now.instant)
        switch state.phase {
        case .dialling:
            break
        case .accepted:
            if case .hello(let hello) = message { greeted(hello, on: link, at: now) } else { drop(link, at: now) }
        case .greeting(let peer):
            // Anything else first, or somebody else at the other end: not the link we wanted (protocol.md 4.1, 8 S15).
            if case .connected(let reply) = message, reply.success, reply.bridgeNodeID == peer {
                up(link, with: peer, metadata: reply.metadata, at: now)
            } else {
                drop(link, at: now)
            }
        case .up(let peer):
            answer(message, from: peer, on: link, at: now, using: &generator)
        }
        return drain()
    }

    /// Dials `peer` where it is known to listen, unless that is done already.
    mutating func dialUnlessLinked(_ peer: NodeID, at now: Moment) {
        guard let address = neighbours.contact(of: peer)?.address else { return }
        dial(peer, address: address, at: now)
    }

    mutating func dial(_ peer: NodeID, address: String, at now: Moment) {
        guard peer != id, let link = links.dial(peer, at: now.instant) else { return }
        arm(.handshake(link), after: PeerDefaults.dialTimeout, from: now)
        act(.dial(link, address: address))
    }

    mutating func handshakeOverdue(_ link: DHTLinkID, at now: Moment) {
        drop(link, at: now)
    }

    mutating func pingDue(on link: DHTLinkID, at now: Moment) {
        guard let state = links[link], case .up = state.phase else { return }
        guard now.instant - state.lastHeard < PeerDefaults.silenceLimit else {
            drop(link, at: now)
            return
        }
        arm(.ping(link), after: PeerDefaults.pingInterval, from: now)
        act(
            .send(
                .ping(DHTPing(requestID: nextRequestID(), timestamp: now.unixMilliseconds, nodeID: id, from: id)),
                on: link
            )
        )
    }

    /// As acceptor: the answer comes first, before anything else (protocol.md 4.1).
    private mutating func greeted(_ hello: DHTPeerHello, on link: DHTLinkID, at now: Moment) {
        guard hello.peerID != id else {
            drop(link, at: now)
            return
        }
        act(
            .send(
                .connected(
                    DHTPeerConnected(bridgeNodeID: id, timestamp: now.unixMilliseconds, metadata: linkMetadata)
                ),
                on: link
            )
        )
        up(link, with: hello.peerID, metadata: hello.metadata, at: now)
    }

    private mutating func up(_ link: DHTLinkID, with peer: NodeID, metadata: RawJSON?, at now: Moment) {
        disarm(.handshake(link))
        guard links.established(link, with: peer, at: now.instant) else {
            drop(link, at: now)
            return
        }
        disarm(.dialUnlessLinked(peer))
        disarm(.reopenClientLink)
        neighbours.met(peer, metadata: metadata, at: now.instant)
        arm(.ping(link), after: PeerDefaults.firstPingDelay, from: now)
        if links.linkedPeers.count <= PeerDefaults.desiredPeerLinks {
            let isStateless = PeerMetadata(metadata).nodeTypeText == nil
            let delay = isStateless ? PeerDefaults.firstQuestionDelayStateless : PeerDefaults.firstQuestionDelay
            arm(.firstQuestion(link), after: delay, from: now)
        }
        if expectedLink.linked(to: peer) { tellOutcome(failure: nil) }
        completeJoin(with: peer, at: now)
    }

    /// Ends a link from our side.
    private mutating func drop(_ link: DHTLinkID, at now: Moment) {
        act(.close(link))
        ended(link, at: now)
    }

    private mutating func ended(_ link: DHTLinkID, at now: Moment) {
        guard let removed = links.remove(link) else { return }
        disarm(.handshake(link))
        disarm(.ping(link))
        disarm(.firstQuestion(link))
        switch removed.phase {
        case .dialling(let peer), .greeting(let peer):
            guard !links.isLinked(to: peer) else { break }
            neighbours.lost(peer, at: now.instant)
            if expectedLink.dialFailed(to: peer) {
                tellOutcome(failure: removed.isGreeting ? "no greeting" : "no connection")
            }
        case .accepted:
            break
        case .up(let peer):
            // Who hangs up has left, as far as we can tell. It is neither dialled nor named to others until it is heard of.
            if !links.isLinked(to: peer) { neighbours.lost(peer, at: now.instant) }
            wakeUpkeep(at: now)
        }
    }
}
