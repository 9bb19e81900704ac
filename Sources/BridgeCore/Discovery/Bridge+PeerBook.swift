import Kademlia
public import Timekeeping

/// Finding the network again after a restart.
extension Bridge {
    /// What was kept before the restart has been read, or cannot be: then there is nobody. To be told once, before or after
    /// the port is bound, by who keeps what ``BridgeAction/remember(_:)`` says.
    public mutating func remembered(_ peers: [RememberedPeer], at now: Moment) {
        guard configuration.remembersPeers, !book.isOpen, !isStopping else { return }
        book.open(with: peers, of: configuration.nodeID, at: now)
        // Somebody may have been quicker.
        if self.peers.count > 0 { bookChanged(at: now.instant) }
        recallAtOnce(at: now.instant)
    }

    /// The first dials do not wait for a round of discovery.
    mutating func recallAtOnce(at now: Instant) {
        guard address != nil else { return }
        let wanted = configuration.targetPeers - peers.count - dials.count
        _ = recall(upTo: wanted, at: now)
    }

    /// Plans dials of peers remembered from before the restart, until a handful is connected: they know the others.
    /// - Returns: how many dials it planned, at most those of one round.
    mutating func recall(upTo wanted: Int, at now: Instant) -> Int {
        guard peers.memberCount < BridgeDefaults.recalledPeers, !isShortOfMemory, !isStopping,
            lastRecall.map({ now - $0 >= BridgeDefaults.discoveryInterval }) ?? true
        else { return 0 }
        let limit = min(wanted, BridgeDefaults.dialsPerRound)
        var planned = 0
        for peer in book.awaited where unreachable.mayTry(peer.id, at: now) {
            guard planned < limit else { break }
            guard mayDial(peer.address) else {
                book.forget(peer.id)
                bookChanged(at: now)
                continue
            }
            let before = dials.count
            scheduleDial(of: peer.id, to: peer.address, attempts: 1, at: now)
            planned += dials.count - before
        }
        if planned > 0 { lastRecall = now }
        return planned
    }

    /// Somebody came or left, or can be found elsewhere: the book is written soon, and not too often.
    mutating func bookChanged(at now: Instant) {
        guard book.isOpen, !isStopping, !isBookDue else { return }
        isBookDue = true
        let soon = now + BridgeDefaults.bookDelay
        timers.set(.book, at: lastBook.map { max(soon, $0 + BridgeDefaults.bookInterval) } ?? soon)
    }

    /// The book as it is to be kept now; nothing if that is what is kept.
    mutating func writeBook(isFinal: Bool = false, at now: Moment) -> [BridgeAction] {
        guard book.isOpen else { return [] }
        isBookDue = false
        for id in book.ids where peers.candidate(id)?.kind == .bridge { book.forget(id) }
        var page = PeerBook.Page(at: now)
        // There may be thousands, and whether one can be remembered is read from its address.
        for (_, id) in peers.candidates.map({ ($0.connectedSince, $0.id) }).sorted(by: <) {
            guard !page.isFull else { break }
            if let presence = presence(of: id) { page.add(presence) }
        }
        page.fill(from: book) { presence(of: $0) == nil }
        guard book.turn(to: page, isFinal: isFinal) else { return [] }
        lastBook = now.instant
        return [.remember(page.peers)]
    }

    /// The last socket of a peer is gone.
    mutating func remember(leaving id: NodeID) {
        guard book.isOpen, let candidate = peers.candidate(id) else { return }
        if candidate.kind == .bridge { book.forget(id) }
        if let presence = presence(of: id) { book.left(presence) }
    }

    /// What is to be remembered of a peer; nil of those that are not connected, of bridges, which are dialled by nobody's memory,
    /// and of those that nobody can dial, or not from here.
    private func presence(of id: NodeID) -> PeerBook.Present? {
        guard let candidate = peers.candidate(id), candidate.kind != .bridge, let peer = peers[id] else { return nil }
        let announced = candidate.reach == .unreachable ? nil : peer.introduction.address
        guard let address = peer.dialledAt ?? announced, mayDial(address) else { return nil }
        return PeerBook.Present(
            id: candidate.id,
            place: PeerBook.Place(address: address, network: peer.network),
            connectedSince: candidate.connectedSince,
            lastHeard: candidate.lastHeard
        )
    }
}
