import Kademlia
import LinkCore
import NIOCore
import Telemetry
import Timekeeping
import WebSocketTransport
import WireMessages

extension BridgePool {
    /// An action of the machine with the sockets it is about, to be done outside the lock.
    enum Effect: Sendable {
        case dial(LinkID, WebSocketURL)
        case undiallable(LinkID)
        case authenticate(WebSocketConnection, Secret)
        case send(RequestID, Question, WebSocketConnection, timeLeft: Duration?)
        case withdraw(RequestID, WebSocketConnection)
        case ping(WebSocketConnection, asksLoad: LinkID?)
        case invite(InvitationForBridge, WebSocketConnection)
        case close(WebSocketConnection, LinkClosing)
        case finish(Question, Machine.Outcome, JoinPassage)
        case statusChanged(StatusChange, to: Observer)
        case noticed(PoolNotice, to: Observer)
        case announce(ConnectedBridges, to: Observer)
        case drained(EventLoopPromise<Void>)
        case wake(at: Instant)
    }

    /// Turns the machine's ids into the sockets they stand for, while the lock is held.
    func resolve(
        _ actions: [Machine.Action],
        changesLinks: Bool,
        at now: Instant,
        _ state: inout State
    ) -> [Effect] {
        var effects: [Effect] = []
        state.statistics.peakWaiting = max(state.statistics.peakWaiting, state.machine.waitingCount)
        for action in actions {
            switch action {
            case .dial(let link, _, let address):
                guard let url = state.targets[address] else {
                    effects.append(.undiallable(link))
                    continue
                }
                state.sockets[link] = Socket(url: url, chatter: UnexpectedMessages(at: now))
                effects.append(.dial(link, url))
            case .authenticate(let link):
                if let connection = state.sockets[link]?.connection {
                    effects.append(.authenticate(connection, state.secret))
                }
            case .send(let id, let ticket, let link, let timeLeft):
                state.statistics.requestSent(inFlight: state.machine.pendingCount - state.machine.waitingCount)
                if let connection = state.sockets[link]?.connection, let question = state.questions[ticket.value] {
                    effects.append(.send(id, question, connection, timeLeft: timeLeft))
                }
            case .withdraw(let id, let link):
                if let connection = state.sockets[link]?.connection { effects.append(.withdraw(id, connection)) }
            case .ping(let link, let asksLoad):
                if let connection = state.sockets[link]?.connection {
                    effects.append(.ping(connection, asksLoad: asksLoad ? link : nil))
                }
            case .errandReady(let link):
                if let invitation = state.errands.removeValue(forKey: link),
                    let connection = state.sockets[link]?.connection
                {
                    effects.append(.invite(invitation, connection))
                }
            case .close(let link, let reason):
                state.errands[link] = nil
                if let connection = state.sockets.removeValue(forKey: link)?.connection {
                    effects.append(.close(connection, reason))
                }
            case .finish(let id, let ticket, let outcome, let receipt):
                guard let question = state.questions.removeValue(forKey: ticket.value) else { continue }
                state.statistics.requestEnded(total: receipt.total, queued: receipt.queued, outcome.isAnswer)
                var bridge: NodeID?
                if case .answered(_, let endpoint) = outcome {
                    bridge = state.machine.bridge(of: endpoint).flatMap { NodeID($0) }
                }
                let passage = JoinPassage(
                    of: id,
                    for: question.newcomer,
                    receipt,
                    bridge: bridge,
                    in: state.machine,
                    at: now
                )
                effects.append(.finish(question, outcome, passage))
            case .statusChanged(let change):
                if let observer = state.observer { effects.append(.statusChanged(change, to: observer)) }
            case .notice(let notice):
                if let observer = state.observer { effects.append(.noticed(notice, to: observer)) }
            case .drained:
                if let promise = state.drained {
                    state.drained = nil
                    effects.append(.drained(promise))
                }
            }
        }
        if changesLinks, let announcement = announcement(at: now, &state) { effects.append(announcement) }
        if let next = state.machine.nextDeadline(), state.wakeUp.map({ next < $0 }) ?? true {
            state.wakeUp = next
            effects.append(.wake(at: next))
        }
        return effects
    }

    /// The list of bridges that can be asked, if it is not the one that was announced last.
    private func announcement(at now: Instant, _ state: inout State) -> Effect? {
        let reports = state.machine.reports(at: now)
        let known = Set(reports.compactMap(\.bridge))
        if state.descriptions.count > known.count {
            state.descriptions = state.descriptions.filter { known.contains($0.key) }
        }
        var bridges: [ConnectedBridge] = []
        for ready in state.machine.readyBridges(at: now) where !bridges.contains(where: { $0.isCalled(ready.bridge) }) {
            guard var description = state.descriptions[ready.bridge] else { continue }
            description.canBeInvited = ready.canBeInvited
            bridges.append(description)
        }
        let absent = reports.count { $0.address != nil && $0.status != .connected }
        guard bridges != state.announced.bridges || absent != state.announced.absent, let observer = state.observer
        else { return nil }
        state.announced = ConnectedBridges(
            bridges: bridges,
            absent: absent,
            revision: state.announced.revision + 1
        )
        return .announce(state.announced, to: observer)
    }
}

extension BridgePool.Effect {
    /// Does what needs nothing of the pool.
    func perform(as name: String) {
        switch self {
        case .authenticate(let connection, let secret):
            let auth = BootstrapAuth(
                authToken: secret.reveal(),
                bootstrapServer: name,
                features: LinkFeatures.all.names
            )
            connection.send(BootstrapToBridge.bootstrapAuth(auth).encode())
        case .send(let id, let question, let connection, let timeLeft):
            let request = GetOnboardingPeer(
                requestID: id.wireID,
                newNodeID: question.newcomer,
                newNodeMetadata: question.metadata,
                deadlineMs: timeLeft?.wholeMilliseconds
            )
            connection.send(BootstrapToBridge.getOnboardingPeer(request).encode())
        case .withdraw(let id, let connection):
            let withdrawal = CancelOnboardingPeer(requestID: id.wireID)
            connection.send(BootstrapToBridge.cancelOnboardingPeer(withdrawal).encode())
        case .ping(let connection, let link?):
            let ping = Ping(
                requestID: WireRequestID("keepalive_\(link.value)"),
                timestamp: SystemClock.unixMilliseconds()
            )
            connection.send(BootstrapToBridge.ping(ping).encode())
        case .ping(let connection, nil):
            connection.ping(ByteBuffer())
        case .invite(let invitation, let connection):
            connection.send(BootstrapToBridge.invitationForBridge(invitation).encode())
        case .close(let connection, let reason):
            connection.close(reason.closeCode, reason: reason.text)
        case .finish(let question, let outcome, let passage):
            question.completion(BridgePool.Outcome(outcome, of: question), passage)
        case .statusChanged(let change, let observer):
            observer.statusChanged(change)
        case .noticed(let notice, let observer):
            observer.noticed(notice)
        case .announce(let bridges, let observer):
            observer.bridgesChanged(bridges)
        case .drained(let promise):
            promise.succeed()
        case .dial, .undiallable, .wake:
            break
        }
    }
}
