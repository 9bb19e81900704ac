import Kademlia
import Timekeeping
import WireMessages

/// Inviting and being invited (protocol.md 2.7, 4.8).
extension SimulatedPeer {
    /// A bridge asks us to help a newcomer in. Nothing is answered to it, whatever becomes of it (protocol.md 4.8).
    mutating func heard(
        _ request: CreateInvitationForPeer,
        at now: Moment,
        using generator: inout some RandomNumberGenerator
    ) {
        guard request.targetPeer == id, membership != nil, request.targetNodeID != id else { return }
        neighbours.heardOf(request.targetNodeID, metadata: request.targetNodeMetadata)
        invite(request.targetNodeID, at: now, using: &generator)
    }

    /// The bootstrap server reminds us of a newcomer. `invitation_sent` says that nothing is left to do.
    mutating func heard(
        _ request: SendInvitationRequest,
        at now: Moment,
        using generator: inout some RandomNumberGenerator
    ) {
        guard let newcomer = request.targetPeerID.node, newcomer != id else { return }
        if !links.isLinked(to: newcomer) {
            guard membership != nil, !invitations.isPending(newcomer, at: now.instant) else { return }
            invite(newcomer, at: now, using: &generator)
        }
        act(.tell(.invitationSent(InvitationSent(targetPeerID: .node(newcomer), requestID: request.requestID))))
    }

    mutating func invite(_ newcomer: NodeID, at now: Moment, using generator: inout some RandomNumberGenerator) {
        invitations.remember(newcomer, at: now.instant)
        guard clientLink.state != .registered else {
            sendInvitation(to: newcomer, at: now, using: &generator)
            return
        }
        guard invitations.wait(newcomer) else { return }
        arm(.waitingInvitations, after: PeerDefaults.invitationPatience, from: now)
        openClientLink()
    }

    mutating func sendInvitation(
        to newcomer: NodeID,
        at now: Moment,
        using generator: inout some RandomNumberGenerator
    ) {
        guard let token = mint.invitation(for: newcomer, at: now.unixMilliseconds, using: &generator) else { return }
        act(
            .tell(
                .sendInvitation(
                    SendInvitation(
                        targetPeerID: .node(newcomer),
                        invitationToken: token,
                        inviterNodeID: .node(id),
                        requestID: clientRequestID(at: now, using: &generator)
                    )
                )
            )
        )
    }

    /// The answer to an invitation. Existing servers never name an address in it; if one does, the inviter dials at once.
    mutating func heardOfInvitation(_ response: Response, at now: Moment) {
        guard response.success, case .invitation(let receipt) = response.data,
            let newcomer = receipt.targetPeer.node, let metadata = receipt.targetPeerMetadata
        else { return }
        neighbours.heardOf(newcomer, metadata: metadata)
        dialUnlessLinked(newcomer, at: now)
    }

    /// Somebody invites us.
    mutating func accept(
        _ invitation: InvitationReceived,
        at now: Moment,
        using generator: inout some RandomNumberGenerator
    ) {
        guard
            let inviter = invitation.fromPeer.node,
            TokenMint.isInvitation(
                invitation.invitationToken,
                to: id,
                from: inviter,
                at: now.unixMilliseconds
            ),
            let token = mint.membership(
                issuer: inviter,
                isGenesis: false,
                at: now.unixMilliseconds,
                using: &generator
            )
        else { return }
        // An accepted invitation replaces what a bridge issued (protocol.md 1.5); the first peer of a network stays that.
        if !isGenesis { membership = token }
        act(
            .tell(
                .invitationAccepted(
                    InvitationAccepted(
                        fromPeer: .node(id),
                        toPeer: .node(inviter),
                        timestamp: now.unixMilliseconds
                    )
                )
            )
        )
        expectLink(to: inviter)
    }

    /// The server will hear what becomes of the link to `peer`.
    mutating func expectLink(to peer: NodeID) {
        if expectedLink.expect(peer, isLinked: links.isLinked(to: peer)) { tellOutcome(failure: nil) }
    }

    /// Says how the expected link turned out (protocol.md 2.10). Without a client link nobody is told, as existing clients do.
    mutating func tellOutcome(failure: String?) {
        guard clientLink.isOpen else { return }
        act(
            .tell(
                .connectionOutcome(
                    ConnectionOutcome(
                        nodeID: .node(id),
                        success: failure == nil,
                        connectionType: "websocket",
                        failureReason: failure
                    )
                )
            )
        )
    }

    /// The two sides of an accepted invitation learn where the other is. Only the invitee dials at once: dials from both sides
    /// destroy each other at existing peers (protocol.md 4.7).
    mutating func heard(_ message: WebSocketPeerMetadata, at now: Moment) {
        if let inviter = message.fromPeer?.node {
            neighbours.heardOf(inviter, metadata: message.fromPeerMetadata)
            dialUnlessLinked(inviter, at: now)
        } else if let newcomer = message.targetPeer?.node {
            neighbours.heardOf(newcomer, metadata: message.targetPeerMetadata)
            if !links.isLinked(to: newcomer) {
                arm(.dialUnlessLinked(newcomer), after: PeerDefaults.inviterGrace, from: now)
            }
        }
    }
}
