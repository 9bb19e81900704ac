public import Kademlia
public import Timekeeping
import WireMessages

extension Bootstrap {
    /// What became of writing the genesis decision.
    public enum GenesisRecord: Sendable, Equatable {
        /// It is on stable storage, now or since an earlier run: this node is genesis.
        case decided(NodeID)
        /// It could not be written. Nobody is made genesis.
        case failed
    }

    /// The storage answered. Everybody who waited goes on: the candidate hears that it is genesis, the others are led to it.
    public mutating func genesisRecorded(_ record: GenesisRecord, at now: Moment, actions: inout [Action]) {
        guard case .recording(_, let previous) = genesis else { return }
        switch record {
        case .decided(let node): genesis = .decided(node)
        case .failed: genesis = previous.map(Genesis.decided) ?? .undecided
        }
        let waiting = clients.values
            .filter { client in
                if case .awaitingGenesis? = client.join?.progress { true } else { false }
            }
            .map(\.connection)
            .sorted { $0.value < $1.value }
        for connection in waiting {
            switch record {
            case .decided(let node) where isRegistered(node, on: connection):
                // Even if the server is about to stop: the decision stands.
                announceGenesis(on: connection, at: now, actions: &actions)
            case .decided:
                clients[connection]?.join?.progress = .asked
                advanceJoin(on: connection, at: now, actions: &actions)
            case .failed:
                // Better no network than two: the decision must survive a restart before anybody hears of it.
                counters.failed += 1
                finishJoin(
                    on: connection,
                    .failure(
                        "The server cannot store the start of the network. Please try again later.",
                        code: "state_unavailable",
                        retryAfterMs: BootstrapDefaults.unavailableRetryAfterMilliseconds
                    ),
                    actions: &actions
                )
            }
        }
    }

    private func isRegistered(_ node: NodeID, on connection: ConnectionID) -> Bool {
        guard let client = clients[connection] else { return false }
        return client.isRegistered && client.id == .node(node)
    }

    /// Variant B: this peer starts the network, and dials the bridges.
    mutating func announceGenesis(on connection: ConnectionID, at now: Moment, actions: inout [Action]) {
        let answer = JoinAnswer.genesis(
            bridges: bridges.compactMap(PeerListing.entry(of:)),
            message: "You are the first peer of this network."
        )
        clients[connection]?.isStranded = false
        finishJoin(on: connection, .success(.join(answer)), actions: &actions)
        if let id = clients[connection]?.id { entered(id) }
        timers.set(.inviteBridges(connection), at: now.instant + configuration.bridgeInvitationDelay)
    }

    /// The genesis peer is asked to invite each bridge; it does so only for those it is not linked to by now.
    mutating func requestBridgeInvitations(on connection: ConnectionID, actions: inout [Action]) {
        guard clients[connection]?.isRegistered == true else { return }
        for bridge in bridges where bridge.canBeInvited {
            let request = BridgeInvitationRequest(
                targetPeerID: bridge.nodeID,
                bridgeNodeInfo: BridgeNodeInfo(
                    nodeID: bridge.nodeID,
                    listeningAddress: bridge.listeningAddress,
                    capabilities: ["websocket"]
                ),
                message: "Please invite this bridge unless you are connected to it."
            )
            actions.append(.send(connection, .bridgeInvitationRequest(request)))
        }
    }

    mutating func recordGenesis(
        _ node: NodeID,
        replacing previous: NodeID? = nil,
        on connection: ConnectionID,
        actions: inout [Action]
    ) {
        genesis = .recording(node, previous: previous)
        clients[connection]?.join?.progress = .awaitingGenesis
        actions.append(.recordGenesis(node, replacing: previous))
    }

    // MARK: When nothing is known

    /// What is to be done with the first question of a server that knows of no network.
    enum Beginning: Equatable {
        /// - Parameter isBlind: some bridge that might know a network could not be asked.
        case begin(isBlind: Bool)
        case await(lookingAgainAt: Instant)
        /// There is a network.
        case ask
    }

    /// A server without memory is not the sign of a new network: it may have been put before bridges that have known one for
    /// long, and a second network beside a living one cuts its peers in two. So whoever comes first begins one only if
    ///
    /// - no bridge has told of a peer that it is connected to. Ours say so as soon as they are linked, which takes
    ///   `bridgeWordPatience`; those of the existing network do within 30 s if their peers change. A bridge that told of one is
    ///   asked like in any network, and its peers say who can help. If it was the last one, `renewGenesis` decides.
    /// - every configured bridge is linked, or had `absentBridgePatience` to be. A network must not be held up for ever by
    ///   a bridge that is down, and who begins one without asking is told of loudly (`warnOfBlindBeginning`).
    ///
    /// Without bridges there is nothing to wait for.
    func beginning(for join: Join, at now: Moment) -> Beginning {
        if hasLived, configuration.openNetwork { return .ask }
        let look = now.instant + BootstrapDefaults.bridgeWordPatience
        if absentBridges > 0 {
            let end = join.arrivedAt + BootstrapDefaults.absentBridgePatience
            return now.instant < end ? .await(lookingAgainAt: min(end, look)) : .begin(isBlind: true)
        }
        if let newestBridgeSince {
            let heard = newestBridgeSince + BootstrapDefaults.bridgeWordPatience
            if now.instant < heard { return .await(lookingAgainAt: heard) }
        }
        return .begin(isBlind: false)
    }

    // MARK: When nobody is left

    /// Bridges said whom they know. If every bridge that there should be is linked and knows nobody, nobody can be led to
    /// anyone; that may pass, and then somebody is heard of.
    mutating func noteVacancy(_ outcome: OnboardingOutcome, at now: Moment) {
        switch outcome {
        case .helper: sawMember()
        case .emergency(let peers) where !peers.isEmpty: sawMember()
        case .emergency:
            guard isVacant(at: now) else {
                vacantSince = nil
                break
            }
            // What was so long ago need not have been so since.
            let isOld = vacantAt.map { now.instant - $0 > BootstrapDefaults.vacancyInterval } ?? true
            if isOld || vacantSince == nil { vacantSince = now.instant }
            vacantAt = now.instant
        case .busy, .unavailable, .stopping: break
        }
    }

    /// Somebody is in the DHT.
    mutating func sawMember() {
        hasLived = true
        vacantSince = nil
    }

    /// Whether all bridges are there, those that had a link lately among them, and none of them reported a peer last.
    private mutating func isVacant(at now: Moment) -> Bool {
        for (bridge, since) in lostBridges {
            guard let since else {
                lostBridges[bridge] = now.instant
                continue
            }
            if now.instant - since >= BootstrapDefaults.lostBridgePatience { lostBridges[bridge] = nil }
        }
        return absentBridges == 0 && !bridges.isEmpty && lostBridges.isEmpty
            && reportedPeers.values.allSatisfy { $0 == 0 }
    }

    /// The peer that began the network asks, and the bridges know nobody: it is told of them once more.
    mutating func announceAgain(
        to client: Client,
        id: ClientID,
        at now: Moment,
        actions: inout [Action]
    ) -> Bool {
        guard case .decided(let node) = genesis, .node(node) == id, isVacant(at: now) else { return false }
        announceGenesis(on: client.connection, at: now, actions: &actions)
        return true
    }

    /// Makes this client the first peer anew, if the network that was begun, or that bridges told of, has had no member for long
    /// enough: its first peer left before anybody followed, or all peers came back under new ids, as Node peers do. False if that is not so.
    ///
    /// A second network beside a living one must never be begun, so every bridge has to be there and say that it knows nobody.
    /// Members that live on without any bridge are not harmed: a peer that connects to both sides joins them, since being the
    /// first means no more than signing its own token (protocol.md 1.5).
    mutating func renewGenesis(for client: Client, id: ClientID, at now: Moment, actions: inout [Action]) -> Bool {
        let previous: NodeID?
        switch genesis {
        case .undecided: previous = nil
        case .decided(let node): previous = node
        case .recording: return false
        }
        guard configuration.createNewDHT, renewsNetwork, !isDraining, let node = id.node,
            client.isRegistered, !client.isBridge, !trialNewcomers.contains(node), let since = vacantSince,
            now.instant - since >= configuration.vacancyPatience
        else { return false }
        vacantSince = nil
        hasLived = false
        if previous != nil { counters.renewals += 1 }
        recordGenesis(node, replacing: previous, on: client.connection, actions: &actions)
        return true
    }
}
