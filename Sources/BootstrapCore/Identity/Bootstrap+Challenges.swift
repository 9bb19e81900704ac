import Kademlia
public import Timekeeping
import WireMessages

/// Proof that a client holds the key that its id is made of: browsers can give it, Node peers cannot, since their ids are
/// random (protocol.md 1.1, 2.5.2).
extension Bootstrap {
    /// Whether the public key in a registration makes the id that it registers, so that its owner can prove the id.
    func isProvable(_ register: Register, _ view: PeerMetadata) -> Bool {
        guard let key = view.publicKey, key.isObject, let node = register.nodeID.node else { return false }
        return configuration.nodeIDOfKey(key) == node
    }

    /// Asks for the proof. An earlier challenge of this connection is void; an answer that is being checked counts, so that
    /// there is one check for each connection at a time.
    mutating func challenge(_ connection: ConnectionID, publicKey: RawJSON, at now: Moment, actions: inout [Action]) {
        guard clients[connection]?.verification == nil else { return }
        let challenge = Challenge(
            nonce: configuration.makeNonce(),
            timestamp: now.unixMilliseconds,
            publicKey: publicKey
        )
        clients[connection]?.challenge = challenge
        timers.set(.challenge(connection), at: now.instant + BootstrapDefaults.challengeLifetime)
        let message = AuthChallenge(nonce: challenge.nonce, timestamp: challenge.timestamp)
        actions.append(.send(connection, .authChallenge(message)))
    }

    /// The same, unless it was asked already: who registers over and over gets no new nonce, and no more time.
    mutating func challengeOnce(
        _ connection: ConnectionID,
        publicKey: RawJSON,
        at now: Moment,
        actions: inout [Action]
    ) {
        guard clients[connection]?.challenge == nil else { return }
        challenge(connection, publicKey: publicKey, at: now, actions: &actions)
    }

    /// After a registration: browsers are asked for their proof, and told if they cannot have one.
    mutating func challengeIfProvable(
        _ register: Register,
        _ view: PeerMetadata,
        on connection: ConnectionID,
        at now: Moment,
        actions: inout [Action]
    ) {
        guard let key = view.publicKey, key.string("kty") == "EC", clients[connection]?.provenKey != key else { return }
        guard isProvable(register, view) else {
            failProof("Node ID does not match public key hash", on: connection, at: now, actions: &actions)
            return
        }
        challenge(connection, publicKey: key, at: now, actions: &actions)
    }

    mutating func challengeAnswered(
        _ response: AuthResponse,
        on connection: ConnectionID,
        at now: Moment,
        actions: inout [Action]
    ) {
        guard let client = clients[connection], client.id == response.nodeID else {
            counters.foreignSenders += 1
            failProof("nodeId is not this connection's", on: connection, at: now, actions: &actions)
            return
        }
        guard let challenge = client.challenge else {
            failProof("No pending challenge", on: connection, at: now, actions: &actions)
            return
        }
        clients[connection]?.challenge = nil
        timers.cancel(.challenge(connection))
        guard let signature = response.signature else {
            let reason = response.error == nil ? "Missing signature" : "The client could not sign"
            refuseProof(reason, on: connection, at: now, actions: &actions)
            return
        }
        let proof = KeyProof(
            serial: makeSerial(),
            publicKey: challenge.publicKey,
            nonce: challenge.nonce,
            timestamp: challenge.timestamp,
            signature: signature
        )
        clients[connection]?.verification = proof
        actions.append(.verify(connection, proof))
    }

    /// The answer to `.verify`.
    public mutating func proofChecked(
        _ connection: ConnectionID,
        serial: UInt64,
        isGood: Bool,
        at now: Moment,
        actions: inout [Action]
    ) {
        // It closed meanwhile, or another took its place.
        guard let client = clients[connection], let proof = client.verification, proof.serial == serial,
            !client.isClosing, let id = client.id
        else { return }
        clients[connection]?.verification = nil
        guard isGood else {
            refuseProof("Invalid signature", on: connection, at: now, actions: &actions)
            return
        }
        counters.proofs += 1
        clients[connection]?.provenKey = proof.publicKey
        actions.append(
            .send(connection, .authSuccess(ClientAuthSuccess(nodeID: id, timestamp: now.unixMilliseconds)))
        )
        if contests[id]?.challenger == connection {
            winContest(for: id, at: now, actions: &actions)
        } else if let register = client.pendingRegistration {
            // Others may have taken the last place meanwhile.
            guard admits(id, isBridge: false, on: connection, actions: &actions) else { return }
            enrol(register, PeerMetadata(register.metadata), on: connection, at: now, actions: &actions)
        }
    }

    mutating func challengeExpired(_ connection: ConnectionID, actions: inout [Action]) {
        clients[connection]?.challenge = nil
        if clients[connection]?.pendingRegistration != nil { refusePending(on: connection, actions: &actions) }
    }

    /// A proof was tried and failed. Nobody is closed for that who does not need it (protocol.md 2.5.2).
    private mutating func refuseProof(
        _ reason: String,
        on connection: ConnectionID,
        at now: Moment,
        actions: inout [Action]
    ) {
        failProof(reason, on: connection, at: now, actions: &actions)
        guard let client = clients[connection], let id = client.id else { return }
        if let contest = contests[id], contest.challenger == connection {
            if contest.holderAnswered { loseContest(for: id, actions: &actions) }
        } else if client.pendingRegistration != nil {
            refusePending(on: connection, actions: &actions)
        }
    }

    /// A registration that was to be followed after a proof, which did not come.
    private mutating func refusePending(on connection: ConnectionID, actions: inout [Action]) {
        if configuration.requiresProof {
            refuseUnproven(on: connection, actions: &actions)
        } else {
            refuseInUse(on: connection, actions: &actions)
        }
    }

    private mutating func failProof(
        _ reason: String,
        on connection: ConnectionID,
        at now: Moment,
        actions: inout [Action]
    ) {
        counters.failedProofs += 1
        let failure = AuthFailure(reason: reason, error: reason, timestamp: now.unixMilliseconds)
        actions.append(.send(connection, .authFailure(failure)))
    }

    /// `requiresProof`: whoever cannot prove its id is sent away.
    mutating func refuseUnproven(on connection: ConnectionID, actions: inout [Action]) {
        counters.refusedUnproven += 1
        clients[connection]?.pendingRegistration = nil
        let text = "This server needs proof of the key that the node id is made of"
        endRefused(text, code: "auth_required", .authRequired, on: connection, actions: &actions)
    }

    /// Says no to a registration, and to a question that came with it, and closes.
    mutating func endRefused(
        _ text: String,
        code: String,
        _ closing: ClientClosing,
        on connection: ConnectionID,
        actions: inout [Action]
    ) {
        if let join = clients[connection]?.join {
            abandon(join, of: clients[connection]?.id, actions: &actions)
            finishJoin(on: connection, .failure(text, code: code), actions: &actions)
        }
        actions.append(.send(connection, .error(ErrorNotice(text, code: code))))
        actions.append(.close(connection, closing))
        clients[connection]?.pendingRegistration = nil
        clients[connection]?.isClosing = true
    }
}
