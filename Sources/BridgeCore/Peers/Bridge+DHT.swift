import Kademlia
public import Timekeeping
public import WireMessages

/// What DHT peers say and ask (protocol.md 4.4 to 4.8).
extension Bridge {
    /// A message on a DHT socket, ours or theirs.
    public mutating func received(
        _ message: DHTMessage,
        on connection: ConnectionID,
        at now: Moment
    ) -> [BridgeAction] {
        switch connections[connection]?.role {
        case nil, .undecided, .registering, .link, .closing:
            return []
        case .greeting(let expected):
            guard case .connected(let connected) = message else { return close(connection, .invalidHandshake) }
            return answered(by: connected, expected: expected, on: connection, at: now.instant)
        case .peer(let id):
            guard connections[connection]?.rate.allows(at: now.instant) == true else {
                return dropped(on: connection, of: id, at: now)
            }
            connections[connection]?.lastHeard = now.instant
            connections[connection]?.missedPing = false
            // A burst now and then adds up to no flood.
            if connections[connection]?.rate.isFull == true { connections[connection]?.dropped = 0 }
            peers.update(id) { _, candidate in
                candidate.lastHeard = now.instant
                candidate.isUnresponsive = false
            }
            routing.heard(id, at: now.instant)
            return answer(message, of: id, on: connection, at: now)
        }
    }

    private mutating func answer(
        _ message: DHTMessage,
        of id: NodeID,
        on connection: ConnectionID,
        at now: Moment
    ) -> [BridgeAction] {
        let ours = configuration.nodeID
        let time = now.unixMilliseconds
        switch message {
        case .ping(let ping):
            let pong = DHTPong(
                requestID: ping.requestID,
                timestamp: time,
                originalTimestamp: ping.timestamp,
                from: ours
            )
            return [.sendToPeer(connection, .pong(pong))]
        case .pong(let pong):
            answered(by: pong, of: id, at: now.instant)
            return []
        case .findNode(let question):
            return [.sendToPeer(connection, found(question, for: id, at: now))]
        case .findNodeResponse(let response):
            return learn(from: response, of: id, at: now)
        case .store(let store):
            let refusal = StoreResponse(
                requestID: store.requestID,
                success: false,
                error: "Bridge nodes store nothing",
                from: ours,
                timestamp: time
            )
            return [.sendToPeer(connection, .storeResponse(refusal))]
        case .findValue(let question):
            // Keys are hashed to ids; a key that is none tells no direction, so any live nodes will do.
            let nodes = nodes(closestTo: NodeID(question.key) ?? ours, for: id, at: now)
            let response = FindValueResponse(
                requestID: question.requestID,
                found: false,
                nodes: nodes,
                from: ours,
                timestamp: time
            )
            return [.sendToPeer(connection, .findValueResponse(response))]
        case .peerDiscoveryRequest(let request):
            let response = PeerDiscoveryResponse(
                requestID: request.requestID,
                senderPeer: ours,
                targetPeer: request.senderPeer,
                willing: !peers.contains(request.senderPeer),
                timestamp: time,
                from: ours
            )
            return [.sendToPeer(connection, .peerDiscoveryResponse(response))]
        case .connectionRequest(var request):
            request.from = ours
            request.timestamp = time
            return forward(.connectionRequest(request), to: request.targetPeer, from: id, at: now.instant)
        case .connectionResponse(var response):
            response.from = ours
            response.timestamp = time
            return forward(.connectionResponse(response), to: response.targetPeer, from: id, at: now.instant)
        case .connectionOffer(var offer):
            guard let hops = extended(offer.hops) else { return [] }
            (offer.hops, offer.from, offer.timestamp) = (hops, ours, time)
            return route(.connectionOffer(offer), to: offer.targetPeer, hops: hops, from: id, at: now.instant)
        case .connectionAnswer(var answer):
            guard let hops = extended(answer.hops) else { return [] }
            (answer.hops, answer.from, answer.timestamp) = (hops, ours, time)
            return route(.connectionAnswer(answer), to: answer.targetPeer, hops: hops, from: id, at: now.instant)
        case .connectionCandidate(var candidate):
            guard let hops = extended(candidate.hops) else { return [] }
            (candidate.hops, candidate.from, candidate.timestamp) = (hops, ours, time)
            return route(
                .connectionCandidate(candidate),
                to: candidate.targetPeer,
                hops: hops,
                from: id,
                at: now.instant
            )
        case .overlayRoutedMessage(let overlay):
            // Nobody forwards these, and each costs its sender 3 s; the question inside we can answer (protocol.md 4.8).
            guard let question = overlay.wrappedQuestion else { return [] }
            return [.sendToPeer(connection, found(question, for: id, at: now))]
        case .relayRequest(let request):
            return relay(request, of: id, at: now)
        case .relayForward(let message):
            return relay(message, of: id, at: now)
        case .relayPing(let ping):
            return relay(ping, of: id, at: now)
        case .relayClose(let message):
            return relay(message, of: id, at: now)
        case .hello, .connected, .storeResponse, .findValueResponse, .peerDiscoveryResponse, .createInvitationForPeer,
            .forwardInvitation, .relayAck, .relayPong, .unknown:
            return []
        }
    }

    // MARK: Lookups

    private func found(_ question: FindNode, for id: NodeID, at now: Moment) -> DHTMessage {
        .findNodeResponse(
            FindNodeResponse(
                requestID: question.requestID,
                nodes: nodes(closestTo: question.target, for: id, at: now),
                from: configuration.nodeID,
                timestamp: now.unixMilliseconds
            )
        )
    }

    /// The nodes we are connected to and heard lately, nearest to `target` first, without the one who asks. Whoever gets the
    /// answer may dial them all at once (protocol.md 4.5), so hearsay has no place in it.
    private func nodes(closestTo target: NodeID, for requester: NodeID, at now: Moment) -> [CompactNode] {
        let heardSince = now.instant - BridgeDefaults.helperSilenceLimit
        return routing.closest(KademliaDefaults.bucketSize, to: target) { entry in
            guard entry.id != requester, let candidate = peers.candidate(entry.id) else { return false }
            return candidate.lastHeard >= heardSince
        }.compactMap { entry in
            guard let peer = peers[entry.id], let candidate = peers.candidate(entry.id) else { return nil }
            let age = (now.instant - candidate.lastHeard).wholeMilliseconds
            return CompactNode(
                id: entry.id,
                lastSeen: now.unixMilliseconds - age,
                metadata: peer.introduction.metadata
            )
        }
    }

    /// Asks a new peer whom it knows near us.
    mutating func query(_ id: NodeID, at now: Moment) -> [BridgeAction] {
        guard let socket = socket(of: id, at: now.instant), let request = nextRequestID() else { return [] }
        peers.update(id) { peer, _ in peer.query = request }
        return [.sendToPeer(socket, .findNode(findNode(configuration.nodeID, as: request, at: now)))]
    }

    /// Only what we asked for is believed, and only as hearsay.
    private mutating func learn(
        from response: FindNodeResponse,
        of id: NodeID,
        at now: Moment
    ) -> [BridgeAction] {
        var actions: [BridgeAction] = []
        if peers[id]?.query == response.requestID {
            peers.update(id) { peer, _ in peer.query = nil }
        } else if let next = answeredLookup(response, of: id, at: now) {
            actions = next
        } else {
            return []
        }
        for node in response.nodes.prefix(KademliaDefaults.bucketSize) where node.id != id {
            let introduction = Introduction(metadata: node.metadata)
            // What is connected speaks for itself, however little it says: hearsay could make it a bridge, or redirect it.
            if !peers.contains(node.id), introduction.address != nil {
                _ = routing.heardOf(node.id, contact: introduction, group: group(of: introduction))
            }
        }
        return actions
    }

    /// A message above the socket's rate is not read. Who keeps that up is sent away (protocol.md 8.1).
    mutating func dropped(on connection: ConnectionID, of id: NodeID, at now: Moment) -> [BridgeAction] {
        counters.messagesDropped += 1
        connections[connection]?.dropped += 1
        guard let dropped = connections[connection]?.dropped, dropped >= BridgeDefaults.floodLimit else { return [] }
        counters.floods += 1
        defer { peersChanged(at: now.instant) }
        return close(connection, .flooding) + endRelaysIfGone(id, at: now)
    }

    /// An address to dial a node at, if anybody told us one.
    func knownAddress(of id: NodeID) -> String? {
        newcomers[id]?.introduction.address ?? routing[id]?.contact.address
    }

    // MARK: Forwarding

    /// The hops with ours at the end; nil when the message has been here or has come too far (protocol.md 4.8).
    private func extended(_ hops: [NodeID]?) -> [NodeID]? {
        let hops = hops ?? []
        guard hops.count < BridgeDefaults.forwardHops, !hops.contains(configuration.nodeID) else { return nil }
        return hops + [configuration.nodeID]
    }

    /// To the target if it is connected.
    private func forward(
        _ message: DHTMessage,
        to target: NodeID,
        from sender: NodeID,
        at now: Instant
    ) -> [BridgeAction] {
        guard target != sender, let socket = socket(of: target, at: now) else { return [] }
        return [.sendToPeer(socket, message)]
    }

    /// To the target if it is connected, else to the connected node nearest to it that has not seen the message.
    private func route(
        _ message: DHTMessage,
        to target: NodeID,
        hops: [NodeID],
        from sender: NodeID,
        at now: Instant
    ) -> [BridgeAction] {
        guard target != configuration.nodeID else { return [] }
        if peers.contains(target) { return forward(message, to: target, from: sender, at: now) }
        let next = routing.closest(1, to: target) { entry in
            entry.id != sender && peers.contains(entry.id) && !hops.contains(entry.id)
        }
        guard let id = next.first?.id, let socket = socket(of: id, at: now) else { return [] }
        return [.sendToPeer(socket, message)]
    }
}

extension OverlayRoutedMessage {
    /// The `find_node` inside a routed request, if that is what it carries.
    fileprivate var wrappedQuestion: FindNode? {
        guard payload.string("type") == "routed_dht_request", let inner = payload.member("payload"),
            inner.string("type") == "find_node"
        else { return nil }
        return inner.withValue { FindNode(json: $0) } ?? nil
    }
}
