import Observation
import Timekeeping
public import WireMessages

extension Bootstrap {
    // MARK: Events

    /// A frame that is no message of the protocol. Answered by the request's id where it has one.
    public mutating func malformed(_ error: WireError, on connection: ConnectionID, actions: inout [Action]) {
        guard clients[connection]?.isClosing == false else { return }
        counters.malformed += 1
        if malformedFromBridge(error, on: connection, actions: &actions) { return }
        switch error.reason {
        case .notJSON, .notAnObject:
            actions.append(.close(connection, .invalidJSON))
        case .missingField("nodeId") where error.messageType == "register",
            .invalidField("nodeId") where error.messageType == "register":
            actions.append(.close(connection, .missingNodeID))
        case .missingType:
            refuse("message has no type", code: "invalid_message", error.requestID, on: connection, actions: &actions)
        case .missingField(let field):
            refuse(
                "field \(field) is missing",
                code: "invalid_message",
                error.requestID,
                on: connection,
                actions: &actions
            )
        case .invalidField(let field):
            refuse(
                "field \(field) is invalid",
                code: "invalid_message",
                error.requestID,
                on: connection,
                actions: &actions
            )
        }
    }

    /// A failed request is answered by its id; a message without one gets an `error` notice.
    func refuse(
        _ text: String,
        code: String,
        _ requestID: WireRequestID?,
        on connection: ConnectionID,
        actions: inout [Action]
    ) {
        if let requestID {
            actions.append(.send(connection, .response(.failure(requestID, error: text, code: code))))
        } else {
            actions.append(.send(connection, .error(ErrorNotice(text, code: code))))
        }
    }

    // MARK: Steps

    mutating func registered(
        _ register: Register,
        on connection: ConnectionID,
        at now: Moment,
        actions: inout [Action]
    ) {
        guard bind(register.nodeID, to: connection) else {
            counters.foreignSenders += 1
            refuse("this connection speaks for another id", code: "id_mismatch", nil, on: connection, actions: &actions)
            return
        }
        guard configuration.version.accepts(protocolVersion: register.protocolVersion, buildID: register.buildID) else {
            counters.versionMismatches += 1
            let mismatch = VersionMismatch(
                clientVersion: register.protocolVersion,
                clientBuildID: register.buildID,
                serverVersion: VersionRule.protocolVersion,
                serverBuildID: configuration.version.buildID,
                message: "This server speaks protocol \(VersionRule.protocolVersion). Please update and try again."
            )
            actions.append(.send(connection, .versionMismatch(mismatch)))
            actions.append(.close(connection, .versionMismatch))
            return
        }
        let view = PeerMetadata(register.metadata)
        let bridge = provenBridge(register, view)
        let features = PeerFeatures(names: register.features ?? [])
        if bridge == nil, register.features != nil, features.isEmpty, clients[connection]?.isProvenBridge != true {
            // One of ours with the wrong secret: its operator should hear of it. Others become peers like all the rest.
            refuse(
                "the bridge secret is wrong",
                code: "unproven_bridge",
                nil,
                on: connection,
                actions: &actions
            )
            return
        }
        clients[connection]?.features = features
        guard admits(register.nodeID, isBridge: bridge != nil, on: connection, actions: &actions) else { return }
        if clients[connection]?.provenKey != view.publicKey { clients[connection]?.provenKey = nil }
        if let bridge {
            enrol(register, view, as: bridge, on: connection, at: now, actions: &actions)
        } else if let holder = holders[register.nodeID], holder != connection {
            contest(register, view, heldBy: holder, on: connection, at: now, actions: &actions)
        } else {
            enrolIfAllowed(register, view, on: connection, at: now, actions: &actions)
        }
    }

    /// Follows a registration that nobody else has a better right to; where proof is required, once that was given.
    mutating func enrolIfAllowed(
        _ register: Register,
        _ view: PeerMetadata,
        on connection: ConnectionID,
        at now: Moment,
        actions: inout [Action]
    ) {
        guard configuration.requiresProof, let client = clients[connection], client.provenKey == nil,
            !client.isProvenBridge
        else {
            enrol(register, view, on: connection, at: now, actions: &actions)
            return
        }
        guard isProvable(register, view), let key = view.publicKey else {
            refuseUnproven(on: connection, actions: &actions)
            return
        }
        timers.cancel(.registrationPatience(connection))
        clients[connection]?.pendingRegistration = register
        if client.challenge == nil, client.verification == nil {
            challenge(connection, publicKey: key, at: now, actions: &actions)
        }
    }

    /// Makes the connection the holder of its id, and answers.
    ///
    /// - Parameter view: of the registration's metadata.
    mutating func enrol(
        _ register: Register,
        _ view: PeerMetadata,
        as bridge: BridgeRegistration? = nil,
        on connection: ConnectionID,
        at now: Moment,
        actions: inout [Action]
    ) {
        takeOver(register.nodeID, for: connection, at: now, actions: &actions)
        counters.registrations += 1
        if let client = clients[connection], !client.isRegistered, client.join != nil {
            // It came back on another socket.
            askedAgain(register.nodeID, at: now, actions: &actions)
        }
        timers.cancel(.unregistered(connection))
        timers.cancel(.registrationPatience(connection))
        clients[connection]?.isRegistered = true
        clients[connection]?.pendingRegistration = nil
        if let metadata = register.metadata { clients[connection]?.adopt(metadata, view) }
        if let token = register.membershipToken, clients[connection]?.standing != .judging {
            clients[connection]?.standing = .presented(token)
        }
        actions.append(
            .send(connection, .registered(Registered(nodeID: register.nodeID, timestamp: now.unixMilliseconds)))
        )
        if let bridge { adopt(bridge, on: connection, actions: &actions) }
        challengeIfProvable(register, view, on: connection, at: now, actions: &actions)
        refreshListing(of: connection)
        advanceJoin(on: connection, at: now, actions: &actions)
        deliverHeldInvitations(on: connection, actions: &actions)
        holderArrived(register.nodeID, actions: &actions)
    }

    /// Whether there is room for this registration, and nobody with a better right to its id. Says so if not. Peers and
    /// proven bridges have their own room, so that no crowd of peers keeps the bridges out (robustness.md, S15).
    mutating func admits(
        _ id: ClientID,
        isBridge: Bool,
        on connection: ConnectionID,
        actions: inout [Action]
    ) -> Bool {
        let isHeldByBridge = id.node.map { provenBridges[$0] != nil } ?? false
        if isHeldByBridge, !isBridge, clients[connection]?.isProvenBridge != true {
            // A stranger cannot push a bridge off its link by calling itself the same.
            refuseInUse(on: connection, actions: &actions)
            return false
        }
        let hasRoom =
            if isBridge {
                isHeldByBridge || provenBridges.count < BootstrapDefaults.maxBridgeClients
            } else {
                holders[id] != nil || holders.count - provenBridges.count < configuration.maxPeers
            }
        if !hasRoom {
            counters.refusedFull += 1
            observed.unhelped[.peersFull] += 1
            actions.append(.send(connection, .error(ErrorNotice("Server at capacity", code: "server_full"))))
            actions.append(.close(connection, .serverFull))
        }
        return hasRoom
    }

    /// Gives the connection its id if it has none; false if it has another.
    mutating func bind(_ id: ClientID, to connection: ConnectionID) -> Bool {
        guard let client = clients[connection] else { return false }
        if let bound = client.id { return bound == id }
        clients[connection]?.id = id
        claimants[id] = connection
        bound[id, default: 0] += 1
        return true
    }

    /// The newest registered socket holds the id; the one before it is closed, and its close will change nothing here.
    private mutating func takeOver(
        _ id: ClientID,
        for connection: ConnectionID,
        at now: Moment,
        actions: inout [Action]
    ) {
        if let previous = holders[id], previous != connection {
            actions.append(.close(previous, .replaced))
            clients[previous]?.isClosing = true
            refreshListing(of: previous)
            endWork(of: previous, actions: &actions)
            departed(id, at: now, actions: &actions)
            // A bridge, with its secret: it waits for nobody's leave, and so does nobody for its own.
            if let contest = contests[id], contest.challenger != connection { loseContest(for: id, actions: &actions) }
        }
        holders[id] = connection
        if claimants[id] == connection { claimants[id] = nil }
    }

    /// Whatever a connection still waits for that is being closed: its owner asks on the newer one.
    private mutating func endWork(of connection: ConnectionID, actions: inout [Action]) {
        guard let client = clients[connection] else { return }
        if let join = client.join { abandon(join, of: client.id, actions: &actions) }
        forgetWaits(of: client)
        clients[connection]?.join = nil
        clients[connection]?.waits = [:]
        clients[connection]?.challenge = nil
        timers.cancel(.askAgain(connection))
        timers.cancel(.inviteBridges(connection))
        timers.cancel(.challenge(connection))
    }
}
