import Timekeeping
package import WireMessages

extension Bootstrap {
    // MARK: Events

    /// A frame that is no message of the protocol. Answered by the request's id where it has one.
    package mutating func malformed(_ error: WireError, on connection: ConnectionID, actions: inout [Action]) {
        guard clients[connection] != nil else { return }
        counters.malformed += 1
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
        guard holders[register.nodeID] != nil || holders.count < configuration.maxPeers else {
            counters.refusedFull += 1
            actions.append(.send(connection, .error(ErrorNotice("Server at capacity", code: "server_full"))))
            actions.append(.close(connection, .serverFull))
            return
        }
        takeOver(register.nodeID, for: connection, actions: &actions)
        counters.registrations += 1
        timers.cancel(.unregistered(connection))
        timers.cancel(.registrationPatience(connection))
        clients[connection]?.isRegistered = true
        if let metadata = register.metadata { clients[connection]?.adopt(metadata) }
        actions.append(
            .send(connection, .registered(Registered(nodeID: register.nodeID, timestamp: now.unixMilliseconds)))
        )
        advanceJoin(on: connection, at: now, actions: &actions)
        deliverHeldInvitations(on: connection, actions: &actions)
    }

    /// Gives the connection its id if it has none; false if it has another.
    mutating func bind(_ id: ClientID, to connection: ConnectionID) -> Bool {
        guard let client = clients[connection] else { return false }
        if let bound = client.id { return bound == id }
        clients[connection]?.id = id
        claimants[id] = connection
        return true
    }

    /// The newest registered socket holds the id; the one before it is closed, and its close will change nothing here.
    private mutating func takeOver(_ id: ClientID, for connection: ConnectionID, actions: inout [Action]) {
        if let previous = holders[id], previous != connection {
            actions.append(.close(previous, .replaced))
        }
        holders[id] = connection
        if claimants[id] == connection { claimants[id] = nil }
    }
}
