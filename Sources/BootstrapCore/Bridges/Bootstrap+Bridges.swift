public import Kademlia
public import Timekeeping
public import WireMessages

extension Bootstrap {
    /// A proven bridge on its own client link.
    struct ProvenBridge: Sendable, Equatable {
        /// The connection that holds the bridge's id.
        var connection: ConnectionID
        var registration: BridgeRegistration
    }

    // MARK: Proof

    /// What a registration says of a bridge, if it is one: it claims to be, has a node's id and knows the secret
    /// (protocol.md 8, S4). Any other claim is counted, and its sender is a peer like all others.
    mutating func provenBridge(_ register: Register, _ view: PeerMetadata) -> BridgeRegistration? {
        guard let metadata = register.metadata, view.claimsToBeBridge else { return nil }
        guard let node = register.nodeID.node, let token = view.bridgeAuthToken, !token.isEmpty,
            configuration.isBridgeSecret(token)
        else {
            counters.unprovenBridges += 1
            return nil
        }
        return BridgeRegistration(nodeID: node, metadata: metadata, view: view, features: register.features)
    }

    /// Hands the connection to whoever owns the links, once for each thing it says of itself.
    mutating func adopt(_ registration: BridgeRegistration, on connection: ConnectionID, actions: inout [Action]) {
        let bridge = ProvenBridge(connection: connection, registration: registration)
        guard provenBridges[registration.nodeID] != bridge else { return }
        provenBridges[registration.nodeID] = bridge
        clients[connection]?.isProvenBridge = true
        // A bridge is invited over its link or not at all.
        heldInvitations[.node(registration.nodeID)] = nil
        actions.append(.adoptBridge(connection, registration))
    }

    // MARK: What only a bridge says

    /// Passes on what belongs to a bridge's link. Anybody else who says it is ignored without a word, so that nothing can be
    /// learned from guessing request ids (protocol.md 8, S5; robustness.md, S05 and S19).
    ///
    /// - Parameter named: whom the message says it is from, where it says so.
    mutating func heardFromBridge(
        _ message: BridgeToBootstrap,
        naming named: NodeID? = nil,
        on connection: ConnectionID,
        actions: inout [Action]
    ) {
        guard let client = clients[connection], client.isProvenBridge else {
            counters.foreignAnswers += 1
            return
        }
        if let named, client.id != .node(named) {
            counters.foreignSenders += 1
            return
        }
        actions.append(.bridgeSaid(connection, message))
    }

    /// What bridges and peers both may say, and only a bridge's link has a use for.
    mutating func heardFromAnyone(
        _ message: BridgeToBootstrap,
        on connection: ConnectionID,
        actions: inout [Action]
    ) {
        if clients[connection]?.isProvenBridge == true {
            actions.append(.bridgeSaid(connection, message))
        } else {
            counters.unhandledMessages += 1
        }
    }

    /// Takes care of a frame that was to be a message of a bridge's link; false if it was none. A bridge's answer that cannot
    /// be read is a refusal: waiting for its time to run out would help nobody.
    mutating func malformedFromBridge(
        _ error: WireError,
        on connection: ConnectionID,
        actions: inout [Action]
    ) -> Bool {
        guard let type = error.messageType, Self.typesOfBridges.contains(type) else { return false }
        if clients[connection]?.isProvenBridge != true {
            counters.foreignAnswers += 1
        } else if type == OnboardingPeerResponse.wireType.description, let requestID = error.requestID {
            let refusal = OnboardingPeerResponse(requestID: requestID, success: false, code: "invalid_message")
            actions.append(.bridgeSaid(connection, .onboardingPeerResponse(refusal)))
        } else if type == GetConnectedClients.wireType.description, let requestID = error.requestID {
            let refusal = ConnectedClientsResponse(requestID: requestID, success: false, error: "invalid message")
            actions.append(.send(connection, .connectedClientsResponse(refusal)))
        }
        return true
    }

    private static let typesOfBridges: Set<String> = [
        OnboardingPeerResponse.wireType.description, AuthSuccess.wireType.description, AuthFailed.wireType.description,
        BridgeInvitationAccepted.wireType.description, BridgeInvitationFailed.wireType.description,
        BridgeHealthUpdate.wireType.description, GetConnectedClients.wireType.description,
        ReconnectionResult.wireType.description, GenesisConnectionResult.wireType.description,
    ]
}

extension Bootstrap {
    // MARK: What bridges report, over whichever link

    /// A bridge reports how many peers it is connected to. One that knows nobody, after a restart for instance, is no use;
    /// existing peers do not dial it by themselves, so some of them are asked to (protocol.md 2.7, `connect_to_bridge`).
    public mutating func bridgeReported(
        connectedPeers: Int64,
        by bridge: NodeID,
        at now: Moment,
        actions: inout [Action]
    ) {
        if contact(of: bridge) != nil { reportedPeers[bridge] = connectedPeers }
        if connectedPeers > 0 { sawMember() }
        guard connectedPeers == 0, case .decided = genesis, let message = directions(to: bridge, at: now) else {
            return
        }
        let settled = peers.next(
            BootstrapDefaults.peersSentToEmptyBridge,
            lookingAt: BootstrapDefaults.peersConsideredForEmptyBridge
        ) { [clients] in
            // Who found nobody has no token, and could invite nobody.
            clients[$0]?.isSettled == true
        }
        for connection in settled {
            actions.append(.send(connection, .connectToBridge(message)))
        }
    }

    /// A bridge takes up an invitation: whoever sent it is told where the bridge is, and dials it (protocol.md 2.7).
    public mutating func bridgeAccepted(
        _ acceptance: BridgeInvitationAccepted,
        from bridge: NodeID,
        at now: Moment,
        actions: inout [Action]
    ) {
        guard let inviter = holder(of: acceptance.inviterNodeID), let message = directions(to: bridge, at: now) else {
            return
        }
        actions.append(.send(inviter.connection, .connectToBridge(message)))
    }

    /// Nil if there is no ready link to the bridge, or peers cannot dial it.
    private func directions(to bridge: NodeID, at now: Moment) -> ConnectToBridge? {
        guard let address = contact(of: bridge)?.listeningAddress else { return nil }
        return ConnectToBridge(
            bridgeNodeID: bridge,
            bridgeServerAddress: address,
            timestamp: now.unixMilliseconds
        )
    }

    /// The bridge with that id, if there is a ready link to it.
    func contact(of bridge: NodeID) -> BridgeContact? {
        bridges.first { $0.nodeID == bridge }
    }
}
