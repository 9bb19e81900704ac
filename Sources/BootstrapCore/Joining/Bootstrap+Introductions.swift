import Kademlia
import Observation
import Timekeeping
import WireMessages

/// What becomes of the helpers that bridges name (`Introduction`). The bridge that named one hears of it, so that it names
/// better ones.
extension Bootstrap {
    // MARK: Events

    /// The newcomer is about to hear of its helper. What it was told before is over.
    ///
    /// - Parameter isInvited: the helper was faster than this answer.
    mutating func introduce(
        _ newcomer: ClientID,
        to helper: NodeID,
        isInvited: Bool,
        _ receipt: JoinReceipt?,
        at now: Moment,
        actions: inout [Action]
    ) {
        guard let node = newcomer.node else { return }
        if let previous = introductions[node] {
            let hadItsTime = now.instant - previous.namedAt >= configuration.helperPatience
            // The same answer to another of its questions: clients of the current era ask twice (protocol.md 2.2).
            if previous.helper == helper, previous.acceptedAt == nil, !hadItsTime {
                observe(\.unheard, of: node)
                return
            }
            // How often a newcomer asks must not decide what is said of its helpers.
            end(previous, as: hadItsTime ? previous.resultIfReplaced : nil, actions: &actions)
        }
        // Without these two nobody could be told.
        guard let bridge = receipt?.bridge, let requestID = receipt?.requestID, helper != node else {
            observe(\.unheard, of: node)
            return
        }
        guard introductions.count < BootstrapDefaults.maxIntroductions else {
            counters.introductionsUnfollowed += 1
            observe(\.unheard, of: node)
            return
        }
        counters.introductions += 1
        if isInvited { observe(\.invited, of: node) }
        introductions[node] = Introduction(
            requestID: requestID,
            bridge: bridge,
            newcomer: node,
            helper: helper,
            namedAt: now.instant,
            progress: isInvited ? .invited : .named
        )
        if isInvited { actions.append(.journal(JoinNote(requestID, .invited))) }
        let patience = isInvited ? BootstrapDefaults.introductionLifetime : configuration.helperPatience
        timers.set(.introduction(node), at: now.instant + patience)
    }

    /// Whether a bridge sent the invitee of this pair to its inviter, and it was not heard yet what became of that.
    func isIntroduced(_ key: InvitationKey) -> Bool { introduction(for: key) != nil }

    mutating func helperInvited(_ key: InvitationKey, actions: inout [Action]) {
        guard var introduction = introduction(for: key) else { return }
        introduction.openRequest = nil
        switch introduction.progress {
        case .named, .claimed:
            introduction.progress = .invited
            actions.append(.journal(JoinNote(introduction.requestID, .invited)))
            observe(\.invited, of: introduction.newcomer)
            expire(introduction, from: introduction.namedAt)
        case .invited, .accepted, .vouched: break
        }
        introductions[introduction.newcomer] = introduction
    }

    mutating func newcomerAccepted(_ key: InvitationKey, at now: Moment, actions: inout [Action]) {
        entered(key.invitee)
        guard var introduction = introduction(for: key), introduction.acceptedAt == nil else { return }
        introduction.progress = .accepted(at: now.instant, isProbed: false)
        introductions[introduction.newcomer] = introduction
        counters.introductionsAccepted += 1
        observe(\.accepted, of: introduction.newcomer)
        actions.append(report(.accepted, introduction))
        actions.append(.journal(JoinNote(introduction.requestID, .accepted)))
        timers.set(.introduction(introduction.newcomer), at: now.instant + configuration.helperProbeDelay)
    }

    /// `invitation_sent` (protocol.md 2.7): the helper has nothing to do for the newcomer. If it did not invite since it was
    /// asked, that means they are linked.
    mutating func helperAnswered(
        _ message: InvitationSent,
        on connection: ConnectionID,
        at now: Moment
    ) {
        guard message.success, let client = clients[connection], client.isRegistered, let helper = client.id,
            var introduction = introduction(for: InvitationKey(inviter: helper, invitee: message.targetPeerID)),
            introduction.openRequest == message.requestID
        else { return }
        introduction.openRequest = nil
        switch introduction.progress {
        case .named:
            introduction.progress = .claimed
            expire(introduction, from: introduction.namedAt)
        case .accepted(let instant, _):
            introduction.progress = .vouched(acceptedAt: instant)
            timers.set(
                .introduction(introduction.newcomer),
                at: now.instant + BootstrapDefaults.helperWordPatience
            )
        case .claimed, .invited, .vouched: break
        }
        introductions[introduction.newcomer] = introduction
    }

    /// `connection_outcome` of a newcomer. It does not name the other end; while an introduction is under way that is the helper.
    mutating func reported(
        _ outcome: ConnectionOutcome,
        on connection: ConnectionID,
        at now: Moment,
        actions: inout [Action]
    ) {
        guard speaker(on: connection, claimed: outcome.nodeID) != nil, let node = outcome.nodeID.node else { return }
        statistics.reported(outcome, at: now)
        guard let introduction = introductions[node], introduction.isUnderWay
        else { return }
        end(introduction, as: outcome.success ? .connected : .failed, actions: &actions)
    }

    /// The newcomer asks anew. If it had accepted, the helper got it nowhere; but not if it asks just after that, as clients of
    /// the current era do before they have looked at their links (protocol.md 2.2).
    mutating func askedAgain(_ newcomer: ClientID, at now: Moment, actions: inout [Action]) {
        guard let introduction = newcomer.node.flatMap({ introductions[$0] }), let accepted = introduction.acceptedAt,
            now.instant - accepted >= BootstrapDefaults.hastyQuestion
        else { return }
        end(introduction, as: .failed, actions: &actions)
    }

    /// The newcomer left. Who was told of it learns no more than it knows.
    mutating func forgetIntroduction(of newcomer: ClientID, actions: inout [Action]) {
        guard let node = newcomer.node, let introduction = introductions.removeValue(forKey: node) else { return }
        observe(\.unheard, of: node)
        timers.cancel(.introduction(node))
        actions.append(.journal(JoinNote(introduction.requestID, .unknown)))
    }

    /// The time of whatever an introduction waits for is up.
    mutating func introductionDue(_ newcomer: NodeID, at now: Moment, actions: inout [Action]) {
        guard var introduction = introductions[newcomer] else { return }
        switch introduction.progress {
        case .named:
            end(introduction, as: .silent, actions: &actions)
        case .claimed, .invited, .accepted(_, isProbed: true):
            end(introduction, as: nil, actions: &actions)
        case .accepted(let instant, isProbed: false):
            introduction.progress = .accepted(at: instant, isProbed: true)
            introduction.openRequest = probe(introduction, actions: &actions)
            introductions[newcomer] = introduction
            expire(introduction, from: instant)
        case .vouched:
            end(introduction, as: .connected, actions: &actions)
        }
    }

    // MARK: Steps

    /// The helper was asked to invite; how it answers says something about the introduction.
    mutating func requested(_ requestID: WireRequestID, of key: InvitationKey) {
        guard let introduction = introduction(for: key) else { return }
        introductions[introduction.newcomer]?.openRequest = requestID
    }

    /// Peers of the existing network do not report that they are connected, but one that runs on a server, asked to invite a peer
    /// that it is linked to, says so and does no more. Not linked, it does nothing while its invitation is pending, for 2 minutes;
    /// if they were linked and are not any more, it invites once more, which is then what the newcomer needs.
    ///
    /// - Returns: the request, if there was anybody to put it to.
    private mutating func probe(_ introduction: Introduction, actions: inout [Action]) -> WireRequestID? {
        let key = InvitationKey(inviter: .node(introduction.helper), invitee: .node(introduction.newcomer))
        guard let helper = holder(of: key.inviter), helper.kind == .node, !helper.isBridge,
            holder(of: key.invitee) != nil,
            // It invites again already.
            invitations[key] == nil
        else { return nil }
        return requestInvitation(key, of: helper, actions: &actions)
    }

    private func introduction(for key: InvitationKey) -> Introduction? {
        guard let introduction = key.invitee.node.flatMap({ introductions[$0] }),
            key.inviter == .node(introduction.helper)
        else { return nil }
        return introduction
    }

    private mutating func expire(_ introduction: Introduction, from start: Instant) {
        timers.set(.introduction(introduction.newcomer), at: start + BootstrapDefaults.introductionLifetime)
    }

    /// - Parameter result: nil if nothing was learned of the helper.
    private mutating func end(_ introduction: Introduction, as result: IntroductionResult?, actions: inout [Action]) {
        introductions[introduction.newcomer] = nil
        timers.cancel(.introduction(introduction.newcomer))
        let event: JoinNote.Event =
            switch result {
            case .connected: .connected
            case .silent: .silent
            case .failed: .failed
            case .accepted, nil: .unknown
            }
        actions.append(.journal(JoinNote(introduction.requestID, event)))
        switch result {
        case .connected:
            counters.introductionsConnected += 1
            observe(\.connected, of: introduction.newcomer)
        case .silent:
            counters.introductionsSilent += 1
            observe(\.lost, of: introduction.newcomer)
        case .failed:
            counters.introductionsFailed += 1
            observe(\.lost, of: introduction.newcomer)
        case .accepted, nil:
            observe(\.unheard, of: introduction.newcomer)
            return
        }
        if let result { actions.append(report(result, introduction)) }
    }

    private func report(_ result: IntroductionResult, _ introduction: Introduction) -> Action {
        let outcome = IntroductionOutcome(
            requestID: introduction.requestID,
            newNodeID: introduction.newcomer,
            inviterPeerID: introduction.helper,
            outcome: result
        )
        return .reportOutcome(outcome, to: introduction.bridge)
    }
}
