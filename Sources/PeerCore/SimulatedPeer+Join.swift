import Kademlia
import Timekeeping
import WireMessages

/// The way in: asking, being answered, and the link that completes it (protocol.md 2.2, 2.6).
extension SimulatedPeer {
    /// Whether asking the bootstrap server would help now.
    var needsAnAnswer: Bool {
        guard join.question == nil else { return false }
        switch join.stage {
        case .unanswered, .answered: return true
        case .member: return links.linkedPeers.isEmpty
        case .idle, .failed: return false
        }
    }

    mutating func ask(at now: Moment, using generator: inout some RandomNumberGenerator) {
        guard clientLink.isOpen, join.question == nil else { return }
        disarm(.askAgain)
        let requestID = clientRequestID(at: now, using: &generator)
        if join.put(requestID, at: now.instant) { act(.report(.asked)) }
        arm(.answer, after: PeerDefaults.requestTimeout, from: now)
        act(
            .tell(
                .getPeersOrGenesis(
                    GetPeersOrGenesis(
                        maxPeers: PeerDefaults.requestedPeers,
                        nodeID: .node(id),
                        metadata: clientMetadata,
                        requestID: requestID
                    )
                )
            )
        )
    }

    mutating func askAgain(at now: Moment, using generator: inout some RandomNumberGenerator) {
        guard needsAnAnswer else { return }
        if clientLink.isOpen {
            ask(at: now, using: &generator)
        } else {
            join.waitToAsk()
            openClientLink()
        }
    }

    mutating func answerOverdue(at now: Moment) {
        attemptFailed(nil, retryAfter: nil, at: now)
    }

    mutating func heard(
        _ response: Response,
        at now: Moment,
        using generator: inout some RandomNumberGenerator
    ) {
        guard let question = join.question, question.id == response.requestID else {
            heardOfInvitation(response, at: now)
            return
        }
        disarm(.answer)
        guard response.success, case .join(let answer) = response.data else {
            let pause = response.retryAfterMs.map { Duration.milliseconds($0) }
            attemptFailed(.refused(error: response.error ?? response.code), retryAfter: pause, at: now)
            return
        }
        heard(answer, at: now, using: &generator)
    }

    private mutating func heard(
        _ answer: JoinAnswer,
        at now: Moment,
        using generator: inout some RandomNumberGenerator
    ) {
        if answer.isGenesis {
            becomeGenesis(at: now, using: &generator)
        } else if membership == nil {
            // A peer that holds a token keeps it (protocol.md 1.5).
            membership = answer.membershipToken
        }
        var bridges: [NodeID] = []
        var helpers: [NodeID] = []
        for entry in answer.peers.prefix(WireLimits.peers) {
            guard let peer = entry.nodeID.node, peer != id else { continue }
            neighbours.heardOf(peer, metadata: entry.metadata)
            if PeerMetadata(entry.metadata).claimsToBeBridge { bridges.append(peer) } else { helpers.append(peer) }
        }
        let named = helpers.isEmpty ? bridges : helpers
        guard !named.isEmpty else {
            join.answeredEmpty(status: answer.status?.text)
            let isCoordinating = answer.status == .helperCoordinating
            arm(
                .askAgain,
                after: isCoordinating ? PeerDefaults.coordinatingPoll : PeerDefaults.emptyAnswerPoll,
                from: now
            )
            return
        }
        if join.named(named) {
            act(.report(.answered(status: answer.status?.text, after: sinceFirstAsked(now))))
        }
        if answer.status == .peerFound, let helper = helpers.first {
            act(.report(.introduced(helper: helper)))
            expectLink(to: helper)
        }
        for bridge in bridges { dialUnlessLinked(bridge, at: now) }
        for helper in helpers where !links.isLinked(to: helper) {
            arm(.dialUnlessLinked(helper), after: PeerDefaults.directDialDelay, from: now)
        }
        // The invitation may have been faster than the answer.
        for helper in named where links.isLinked(to: helper) { completeJoin(with: helper, at: now) }
        if needsAnAnswer { arm(.askAgain, after: PeerDefaults.helperPatience, from: now) }
    }

    /// We are the first peer of the network (protocol.md 2.6.5, 5.2). The caller dials the bridges that the answer named; if
    /// there were none, the next round of upkeep asks for them again.
    private mutating func becomeGenesis(at now: Moment, using generator: inout some RandomNumberGenerator) {
        guard !isGenesis else { return }
        membership =
            mint.membership(issuer: id, isGenesis: true, at: now.unixMilliseconds, using: &generator) ?? membership
        isGenesis = true
        enter(reporting: .genesis(after: sinceFirstAsked(now)), at: now)
    }

    /// A link to `peer` is up.
    mutating func completeJoin(with peer: NodeID, at now: Moment) {
        guard case .answered(let helpers) = join.stage, helpers.contains(peer) else { return }
        enter(reporting: .joined(helper: peer, after: sinceFirstAsked(now)), at: now)
    }

    private mutating func enter(reporting report: JoinReport, at now: Moment) {
        switch join.stage {
        case .unanswered, .answered: act(.report(report))
        case .idle, .member, .failed: break
        }
        join.succeeded()
        disarm(.joinDeadline)
        disarm(.askAgain)
        disarm(.answer)
        wakeUpkeep(at: now)
    }

    mutating func attemptFailed(_ failure: JoinFailure?, retryAfter: Duration?, at now: Moment) {
        disarm(.answer)
        guard join.question != nil else { return }
        guard join.attemptFailed(failure) else {
            // A member asks again in its next round of upkeep; a newcomer has used up its attempts.
            failJoin()
            return
        }
        let pause = min(retryAfter ?? PeerDefaults.retryPause, PeerDefaults.longestRetryPause)
        arm(.askAgain, after: max(pause, .zero), from: now)
    }

    mutating func joinDeadlinePassed() {
        failJoin()
    }

    mutating func failJoin() {
        switch join.stage {
        case .unanswered, .answered:
            act(.report(.failed(join.obstacle)))
            join.fail()
            disarm(.joinDeadline)
            disarm(.askAgain)
            disarm(.answer)
        case .idle, .member, .failed:
            break
        }
    }

    private func sinceFirstAsked(_ now: Moment) -> Duration {
        join.firstAsked.map { now.instant - $0 } ?? .zero
    }
}
