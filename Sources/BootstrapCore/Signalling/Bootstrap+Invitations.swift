import Kademlia
import Timekeeping
import WireMessages

extension Bootstrap {
    // MARK: Inviting

    mutating func invited(
        _ message: SendInvitation,
        on connection: ConnectionID,
        at now: Moment,
        actions: inout [Action]
    ) {
        let requestID = message.requestID
        guard let inviter = speaker(on: connection, claimed: message.inviterNodeID) else {
            refuse(
                "inviterNodeId is not this connection's",
                code: "id_mismatch",
                requestID,
                on: connection,
                actions: &actions
            )
            return
        }
        let target = message.targetPeerID
        guard message.isConsistent else {
            refuse(
                "invitationToken is for others",
                code: "invalid_token",
                requestID,
                on: connection,
                actions: &actions
            )
            return
        }
        let key = InvitationKey(inviter: message.inviterNodeID, invitee: target)
        if let node = target.node, contact(of: node) != nil || provenBridges[node] != nil {
            invited(bridge: node, message, inviter, key, on: connection, at: now, actions: &actions)
            return
        }
        // A newcomer that has asked but not yet registered: its helper is often faster than its registration.
        guard let invitee = holder(of: target) ?? claimants[target].flatMap({ clients[$0] }) else {
            refuse("Target peer not connected", code: "not_connected", requestID, on: connection, actions: &actions)
            return
        }
        if invitations[key]?.repeats(at: now.instant) ?? 0 >= BootstrapDefaults.maxInvitationRepeats {
            // What many can say to one is bounded, and so is how often one can say it. Honest helpers invite twice, when they
            // are instructed twice (protocol.md 4.8).
            let receipt = InvitationReceipt(message: "Invitation sent.", targetPeer: target)
            reply(requestID, on: connection, with: .success(.invitation(receipt)), actions: &actions)
            return
        }
        let isExpected = isIntroduced(key)
        helperInvited(key, actions: &actions)
        // Invited anew before the inviter heard of the last acceptance: it hears now, and the new one stands by itself.
        if invitations[key]?.isAccepted == true { tellInviter(key, actions: &actions) }
        guard
            store(
                key,
                from: inviter,
                isExpected: isExpected,
                requestID,
                on: connection,
                at: now,
                actions: &actions
            )
        else { return }
        timers.cancel(.remindHelper(key))
        let received = InvitationReceived(
            fromPeer: message.inviterNodeID,
            invitationToken: message.invitationToken,
            websocketCoordination: message.websocketCoordination,
            message: "You are invited to the DHT."
        )
        if invitee.isRegistered, !invitee.awaitsHelper {
            actions.append(.send(invitee.connection, .invitationReceived(received)))
        } else {
            heldInvitations[target, default: []].removeAll { $0.fromPeer == received.fromPeer }
            heldInvitations[target, default: []].append(received)
        }
        let receipt = InvitationReceipt(message: "Invitation sent.", targetPeer: target)
        reply(requestID, on: connection, with: .success(.invitation(receipt)), actions: &actions)
    }

    /// Enters an invitation into the table; false, and refused, if there is no room.
    private mutating func store(
        _ key: InvitationKey,
        from inviter: Client,
        isExpected: Bool = false,
        _ requestID: WireRequestID,
        on connection: ConnectionID,
        at now: Moment,
        actions: inout [Action]
    ) -> Bool {
        let invitation = Invitation(
            id: "\(key.inviter)_\(key.invitee)_\(now.unixMilliseconds)",
            inviterMetadata: inviter.metadata,
            inviterKind: inviter.kind,
            repeating: invitations[key],
            at: now.instant
        )
        if let refusal = invitations.insert(invitation, for: key, isExpected: isExpected) {
            refuse(refusal.text, code: "busy", requestID, on: connection, actions: &actions)
            return false
        }
        counters.invitations += 1
        timers.set(.invitation(key), at: now.instant + configuration.invitationLifetime)
        return true
    }

    /// A bridge is invited over its link, if that carries invitations: its client link must not (protocol.md 3.6). While one invitation of a peer is on its way, it sends no second one there: the
    /// link carries every join.
    private mutating func invited(
        bridge: NodeID,
        _ message: SendInvitation,
        _ inviter: Client,
        _ key: InvitationKey,
        on connection: ConnectionID,
        at now: Moment,
        actions: inout [Action]
    ) {
        guard contact(of: bridge)?.canBeInvited == true else {
            refuse(
                "This bridge cannot be invited",
                code: "bridge_not_invitable",
                message.requestID,
                on: connection,
                actions: &actions
            )
            return
        }
        let receipt = InvitationReceipt(message: "Invitation sent to the bridge.", targetPeer: message.targetPeerID)
        if invitations[key] == nil {
            guard store(key, from: inviter, message.requestID, on: connection, at: now, actions: &actions) else {
                return
            }
            timers.set(.invitation(key), at: now.instant + BootstrapDefaults.bridgeInvitationLifetime)
            let invitation = InvitationForBridge(
                targetPeerID: bridge,
                fromPeer: message.inviterNodeID,
                invitationToken: message.invitationToken,
                websocketCoordination: message.websocketCoordination,
                message: "A peer of the DHT invites you."
            )
            actions.append(.inviteBridge(bridge, invitation))
        }
        reply(message.requestID, on: connection, with: .success(.invitation(receipt)), actions: &actions)
    }

    /// Called after the registration, and after each answer.
    mutating func deliverHeldInvitations(on connection: ConnectionID, actions: inout [Action]) {
        guard let client = clients[connection], client.isRegistered, !client.awaitsHelper else { return }
        guard let id = client.id, let held = heldInvitations.removeValue(forKey: id) else { return }
        for invitation in held {
            actions.append(.send(connection, .invitationReceived(invitation)))
        }
    }

    // MARK: Accepting

    /// Both sides learn where the other is. Two browsers get the WebRTC pair; any other pair dials.
    mutating func accepted(
        _ message: InvitationAccepted,
        on connection: ConnectionID,
        at now: Moment,
        actions: inout [Action]
    ) {
        let key = InvitationKey(inviter: message.toPeer, invitee: message.fromPeer)
        guard let invitee = speaker(on: connection, claimed: message.fromPeer),
            // A bridge takes up an invitation with a message of its own, `bridgeAccepted`; this one it sends besides.
            !invitee.isProvenBridge,
            let invitation = invitations[key], !invitation.isAccepted
        else { return }
        counters.invitationsAccepted += 1
        newcomerAccepted(key, at: now, actions: &actions)
        let inviter = holder(of: key.inviter)
        let inviterKind = inviter?.kind ?? invitation.inviterKind
        if inviterKind == .browser, invitee.kind == .browser {
            invitations.remove(key)
            timers.cancel(.invitation(key))
            if let inviter {
                let start = WebRTCStartOffer(targetPeer: key.invitee, invitationID: invitation.id)
                actions.append(.send(inviter.connection, .webrtcStartOffer(start)))
            }
            let expect = WebRTCExpectOffer(fromPeer: key.inviter, invitationID: invitation.id)
            actions.append(.send(connection, .webrtcExpectOffer(expect)))
            return
        }
        let toInvitee = WebSocketPeerMetadata.invitee(
            fromPeer: key.inviter,
            metadata: inviter?.metadata(for: invitee.origin)
                ?? PeerListing.shown(invitation.inviterMetadata, to: invitee.origin),
            invitationID: invitation.id,
            message: "Dial this peer."
        )
        // Who can be dialled only by the invitee, or only by the inviter, hears at once. Where both would dial, the
        // invitee goes first: in the current era two crossing dials destroy each other (protocol.md 4.7).
        let bothWouldDial = inviterKind == .node && invitee.kind == .node
        if bothWouldDial {
            invitations.markAccepted(key)
            timers.set(.tellInviter(key), at: now.instant + configuration.inviterDelay)
            actions.append(.send(connection, .websocketPeerMetadata(toInvitee)))
        } else {
            tellInviter(key, actions: &actions)
            actions.append(.send(connection, .websocketPeerMetadata(toInvitee)))
        }
    }

    mutating func tellInviter(_ key: InvitationKey, actions: inout [Action]) {
        timers.cancel(.invitation(key))
        guard let invitation = invitations.remove(key), let inviter = holder(of: key.inviter),
            let invitee = holder(of: key.invitee)
        else { return }
        let toInviter = WebSocketPeerMetadata.inviter(
            targetPeer: key.invitee,
            metadata: invitee.metadata(for: inviter.origin),
            invitationID: invitation.id,
            message: "Dial this peer unless you are connected to it."
        )
        actions.append(.send(inviter.connection, .websocketPeerMetadata(toInviter)))
    }

    // MARK: Reminding

    /// The helper was told by its bridge. If no invitation came after a while, it is asked here as well.
    mutating func scheduleReminder(of helper: NodeID, for newcomer: ClientID, at now: Moment) {
        let key = InvitationKey(inviter: .node(helper), invitee: newcomer)
        guard invitations[key] == nil else { return }
        timers.set(.remindHelper(key), at: now.instant + configuration.helperReminderDelay)
    }

    mutating func remindHelper(_ key: InvitationKey, actions: inout [Action]) {
        guard let helper = holder(of: key.inviter), holder(of: key.invitee) != nil, invitations[key] == nil else {
            return
        }
        let requestID = requestInvitation(key, of: helper, actions: &actions)
        requested(requestID, of: key)
    }

    mutating func requestInvitation(
        _ key: InvitationKey,
        of helper: Client,
        actions: inout [Action]
    ) -> WireRequestID {
        let requestID = WireRequestID("invite_\(makeSerial())") ?? "invite"
        let request = SendInvitationRequest(
            targetPeerID: key.invitee,
            requestID: requestID,
            message: "Please invite this peer."
        )
        actions.append(.send(helper.connection, .sendInvitationRequest(request)))
        return requestID
    }

    // MARK: Who speaks

    /// The registered client on this connection, if `claimed` is its id. Any other sender field is refused and counted
    /// (protocol.md 8, S7).
    mutating func speaker(on connection: ConnectionID, claimed: ClientID) -> Client? {
        guard let client = clients[connection], client.isRegistered, client.id == claimed else {
            counters.foreignSenders += 1
            return nil
        }
        return client
    }
}
