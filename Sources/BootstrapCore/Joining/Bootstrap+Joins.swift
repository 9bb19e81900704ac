import Kademlia
import Observation
public import Timekeeping
public import WireMessages

extension Bootstrap {
    // MARK: Events

    /// The bridges answered, or could not.
    public mutating func onboardingEnded(
        _ join: JoinID,
        _ outcome: OnboardingOutcome,
        receipt: JoinReceipt? = nil,
        at now: Moment,
        actions: inout [Action]
    ) {
        guard let connection = joins.removeValue(forKey: join) else { return }
        noteVacancy(outcome, at: now)
        // It may have said long ago that it knows nobody, and says so again only when that is due.
        if case .helper = outcome, let bridge = receipt?.bridge, reportedPeers[bridge] == 0 {
            reportedPeers[bridge] = 1
        }
        if case .emergency(let peers) = outcome, peers.isEmpty, holdIfEarly(connection, receipt, at: now) {
            note(.heldBack, receipt, &actions)
            return
        }
        clients[connection]?.join?.progress = .ended(outcome, receipt)
        advanceJoin(on: connection, at: now, actions: &actions)
    }

    /// Bridges that are up but know nobody will soon know somebody, most likely; an answer now would send the newcomer away.
    private mutating func holdIfEarly(_ connection: ConnectionID, _ receipt: JoinReceipt?, at now: Moment) -> Bool {
        guard !isDraining, let join = clients[connection]?.join, join.retries < BootstrapDefaults.emptyBridgeRetries
        else {
            return false
        }
        clients[connection]?.join?.retries += 1
        clients[connection]?.join?.progress = .holding(receipt)
        timers.set(.askAgain(connection), at: now.instant + BootstrapDefaults.emptyBridgeRetryDelay)
        return true
    }

    // MARK: The question

    mutating func asked(
        _ request: GetPeersOrGenesis,
        on connection: ConnectionID,
        at now: Moment,
        actions: inout [Action]
    ) {
        counters.asked += 1
        guard bind(request.nodeID, to: connection) else {
            counters.foreignSenders += 1
            refuse(
                "this connection speaks for another id",
                code: "id_mismatch",
                request.requestID,
                on: connection,
                actions: &actions
            )
            return
        }
        guard var client = clients[connection] else { return }
        guard !client.answered.contains(request.requestID) else { return }
        if let metadata = request.metadata { client.adopt(metadata, PeerMetadata(metadata)) }
        if var join = client.join {
            guard !join.waiters.contains(request.requestID) else { return }
            if join.waiters.count < BootstrapDefaults.maxWaitersPerJoin {
                join.waiters.append(request.requestID)
                client.join = join
                clients[connection] = client
                refreshListing(of: connection)
            } else {
                refuse(
                    "too many questions at once",
                    code: "busy",
                    request.requestID,
                    on: connection,
                    actions: &actions
                )
            }
            return
        }
        // Anybody may name an id; only a registration makes it the newcomer's.
        if client.isRegistered { askedAgain(request.nodeID, at: now, actions: &actions) }
        client.join = Join(
            waiters: [request.requestID],
            arrivedAt: now.instant,
            listLimit: request.listLimit,
            isRecovery: request.isBridgeRecovery,
            progress: .asked
        )
        clients[connection] = client
        refreshListing(of: connection)
        // While it is being decided who has the better right to its id, that takes its time.
        if !client.isRegistered, client.pendingRegistration == nil, contests[request.nodeID]?.challenger != connection {
            timers.set(.registrationPatience(connection), at: now.instant + configuration.registrationPatience)
        }
        advanceJoin(on: connection, at: now, actions: &actions)
    }

    /// Takes the join as far as it can go now. Called after whatever may have changed: the question, the registration, the
    /// genesis decision, the bridges' outcome.
    mutating func advanceJoin(on connection: ConnectionID, at now: Moment, actions: inout [Action]) {
        guard let client = clients[connection], let id = client.id, let join = client.join else { return }
        switch join.progress {
        case .asked:
            advanceNewJoin(client, id: id, join: join, at: now, actions: &actions)
        case .judging, .awaitingBridges, .awaitingGenesis, .asking, .holding:
            break
        case .ended(let outcome, let receipt):
            guard client.isRegistered else { return }
            answer(client, id: id, join: join, with: outcome, receipt: receipt, at: now, actions: &actions)
        }
    }

    /// Which of the variants of protocol.md 2.6.1 applies.
    private mutating func advanceNewJoin(
        _ client: Client,
        id: ClientID,
        join: Join,
        at now: Moment,
        actions: inout [Action]
    ) {
        let connection = client.connection
        guard !isDraining else { return refuseStopping(on: connection, actions: &actions) }
        if client.isBridge {
            // Whether it is one shows when it registers.
            guard client.isRegistered else { return }
            if client.isProvenBridge || configuration.createNewDHT {
                answerBridge(client, id: id, join: join, actions: &actions)
                return
            }
        }
        // Nothing is done for somebody who may have to prove first who it is.
        guard client.isRegistered || !configuration.requiresProof else { return }
        guard configuration.createNewDHT || (configuration.openNetwork && genesis != .undecided) else {
            guard client.isRegistered else { return }
            let list = JoinAnswer.peerList(listedPeers(for: client, limit: join.listLimit))
            finishJoin(on: connection, .success(.join(list)), actions: &actions)
            return
        }
        if client.standing != .newcomer, genesis != .undecided {
            // Whether the token is its own shows when it registers.
            guard client.isRegistered else { return }
            if judgeIfPresented(client, actions: &actions) { return }
            if client.standing == .member, answerMember(client, id: id, join: join, actions: &actions) { return }
        }
        switch genesis {
        case .undecided:
            // Held until the same socket is registered: a stranger that never says who it is does not start the network.
            guard client.isRegistered, let node = id.node else {
                if client.isRegistered { answerTool(on: connection, actions: &actions) }
                return
            }
            switch beginning(for: join, at: now) {
            case .begin(isBlind: let isBlind):
                if isBlind { actions.append(.warnOfBlindBeginning(node, absentBridges: absentBridges)) }
                recordGenesis(node, on: connection, actions: &actions)
            case .await(lookingAgainAt: let next):
                clients[connection]?.join?.progress = .awaitingBridges
                timers.set(.askAgain(connection), at: next)
            case .ask:
                putQuestion(of: client, node, join, actions: &actions)
            }
        case .recording:
            clients[connection]?.join?.progress = .awaitingGenesis
        case .decided(let node) where .node(node) == id && isStillFirst(client):
            guard client.isRegistered else { return }
            announceGenesis(on: connection, at: now, actions: &actions)
        case .decided:
            guard configuration.openNetwork else {
                guard client.isRegistered else { return }
                let list = JoinAnswer.peerList(listedPeers(for: client, limit: join.listLimit))
                finishJoin(on: connection, .success(.join(list)), actions: &actions)
                return
            }
            guard let node = id.node else {
                if client.isRegistered { answerTool(on: connection, actions: &actions) }
                return
            }
            // A helper would invite whoever holds the id now.
            guard client.isRegistered || holders[id] == nil else { return }
            putQuestion(of: client, node, join, actions: &actions)
        }
    }

    private mutating func putQuestion(of client: Client, _ node: NodeID, _ join: Join, actions: inout [Action]) {
        let question = JoinID(makeSerial())
        joins[question] = client.connection
        if join.askedAt == nil {
            clients[client.connection]?.join?.askedAt = join.arrivedAt
            observe(\.asked, of: node)
        }
        clients[client.connection]?.join?.progress = .asking(question)
        actions.append(.ask(question, newcomer: node, metadata: client.metadata, source: client.origin.source))
    }

    /// Whether the peer that began the network is to be told so again. The id of a Node peer is a number that anybody may name;
    /// in a network that lives, its owner needs a helper like everybody else.
    private func isStillFirst(_ client: Client) -> Bool {
        !hasLived || client.provenKey != nil || !configuration.openNetwork
    }

    /// A bridge waits to be dialled, or dials peers itself if it has lost all (protocol.md 2.6.1, 3.7). It never starts a
    /// network, and the bridges are not asked about one of them. A claim that is not proven gets what any peer might get.
    ///
    /// Existing bridges ask every 10 s while nobody has dialled them, and dial whom they are told.
    private mutating func answerBridge(_ client: Client, id: ClientID, join: Join, actions: inout [Action]) {
        let answer: JoinAnswer
        if join.isRecovery || (client.isProvenBridge && client.claimsRecovery) {
            answer = .peersForBridge(listedPeers(for: client, limit: join.listLimit))
        } else if client.isProvenBridge, clients[client.connection]?.hasAsked == true {
            answer = .peersForBridge(listedPeers(for: client, limit: join.listLimit, where: \.isSettled))
        } else if configuration.createNewDHT {
            answer = .emptyForBridge
        } else {
            answer = .peerList(listedPeers(for: client, limit: join.listLimit))
        }
        clients[client.connection]?.hasAsked = true
        finishJoin(on: client.connection, .success(.join(answer)), actions: &actions)
    }

    /// A diagnostic tool asks as a peer would. It is served, but nobody is sent to it, and it never becomes genesis.
    private mutating func answerTool(on connection: ConnectionID, actions: inout [Action]) {
        finishJoin(on: connection, .success(.join(.peerList([]))), actions: &actions)
    }

    // MARK: The answer

    /// The degradation ladder (design.md): a helper; peers of a bridge's emergency reply; live peers known here; a clear
    /// error. Never "the network is empty": our bridges being down does not make a newcomer the first.
    private mutating func answer(
        _ client: Client,
        id: ClientID,
        join: Join,
        with outcome: OnboardingOutcome,
        receipt: JoinReceipt?,
        at now: Moment,
        actions: inout [Action]
    ) {
        switch outcome {
        case .helper(let answer):
            counters.peerFound += 1
            observe(\.named, of: id.node)
            observeAnswer(join, to: id.node, at: now)
            clients[client.connection]?.isStranded = false
            let helper = PeerEntry(
                nodeID: .node(answer.inviterPeerID),
                metadata: PeerListing.helper(answer.inviterMetadata ?? .emptyObject)
            )
            let found = JoinAnswer.peerFound(
                helper: helper,
                membershipToken: answer.membershipToken,
                message: "A helper has been asked to invite you.",
                receipt: receipt
            )
            note(.helperNamed(answer.inviterPeerID), receipt, &actions)
            let isInvited = heldInvitations[id, default: []].contains { $0.fromPeer == .node(answer.inviterPeerID) }
            introduce(
                id,
                to: answer.inviterPeerID,
                isInvited: isInvited,
                receipt,
                at: now,
                actions: &actions
            )
            finishJoin(on: client.connection, .success(.join(found)), actions: &actions)
            scheduleReminder(of: answer.inviterPeerID, for: id, at: now)
        case .emergency(let peers):
            if peers.allSatisfy({ $0.nodeID == id }), announceAgain(to: client, id: id, at: now, actions: &actions) {
                note(.genesis, receipt, &actions)
                return
            }
            if peers.allSatisfy({ $0.nodeID == id }), renewGenesis(for: client, id: id, at: now, actions: &actions) {
                note(.genesis, receipt, &actions)
                return
            }
            let targets = peers.filter { $0.nodeID != id }.prefix(join.listLimit).map { peer in
                PeerEntry(
                    nodeID: peer.nodeID,
                    metadata: PeerListing.shown(peer.metadata ?? .emptyObject, to: client.origin)
                        .markedAsTarget(fromBridgeRouting: true)
                )
            }
            // Bridges that are there and know nobody speak for the whole DHT: whoever found nobody either is no way into it,
            // and a list of such peers would end the client's asking.
            let known = targets.isEmpty ? listedPeers(for: client, limit: join.listLimit, where: \.isSettled) : []
            degrade(
                client,
                id: id,
                .emergencyBridgeRouting,
                targets,
                orDirectly: known,
                receipt,
                unless: .bridgeRefused,
                at: now,
                actions: &actions
            )
        case .busy(let retryAfter):
            degrade(
                client,
                id: id,
                .emergencyDirectConnect,
                [],
                receipt,
                busyFor: retryAfter,
                unless: .busy,
                at: now,
                actions: &actions
            )
        case .unavailable(let reason):
            var known = listedPeers(for: client, limit: join.listLimit, where: \.isSettled)
            if known.isEmpty { known = listedPeers(for: client, limit: join.listLimit) }
            degrade(
                client,
                id: id,
                .emergencyDirectConnect,
                [],
                orDirectly: known,
                receipt,
                unless: reason,
                at: now,
                actions: &actions
            )
        case .stopping:
            refuseStopping(on: client.connection, receipt: receipt, actions: &actions)
        }
    }

    /// - Parameter reason: why nobody helped, if there is nobody to dial either.
    private mutating func degrade(
        _ client: Client,
        id: ClientID,
        _ status: JoinAnswer.Status,
        _ fromBridge: [PeerEntry],
        orDirectly known: [PeerEntry] = [],
        _ receipt: JoinReceipt?,
        busyFor: Int64? = nil,
        unless reason: UnhelpedReason,
        at now: Moment,
        actions: inout [Action]
    ) {
        var status = status
        var targets = fromBridge
        if targets.isEmpty {
            status = .emergencyDirectConnect
            targets = known.map { peer in
                PeerEntry(nodeID: peer.nodeID, metadata: (peer.metadata ?? .emptyObject).markedAsTarget())
            }
        }
        // The first peer is in the DHT, alone as it may be.
        clients[client.connection]?.isStranded = targets.isEmpty && id.node.map { genesis != .decided($0) } ?? true
        if !targets.isEmpty {
            counters.degraded += 1
            note(.degraded(peers: targets.count), receipt, &actions)
            observe(\.degraded, of: id.node)
            observe(fromBridge.isEmpty ? .knownPeers : .bridgePeers, of: id.node)
            if let join = client.join { observeAnswer(join, to: id.node, at: now) }
            let message = "No bridge could name a helper; these peers can be dialled directly."
            let answer = JoinAnswer.emergency(status, peers: targets, message: message, receipt: receipt)
            finishJoin(on: client.connection, .success(.join(answer)), actions: &actions)
        } else if let busyFor {
            counters.busy += 1
            note(.turnedAway(code: "busy"), receipt, &actions)
            observe(\.busy, of: id.node)
            observe(.busy, of: id.node)
            let text = "The bridges are busy. Please try again in \(busyFor) ms."
            finishJoin(
                on: client.connection,
                .failure(text, code: "busy", retryAfterMs: busyFor, receipt: receipt),
                actions: &actions
            )
        } else {
            counters.failed += 1
            note(.turnedAway(code: "no_helper"), receipt, &actions)
            observe(\.failed, of: id.node)
            observe(reason, of: id.node)
            finishJoin(
                on: client.connection,
                .failure(
                    "No helper can be reached at the moment. Please try again.",
                    code: "no_helper",
                    retryAfterMs: BootstrapDefaults.unavailableRetryAfterMilliseconds,
                    receipt: receipt
                ),
                actions: &actions
            )
        }
    }

    /// Answers every waiting request of the join, each once.
    mutating func finishJoin(on connection: ConnectionID, _ answer: Reply, actions: inout [Action]) {
        guard var client = clients[connection], let join = client.join else { return }
        client.join = nil
        timers.cancel(.askAgain(connection))
        for requestID in join.waiters {
            reply(requestID, on: connection, with: answer, actions: &actions)
        }
        client.answered.append(contentsOf: join.waiters)
        let excess = client.answered.count - BootstrapDefaults.maxAnsweredIDs
        if excess > 0 { client.answered.removeFirst(excess) }
        clients[connection] = client
        deliverHeldInvitations(on: connection, actions: &actions)
    }

    /// Registered peers to show, the requester not among them, at most `limit` and few of one network. Each answer goes on where
    /// the last one ended, so that during an outage not everybody is sent to the same few.
    mutating func listedPeers(
        for requester: Client,
        limit: Int,
        where isWanted: (Client) -> Bool = { _ in true }
    ) -> [PeerEntry] {
        let requesting = requester.id.flatMap { holders[$0] }
        var groups: [NetworkGroup: Int] = [:]
        let listed = peers.next(limit, lookingAt: limit * BootstrapDefaults.consideredPerListed) {
            [clients] connection in
            guard connection != requesting, let client = clients[connection], isWanted(client) else { return false }
            guard let group = client.origin.group else { return true }
            groups[group, default: 0] += 1
            return groups[group, default: 0] <= BootstrapDefaults.maxListedPerGroup
        }
        return listed.compactMap { connection in
            guard let client = clients[connection], let node = client.id?.node else { return nil }
            return PeerListing.entry(of: client, id: node, for: requester.origin)
        }
    }

    /// Nobody is there any more to hear the answer. While the bridges are asked, whoever puts the question to them knows its id.
    mutating func abandon(_ join: Join, of newcomer: ClientID?, actions: inout [Action]) {
        if join.askedAt != nil { observe(\.abandoned, of: newcomer?.node) }
        note(.abandoned, join.receipt, &actions)
        guard case .asking(let question) = join.progress else { return }
        joins[question] = nil
        actions.append(.cancel(question))
    }

    /// The registration did not come in time: the question is refused, and the socket lives on until its own limit.
    mutating func refuseUnregistered(_ connection: ConnectionID, actions: inout [Action]) {
        guard let client = clients[connection], !client.isRegistered, let join = client.join else { return }
        abandon(join, of: client.id, actions: &actions)
        finishJoin(
            on: connection,
            .failure("Please register first.", code: "not_registered"),
            actions: &actions
        )
    }
}
