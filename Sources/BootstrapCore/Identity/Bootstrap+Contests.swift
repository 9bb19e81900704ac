public import Timekeeping
import WireMessages

/// Somebody registers under an id that another connection holds. Clients whose connection was lost without a word come back so,
/// and so does whoever wants to hear what is meant for another (protocol.md 8, S6).
///
///     registers ──▶ holder is pinged ──answers──▶ refused, unless it proves the key first
///                        └─ silent for 3 s, or closes ──▶ taken over
///     proves the key that the id is made of ──▶ taken over at once
struct Contest: Sendable {
    let challenger: ConnectionID
    let holder: ConnectionID
    /// Followed if the challenger wins.
    var register: Register
    var holderAnswered = false
}

extension Bootstrap {
    mutating func contest(
        _ register: Register,
        _ view: PeerMetadata,
        heldBy holder: ConnectionID,
        on connection: ConnectionID,
        at now: Moment,
        actions: inout [Action]
    ) {
        let id = register.nodeID
        // The question that came with it waits for the outcome.
        timers.cancel(.registrationPatience(connection))
        if let running = contests[id], running.challenger != connection {
            // Its owner is not kept out by whoever came before it.
            guard isProvable(register, view), let key = view.publicKey else {
                refuseInUse(on: connection, actions: &actions)
                return
            }
            clients[connection]?.pendingRegistration = register
            challengeOnce(connection, publicKey: key, at: now, actions: &actions)
            return
        }
        if contests[id] != nil {
            // Asked again, it has no more time than before.
            contests[id]?.register = register
        } else {
            counters.contests += 1
            contests[id] = Contest(challenger: connection, holder: holder, register: register)
            timers.set(.contest(id), at: now.instant + configuration.probePatience)
        }
        if isProvable(register, view), let key = view.publicKey {
            challengeOnce(connection, publicKey: key, at: now, actions: &actions)
        }
        probe(holder, of: id, at: now, actions: &actions)
    }

    /// Each ping costs the holder a pong, of which it has not many: strangers must not make it spend them.
    private mutating func probe(_ holder: ConnectionID, of id: ClientID, at now: Moment, actions: inout [Action]) {
        guard let client = clients[holder] else { return }
        func isRecent(_ instant: Instant?) -> Bool {
            instant.map { now.instant - $0 < BootstrapDefaults.probeInterval } ?? false
        }
        if isRecent(client.answeredAt) {
            contests[id]?.holderAnswered = true
            settleContest(for: id, actions: &actions)
        } else if !isRecent(client.probedAt) {
            clients[holder]?.probedAt = now.instant
            actions.append(.probe(holder))
        }
    }

    /// Anything at all was heard on a connection.
    public mutating func heard(_ connection: ConnectionID, at now: Moment, actions: inout [Action]) {
        guard !contests.isEmpty, let id = clients[connection]?.id, contests[id]?.holder == connection else { return }
        clients[connection]?.answeredAt = now.instant
        contests[id]?.holderAnswered = true
        settleContest(for: id, actions: &actions)
    }

    /// Whether anybody waits to hear of somebody.
    public var isProbing: Bool { !contests.isEmpty }

    /// The holder is alive: who has no proof to give need not wait.
    private mutating func settleContest(for id: ClientID, actions: inout [Action]) {
        guard let contest = contests[id], contest.holderAnswered, let client = clients[contest.challenger],
            client.challenge == nil, client.verification == nil
        else { return }
        loseContest(for: id, actions: &actions)
    }

    mutating func contestDue(for id: ClientID, at now: Moment, actions: inout [Action]) {
        guard let contest = contests[id] else { return }
        if contest.holderAnswered {
            loseContest(for: id, actions: &actions)
        } else {
            winContest(for: id, at: now, actions: &actions)
        }
    }

    /// A connection is gone that may have held an id, or wanted to.
    mutating func contestantClosed(_ connection: ConnectionID, id: ClientID, at now: Moment, actions: inout [Action]) {
        guard let contest = contests[id] else { return }
        if contest.challenger == connection {
            contests[id] = nil
            timers.cancel(.contest(id))
        } else if contest.holder == connection {
            winContest(for: id, at: now, actions: &actions)
        }
    }

    mutating func winContest(for id: ClientID, at now: Moment, actions: inout [Action]) {
        guard let contest = contests.removeValue(forKey: id) else { return }
        timers.cancel(.contest(id))
        counters.takeovers += 1
        let view = PeerMetadata(contest.register.metadata)
        enrolIfAllowed(contest.register, view, on: contest.challenger, at: now, actions: &actions)
    }

    mutating func loseContest(for id: ClientID, actions: inout [Action]) {
        guard let contest = contests.removeValue(forKey: id) else { return }
        timers.cancel(.contest(id))
        refuseInUse(on: contest.challenger, actions: &actions)
    }

    mutating func refuseInUse(on connection: ConnectionID, actions: inout [Action]) {
        counters.refusedIDs += 1
        endRefused("This id is in use", code: "id_in_use", .idInUse, on: connection, actions: &actions)
    }
}
