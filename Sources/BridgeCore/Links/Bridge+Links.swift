import Kademlia
import MembershipTokens
import Scheduling
public import Timekeeping
public import WireMessages

/// The conversation with bootstraps (protocol.md 3).
extension Bridge {
    /// A message on an authenticated link.
    public mutating func received(
        _ message: BootstrapToBridge,
        on connection: ConnectionID,
        at now: Moment,
        using generator: inout some RandomNumberGenerator
    ) -> [BridgeAction] {
        guard case .link = connections[connection]?.role else { return [] }
        connections[connection]?.lastHeard = now.instant
        switch message {
        case .bootstrapAuth(let auth):
            return authenticate(auth, on: connection, at: now)
        case .getOnboardingPeer(let request):
            return enqueue(request, from: connection, at: now)
        case .invitationForBridge(let invitation):
            return invited(by: invitation, on: connection, at: now, using: &generator)
        case .ping(let ping):
            return [.sendToBootstrap(connection, pong(to: ping, on: connection, at: now))]
        case .cancelOnboardingPeer(let cancellation):
            cancel(cancellation.requestID, of: connection)
            return []
        case .connectedClientsResponse(let response):
            recovered(response, on: connection, at: now, using: &generator)
            return []
        case .introductionOutcome(let outcome):
            learned(outcome, on: connection, at: now.instant)
            return []
        case .validateReconnection(let request):
            return validate(request, on: connection, at: now)
        case .connectGenesisPeer(let request):
            return connectGenesis(request, on: connection, at: now)
        case .bridgeKeys(let message):
            // Only who named the feature may send it.
            if connections[connection]?.features.contains(.keys) == true {
                tokenKeys.replace(with: message.keys, from: connection)
            }
            return []
        case .pong, .unknown:
            return []
        }
    }

    func pong(to ping: Ping, on connection: ConnectionID, at now: Moment) -> BridgeToBootstrap {
        let name = name(on: connection)
        return .pong(
            Pong(
                requestID: ping.requestID,
                timestamp: now.unixMilliseconds,
                originalTimestamp: name == nil ? nil : ping.timestamp,
                from: name.map(ClientID.node),
                load: connections[connection]?.features.contains(.load) == true ? load : nil
            )
        )
    }

    /// How busy we are.
    private var load: BridgeLoad {
        BridgeLoad(
            queueDepth: Int64(queue.count),
            queueCapacity: Int64(configuration.queueCapacity),
            inFlight: Int64(assignments.count),
            connectedPeers: Int64(peers.memberCount)
        )
    }

    /// Who our answers on this connection say they are from.
    func name(on connection: ConnectionID) -> NodeID? {
        connections[connection]?.isClientLink == true ? nil : configuration.nodeID
    }

    /// Proves the secret, the first time or once more; a wrong one ends the socket.
    mutating func authenticate(
        _ auth: BootstrapAuth,
        on connection: ConnectionID,
        at now: Moment
    ) -> [BridgeAction] {
        guard configuration.isSecret(auth.authToken) else {
            counters.linksRefused += 1
            if let bootstrap = connections[connection]?.bootstrap { dialIns[bootstrap.index].judge(.wrongSecret) }
            let text = BridgeClosing.unauthorized.reason
            let refusal = AuthFailed(message: text, error: text, timestamp: now.unixMilliseconds)
            return [.sendToBootstrap(connection, .authFailed(refusal))] + close(connection, .unauthorized)
        }
        var actions: [BridgeAction] = []
        let features = auth.features.map { LinkFeatures(names: $0).intersection(.all) }
        connections[connection]?.source = auth.bootstrapServer.map(SourceID.init(name:))
        if links.contains(connection) {
            connections[connection]?.role = .link(features: features)
        } else {
            guard links.count < configuration.maximumLinks else { return close(connection, .full) }
            actions += openLink(connection, features: features, at: now)
        }
        if let bootstrap = connections[connection]?.bootstrap {
            let isNews = dialIns[bootstrap.index].proven()
            actions.append(changed(bootstrap, isNews: isNews))
        }
        actions.append(
            .sendToBootstrap(
                connection,
                .authSuccess(
                    AuthSuccess(
                        bridgeNodeID: configuration.nodeID,
                        listeningAddress: address,
                        publicWssAddress: address,
                        from: configuration.nodeID,
                        timestamp: now.unixMilliseconds,
                        features: features == nil ? nil : LinkFeatures.all.names,
                        window: features == nil ? nil : Int64(configuration.queueCapacity),
                        publicKey: features?.contains(.keys) == true ? tokenKey.text : nil
                    )
                )
            )
        )
        if features != nil { actions.append(.sendToBootstrap(connection, healthUpdate(at: now))) }
        return actions
    }

    /// The bootstrap at the other end may ask from now on. The caller has made sure that there is room.
    mutating func openLink(
        _ connection: ConnectionID,
        features: LinkFeatures?,
        at now: Moment
    ) -> [BridgeAction] {
        timers.cancel(.firstMessage(connection))
        timers.cancel(.registration(connection))
        connections[connection]?.role = .link(features: features)
        links.append(connection)
        counters.linksOpened += 1
        hurryIfAlone(at: now.instant)
        guard let bootstrap = connections[connection]?.bootstrap else { return [.becomeLink(connection)] }
        // As existing bridges do, on a connection that they opened themselves (protocol.md 3.7).
        healthChanged(at: now.instant)
        let isNews = dialIns[bootstrap.index].registered(at: now.instant)
        return [.becomeLink(connection), changed(bootstrap, isNews: isNews)]
    }

    /// Answers what could not be read, where somebody waits for an answer.
    func explain(_ error: WireError, on connection: ConnectionID, at now: Moment) -> [BridgeAction] {
        let text = "Invalid message"
        guard error.messageType == "get_onboarding_peer", let request = error.requestID else {
            let notice = ErrorNotice(
                error: text,
                message: text,
                code: "invalid_message",
                requestID: error.requestID,
                timestamp: now.unixMilliseconds
            )
            return [.sendToBootstrap(connection, .error(notice))]
        }
        return [
            .sendToBootstrap(
                connection,
                .onboardingPeerResponse(
                    OnboardingPeerResponse(
                        requestID: request,
                        success: false,
                        error: text,
                        code: "invalid_message",
                        timestamp: now.unixMilliseconds,
                        from: name(on: connection)
                    )
                )
            )
        ]
    }

    /// Somebody inside the DHT invites us. Connected already: done. Known address: we dial. Otherwise accepting tells the
    /// bootstrap our address, so that the inviter can dial (protocol.md 2.7, `connect_to_bridge`).
    private mutating func invited(
        by invitation: InvitationForBridge,
        on connection: ConnectionID,
        at now: Moment,
        using generator: inout some RandomNumberGenerator
    ) -> [BridgeAction] {
        func failed(_ reason: String) -> [BridgeAction] {
            let failure = BridgeInvitationFailed(
                bridgeNodeID: configuration.nodeID,
                inviterNodeID: invitation.fromPeer,
                reason: reason,
                timestamp: now.unixMilliseconds
            )
            return [.sendToBootstrap(connection, .bridgeInvitationFailed(failure))]
        }
        guard invitation.targetPeerID == configuration.nodeID else { return failed("Not the invited node") }
        guard let inviter = invitation.fromPeer.node, inviter != configuration.nodeID else {
            return failed("The inviter is no node")
        }
        if let expires = invitation.invitationToken.int64("expires"), expires <= now.unixMilliseconds {
            return failed("The invitation has expired")
        }
        if !peers.contains(inviter) {
            guard peers.count < configuration.maximumPeers else { return failed("Too many peers") }
            if let address = knownAddress(of: inviter) {
                scheduleDial(of: inviter, to: address, attempts: 1, at: now.instant)
                // It may be a newcomer that was to be dialled later.
                if dials.isWaiting(inviter) { timers.set(.dial(inviter), at: now.instant) }
            }
        }
        let acceptance = BridgeInvitationAccepted(
            bridgeNodeID: configuration.nodeID,
            inviterNodeID: invitation.fromPeer,
            bridgeServerAddress: address,
            timestamp: now.unixMilliseconds
        )
        return [.sendToBootstrap(connection, .bridgeInvitationAccepted(acceptance))]
    }

    // MARK: Health

    /// The number of peers changed: a report is due, the first a second after the first peer, then at most every 30 s
    /// (protocol.md 3.7).
    mutating func healthChanged(at now: Instant) {
        let soon = now + BridgeDefaults.firstHealthDelay
        let next = lastHealth.map { max(soon, $0 + BridgeDefaults.healthInterval) } ?? soon
        guard !isHealthReportDue else { return }
        isHealthReportDue = true
        timers.set(.health, at: next)
    }

    mutating func reportHealth(at now: Moment) -> [BridgeAction] {
        isHealthReportDue = false
        lastHealth = now.instant
        return links.compactMap { connection in
            guard let link = connections[connection], case .link(let features) = link.role else { return nil }
            // Existing bootstraps don't expect it on a link they dialled.
            guard features != nil || link.bootstrap != nil else { return nil }
            return .sendToBootstrap(connection, healthUpdate(at: now))
        }
    }

    private func healthUpdate(at now: Moment) -> BridgeToBootstrap {
        .bridgeHealthUpdate(
            BridgeHealthUpdate(
                bridgeNodeID: configuration.nodeID,
                bridgeHealth: BridgeHealth(
                    isHealthy: !isStopping && !isShortOfMemory,
                    hasBootstrapped: peakPeerCount > 0,
                    // Bridges don't count: a bootstrap wants to know whether we know the network.
                    connectedPeers: Int64(peers.memberCount),
                    routingNodes: Int64(routing.count),
                    peakPeerCount: Int64(peakPeerCount),
                    uptime: now.unixMilliseconds - configuration.startTime
                ),
                timestamp: now.unixMilliseconds
            )
        )
    }
}

extension SourceID {
    /// All connections of a bootstrap that calls itself `name` are one source. That two names meet in one number is as unlikely
    /// as it is harmless (FNV-1a, 64 bits).
    fileprivate init(name: String) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        self.init(value: hash)
    }
}
