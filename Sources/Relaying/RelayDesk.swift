public import Kademlia
public import Timekeeping
public import WireMessages

/// Relay sessions between two peers that cannot reach each other (protocol.md 4.8): browsers behind difficult NATs.
///
///     A ─relay_request─► relay          the relay answers at once (relay_ack) and asks nobody
///     A ─relay_forward─► relay ─relay_forward, from A─► B, which learns of the session by it
///     either ─relay_close─► relay ─relay_close─► the other; also when one disconnects or both are silent for five minutes
///
/// Ids of sessions are chosen by who asks. An id in use means nothing to anybody but its two members: another one who names it
/// hears the same as if it did not exist. Peers are told apart by their links; what they write into `from` is not looked at.
///
/// Bridges relay on links of the DHT, bootstrap servers on client links, with the same words.
public struct RelayDesk: Sendable {
    private struct Session: Sendable {
        var requester: NodeID
        var target: NodeID
        var lastActivity: Instant

        /// The other member; nil if `id` is none.
        func partner(of id: NodeID) -> NodeID? {
            id == requester ? target : id == target ? requester : nil
        }
    }

    public let limits: RelayLimits
    public private(set) var counters = RelayCounters()

    private let relay: ClientID
    private var sessions: [String: Session] = [:]
    /// The sessions of each peer that has any, in either role.
    private var memberships: [NodeID: Set<String>] = [:]
    /// One per session, not moved when something is relayed: what is due is looked at again then.
    private var deadlines = DeadlineQueue<String>()

    /// - Parameter relay: what we call ourselves in `from`: our own id, if we have one.
    public init(relay: ClientID, limits: RelayLimits) {
        self.relay = relay
        self.limits = limits
    }

    /// How many sessions there may be; with none we are no relay.
    public var capacity: Int { limits.capacity }

    /// How many sessions are open.
    public var count: Int { sessions.count }
    /// How many peers have one.
    public var memberCount: Int { memberships.count }

    /// How full it is, between 0 and 1, in hundredths: as our metadata says it.
    public var load: RawJSON {
        let hundredths = capacity > 0 ? 100 * count / capacity : 0
        let text = hundredths >= 100 ? "1" : hundredths < 10 ? "0.0\(hundredths)" : "0.\(hundredths)"
        return (try? RawJSON(checking: Array((hundredths == 0 ? "0" : text).utf8))) ?? .null
    }

    /// When ``expire(at:)`` has something to do; nil while nobody uses the relay.
    public mutating func nextDeadline() -> Instant? {
        deadlines.next()
    }

    // MARK: Opening

    /// Somebody wants a session. It is the requester who is answered; the target hears of it with the first payload.
    public mutating func open(
        _ request: RelayRequest,
        by requester: NodeID,
        to target: RelayTarget,
        at now: Moment
    ) -> RelayDelivery {
        let refusal = refusal(of: request, by: requester, to: target)
        if refusal != nil { counters.refused += 1 }
        if refusal == nil, let id = request.targetPeerID.node {
            if sessions[request.sessionID] == nil {
                counters.opened += 1
                sessions[request.sessionID] = Session(requester: requester, target: id, lastActivity: now.instant)
                memberships[requester, default: []].insert(request.sessionID)
                memberships[id, default: []].insert(request.sessionID)
                deadlines.set(request.sessionID, at: now.instant + limits.idle)
            } else {
                sessions[request.sessionID]?.lastActivity = now.instant
            }
        }
        let ack = RelayAck(
            sessionID: request.sessionID,
            success: refusal == nil,
            timestamp: now.unixMilliseconds,
            error: refusal?.rawValue,
            from: relay
        )
        return RelayDelivery(to: requester, .ack(ack))
    }

    private func refusal(
        of request: RelayRequest,
        by requester: NodeID,
        to standing: RelayTarget
    ) -> RelayRefusal? {
        guard capacity > 0 else { return .notRelayCapable }
        guard Self.isSessionID(request.sessionID) else { return .invalidSession }
        guard let target = request.targetPeerID.node else { return .targetNotFound }
        guard target != requester, .node(target) != relay else { return .unauthorized }
        if let session = sessions[request.sessionID] {
            // Asked again, by whichever of the two: it is open.
            return session.partner(of: requester) == target ? nil : .invalidSession
        }
        switch standing {
        case .connected: break
        case .known: return .targetNotConnected
        case .unknown: return .targetNotFound
        case .bridge: return .unauthorized
        }
        guard sessions.count < capacity else { return .capacityReached }
        // Those that others opened to it don't count, or they could keep it from opening its own.
        let own = memberships[requester, default: []].count { sessions[$0]?.requester == requester }
        return own < limits.sessionsPerRequester ? nil : .capacityReached
    }

    private static func isSessionID(_ text: String) -> Bool {
        (1...RelayDefaults.sessionIDBytes).contains(text.utf8.count)
    }

    // MARK: Using

    /// A payload for the other member. It goes on with its original sender named, and unchanged.
    public mutating func forward(
        _ message: RelayForward,
        from sender: NodeID,
        at now: Moment
    ) -> RelayDelivery? {
        guard let partner = sessions[message.sessionID]?.partner(of: sender) else {
            counters.dropped += 1
            return notHere(message.sessionID, sender, at: now)
        }
        guard message.to == nil || message.to == .node(partner),
            message.payload.bytes.count <= RelayDefaults.payloadBytes
        else {
            counters.dropped += 1
            return nil
        }
        sessions[message.sessionID]?.lastActivity = now.instant
        counters.forwarded += 1
        counters.bytes += message.payload.bytes.count
        let forwarded = RelayForward(
            from: .node(sender),
            sessionID: message.sessionID,
            payload: message.payload,
            timestamp: now.unixMilliseconds
        )
        return RelayDelivery(to: partner, .forward(forwarded))
    }

    /// A member measures the way to us and keeps its session open. We answer ourselves.
    public mutating func ping(_ ping: RelayPing, from sender: NodeID, at now: Moment) -> RelayDelivery? {
        guard sessions[ping.sessionID]?.partner(of: sender) != nil else {
            counters.dropped += 1
            return notHere(ping.sessionID, sender, at: now)
        }
        sessions[ping.sessionID]?.lastActivity = now.instant
        guard (ping.pingID?.bytes.count ?? 0) <= RelayDefaults.pingIDBytes else {
            counters.dropped += 1
            return nil
        }
        let pong = RelayPong(
            sessionID: ping.sessionID,
            pingID: ping.pingID,
            timestamp: ping.timestamp,
            respondedAt: now.unixMilliseconds,
            from: relay
        )
        return RelayDelivery(to: sender, .pong(pong))
    }

    /// Tells who uses a session that is not open (any more) that it is over: after a restart of ours it would go on for a
    /// minute and a half otherwise. Existing relays say nothing.
    private func notHere(_ session: String, _ sender: NodeID, at now: Moment) -> RelayDelivery? {
        guard capacity > 0, Self.isSessionID(session) else { return nil }
        return RelayDelivery(to: sender, closing(session, RelayEnding.error.rawValue, by: relay, at: now))
    }

    // MARK: Ending

    /// A member ends the session; the other one is told.
    public mutating func close(_ message: RelayClose, from sender: NodeID, at now: Moment) -> RelayDelivery? {
        guard let partner = sessions[message.sessionID]?.partner(of: sender) else { return nil }
        remove(message.sessionID)
        let reason = message.reason.flatMap { $0.utf8.count <= RelayDefaults.reasonBytes ? $0 : nil }
        return RelayDelivery(
            to: partner,
            closing(message.sessionID, reason ?? RelayEnding.manual.rawValue, by: .node(sender), at: now)
        )
    }

    /// A peer has no socket left: its sessions end, and the others are told, in the order of the sessions' ids.
    public mutating func disconnected(_ id: NodeID, at now: Moment) -> [RelayDelivery] {
        guard let ids = memberships[id] else { return [] }
        return ids.sorted().compactMap { session in
            guard let partner = sessions[session]?.partner(of: id) else { return nil }
            remove(session)
            return RelayDelivery(
                to: partner,
                closing(session, RelayEnding.peerDisconnected.rawValue, by: relay, at: now)
            )
        }
    }

    /// Ends the sessions over which nothing came for five minutes; both members are told.
    public mutating func expire(at now: Moment) -> [RelayDelivery] {
        var deliveries: [RelayDelivery] = []
        while let id = deadlines.popDue(at: now.instant) {
            guard let session = sessions[id] else { continue }
            let end = session.lastActivity + limits.idle
            guard end <= now.instant else {
                deadlines.set(id, at: end)
                continue
            }
            counters.expired += 1
            remove(id)
            let message = closing(id, RelayEnding.timeout.rawValue, by: relay, at: now)
            deliveries += [session.requester, session.target].map { RelayDelivery(to: $0, message) }
        }
        return deliveries
    }

    private mutating func remove(_ id: String) {
        guard let session = sessions.removeValue(forKey: id) else { return }
        deadlines.cancel(id)
        for member in [session.requester, session.target] {
            memberships[member]?.remove(id)
            if memberships[member]?.isEmpty == true { memberships[member] = nil }
        }
    }

    private func closing(_ session: String, _ reason: String, by id: ClientID, at now: Moment) -> RelayMessage {
        .close(RelayClose(sessionID: session, reason: reason, timestamp: now.unixMilliseconds, from: id))
    }
}
