import Timekeeping
import WireMessages

/// What existing clients ask and existing servers never answer (protocol.md 2.8). Asking is for whoever has registered.
extension Bootstrap {
    /// Somebody who waits for a peer to come.
    struct PeerWait: Hashable, Sendable {
        let connection: ConnectionID
        let requestID: WireRequestID
    }

    mutating func peersAsked(_ message: GetPeers, on connection: ConnectionID, actions: inout [Action]) {
        guard let client = asker(message.nodeID, message.requestID, on: connection, actions: &actions) else { return }
        let list = JoinAnswer.peerList(listedPeers(for: client, limit: message.listLimit))
        reply(message.requestID, on: connection, with: .success(.join(list)), actions: &actions)
    }

    mutating func lookedUp(_ message: LookupPeer, on connection: ConnectionID, actions: inout [Action]) {
        guard asker(message.nodeID, message.requestID, on: connection, actions: &actions) != nil else { return }
        guard let target = message.targetPeerID else {
            refuseMissingTarget(message.requestID, on: connection, actions: &actions)
            return
        }
        answerPresence(of: target, message.requestID, on: connection, actions: &actions)
    }

    /// Answered when the peer comes; or before the client stops waiting, which it does after 10 s.
    mutating func waited(
        for message: WaitForPeer,
        on connection: ConnectionID,
        at now: Moment,
        actions: inout [Action]
    ) {
        guard asker(message.nodeID, message.requestID, on: connection, actions: &actions) != nil else { return }
        guard let target = message.targetPeerID else {
            refuseMissingTarget(message.requestID, on: connection, actions: &actions)
            return
        }
        guard reachable(target) == nil else {
            answerPresence(of: target, message.requestID, on: connection, actions: &actions)
            return
        }
        let wait = PeerWait(connection: connection, requestID: message.requestID)
        guard clients[connection]?.waits[message.requestID] == nil else { return }
        guard clients[connection]?.waits.count ?? 0 < BootstrapDefaults.maxWaitsPerClient else {
            refuse("too many questions at once", code: "busy", message.requestID, on: connection, actions: &actions)
            return
        }
        clients[connection]?.waits[message.requestID] = target
        waits[target, default: []].insert(wait)
        timers.set(.wait(wait), at: now.instant + BootstrapDefaults.peerWait)
    }

    /// Somebody registered: whoever waits for it hears so.
    mutating func holderArrived(_ id: ClientID, actions: inout [Action]) {
        guard !waits.isEmpty, reachable(id) != nil, let waiting = waits.removeValue(forKey: id) else { return }
        for wait in waiting.sorted(by: { $0.connection.value < $1.connection.value }) {
            timers.cancel(.wait(wait))
            clients[wait.connection]?.waits[wait.requestID] = nil
            answerPresence(of: id, wait.requestID, on: wait.connection, actions: &actions)
        }
    }

    mutating func waitDue(_ wait: PeerWait, actions: inout [Action]) {
        guard let target = clients[wait.connection]?.waits[wait.requestID] else { return }
        forget(wait, for: target)
        clients[wait.connection]?.waits[wait.requestID] = nil
        answerPresence(of: target, wait.requestID, on: wait.connection, actions: &actions)
    }

    /// The client is gone, and waits for nobody.
    mutating func forgetWaits(of client: Client) {
        for (requestID, target) in client.waits {
            let wait = PeerWait(connection: client.connection, requestID: requestID)
            timers.cancel(.wait(wait))
            forget(wait, for: target)
        }
    }

    private mutating func forget(_ wait: PeerWait, for target: ClientID) {
        waits[target]?.remove(wait)
        if waits[target]?.isEmpty == true { waits[target] = nil }
    }

    /// `join_peer`: the peer hears who wants to reach it. Client and server of the existing network disagree about the fields.
    mutating func joined(
        _ message: JoinPeer,
        on connection: ConnectionID,
        at now: Moment,
        actions: inout [Action]
    ) {
        guard let client = clients[connection], client.isRegistered, let id = client.id,
            message.fromPeer == nil || message.fromPeer == id
        else {
            counters.foreignSenders += 1
            failJoin("fromPeer is not this connection's", "id_mismatch", message, on: connection, actions: &actions)
            return
        }
        guard let target = (message.targetPeerID ?? message.targetPeer).flatMap(reachable),
            target.connection != connection
        else {
            failJoin("Target peer not connected", "not_connected", message, on: connection, actions: &actions)
            return
        }
        let request = PeerJoinRequest(fromPeer: id, timestamp: now.unixMilliseconds)
        actions.append(.send(target.connection, .peerJoinRequest(request)))
        reply(message.requestID, on: connection, with: .success(.other(.emptyObject)), actions: &actions)
    }

    private func failJoin(
        _ text: String,
        _ code: String,
        _ message: JoinPeer,
        on connection: ConnectionID,
        actions: inout [Action]
    ) {
        actions.append(.send(connection, .joinError(JoinError(message: text, error: text))))
        reply(message.requestID, on: connection, with: .failure(text, code: code), actions: &actions)
    }

    /// A peer needs us no longer, and would wait 10 s for a word (protocol.md 2.10).
    mutating func announced(
        _ message: AnnounceIndependent,
        on connection: ConnectionID,
        actions: inout [Action]
    ) {
        guard clients[connection]?.id.map({ $0 == message.nodeID }) ?? true else {
            counters.foreignSenders += 1
            refuse(
                "nodeId is not this connection's",
                code: "id_mismatch",
                message.requestID,
                on: connection,
                actions: &actions
            )
            return
        }
        reply(message.requestID, on: connection, with: .success(.other(.emptyObject)), actions: &actions)
    }

    // MARK: Steps

    private func answerPresence(
        of target: ClientID,
        _ requestID: WireRequestID,
        on connection: ConnectionID,
        actions: inout [Action]
    ) {
        let isOnline = reachable(target) != nil
        let data = RawJSON.object { writer in
            writer.member("online", isOnline)
            writer.member("status", isOnline ? "online" : "offline")
            writer.member("peerId", target)
        }
        reply(requestID, on: connection, with: .success(.other(data)), actions: &actions)
    }

    private mutating func asker(
        _ claimed: ClientID?,
        _ requestID: WireRequestID,
        on connection: ConnectionID,
        actions: inout [Action]
    ) -> Client? {
        guard let client = clients[connection], client.isRegistered else {
            refuse("Please register first.", code: "not_registered", requestID, on: connection, actions: &actions)
            return nil
        }
        guard claimed == nil || claimed == client.id else {
            counters.foreignSenders += 1
            refuse("nodeId is not this connection's", code: "id_mismatch", requestID, on: connection, actions: &actions)
            return nil
        }
        return client
    }

    private func refuseMissingTarget(
        _ requestID: WireRequestID,
        on connection: ConnectionID,
        actions: inout [Action]
    ) {
        refuse("targetPeerId is missing", code: "invalid_message", requestID, on: connection, actions: &actions)
    }
}
