public import Timekeeping
public import WireMessages

/// The client link: opening, registering, and what the bootstrap server says on it.
extension SimulatedPeer {
    /// The client link is open.
    public mutating func clientLinkOpened(
        at now: Moment,
        using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard clientLink.opened() else { return drain() }
        arm(.register, after: PeerDefaults.registerDelay, from: now)
        // The first request goes out before `register`, as clients of the existing network send it (protocol.md 2.1).
        if join.firstAsked == nil { ask(at: now, using: &generator) }
        return drain()
    }

    /// The client link ended, or could not be opened.
    public mutating func clientLinkClosed(at now: Moment) -> [Action] {
        disarm(.register)
        disarm(.answer)
        join.questionLost()
        guard clientLink.closed() else { return drain() }
        // With a DHT connection a peer does without the bootstrap server (protocol.md 2.2).
        let pause = clientLink.takeComeBack().map { max($0 - now.instant, .zero) } ?? PeerDefaults.reconnectPause
        if links.linkedPeers.isEmpty { arm(.reopenClientLink, after: pause, from: now) }
        return drain()
    }

    /// The bootstrap server said something.
    public mutating func heard(
        _ message: BootstrapToPeer,
        at now: Moment,
        using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard clientLink.isOpen else { return drain() }
        switch message {
        case .registered:
            registered(at: now, using: &generator)
        case .versionMismatch(let message):
            join.versionRefused(message: message.message)
            failJoin()
            if clientLink.stop() { act(.closeClientLink) }
        case .response(let response):
            heard(response, at: now, using: &generator)
        case .invitationReceived(let invitation):
            accept(invitation, at: now, using: &generator)
        case .websocketPeerMetadata(let message):
            heard(message, at: now)
        case .sendInvitationRequest(let request):
            heard(request, at: now, using: &generator)
        case .bridgeInvitationRequest(let request):
            if !links.isLinked(to: request.targetPeerID), membership != nil {
                invite(request.targetPeerID, at: now, using: &generator)
            }
        case .connectToBridge(let request):
            dial(request.bridgeNodeID, address: request.bridgeServerAddress, at: now)
        case .serverStopping(let notice):
            let wait = min(max(.milliseconds(notice.comeBackAfterMs), .zero), PeerDefaults.longestAbsence)
            clientLink.comeBack(at: now.instant + wait)
        case .ping(let ping):
            act(.tell(.pong(Pong(requestID: ping.requestID, timestamp: now.unixMilliseconds))))
        case .onboardingFailed(let failure):
            attemptFailed(.refused(error: failure.error), retryAfter: nil, at: now)
        case .error, .signalError, .joinError, .peerJoinRequest, .bridgeConnectionStatus, .pong:
            break
        case .authChallenge, .authSuccess, .authFailure:
            // Only for peers whose key is a browser's (protocol.md 2.5.2).
            break
        case .signal, .webrtcStartOffer, .webrtcExpectOffer, .iceCoordinatePending, .iceStart, .iceCoordinateTimeout,
            .iceCoordinateError, .iceRestartPending, .iceRestartGo, .iceRestartTimeout, .iceRestartError:
            // Only for browsers.
            break
        case .getOnboardingPeer, .invitationForBridge, .connectedClientsResponse:
            // Only for bridges.
            break
        case .relayRequest, .relayAck, .relayForward, .relayClose, .relayPing, .relayPong, .unknown:
            break
        }
        return drain()
    }

    mutating func openClientLink() {
        disarm(.reopenClientLink)
        if clientLink.wantOpen() { act(.openClientLink) }
    }

    mutating func register(at now: Moment) {
        guard clientLink.isOpen else { return }
        act(
            .tell(
                .register(
                    Register(
                        nodeID: .node(id),
                        protocolVersion: PeerDefaults.protocolVersion,
                        buildID: "node_\(startedAtMilliseconds)",
                        timestamp: now.unixMilliseconds,
                        metadata: clientMetadata,
                        features: PeerFeatures.comeBack.names
                    )
                )
            )
        )
    }

    private mutating func registered(at now: Moment, using generator: inout some RandomNumberGenerator) {
        guard clientLink.registered() else { return }
        disarm(.waitingInvitations)
        for newcomer in invitations.takeWaiting() {
            sendInvitation(to: newcomer, at: now, using: &generator)
        }
        if join.isQuestionWaiting, needsAnAnswer { ask(at: now, using: &generator) }
    }

    /// What a Node peer says of itself on the client link (protocol.md 2.5.1).
    var clientMetadata: RawJSON {
        .object { writer in
            writer.member("publicKey", identity.publicKey)
            // Null in the first connection of an existing peer, even after it received a token.
            writer.member("membershipToken", orNull: join.stage == .member ? membership : nil)
            writer.member("nodeType", "nodejs")
            writeReachability(to: &writer)
        }
    }

    /// What a Node peer says of itself on DHT links (protocol.md 4.2). Bridges prefer helpers that show a token here.
    var linkMetadata: RawJSON {
        .object { writer in
            writer.member("isBridgeNode", false)
            writer.member("nodeType", "nodejs")
            writer.member("startTime", startedAtMilliseconds)
            writeReachability(to: &writer)
            writer.member("membershipToken", ifPresent: membership)
        }
    }

    private func writeReachability(to writer: inout JSONWriter) {
        writer.member("listeningAddress", identity.address)
        writer.member("publicWssAddress", identity.address)
        writer.member("capabilities", ["websocket"])
        // Existing Node peers offer to relay. This one does not relay, so it does not say so.
        writer.member("canRelay", false)
        writer.member("canAcceptConnections", true)
        writer.member("canInitiateConnections", true)
    }
}
