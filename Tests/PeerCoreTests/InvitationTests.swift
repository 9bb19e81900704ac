import Kademlia
import PeerCore
import Testing
import Timekeeping
import WireMessages

@Suite struct InvitationTests {
    /// A bridge's request to `helper` to let `newcomer` in.
    private func request(helper: NodeID, newcomer: NodeID) -> DHTMessage {
        .createInvitationForPeer(
            CreateInvitationForPeer(
                targetPeer: helper,
                targetNodeID: newcomer,
                targetNodeMetadata: PeerHarness.metadata(of: newcomer),
                fromBridge: 0xb1,
                requestID: "onboarding_1"
            )
        )
    }

    @Test func aHelperInvitesWithASignedTokenOfHalfAnHour() throws {
        let helper = PeerHarness(id: 0x1)
        _ = helper.becomeGenesis()
        let link = try #require(helper.acceptLink(from: 0xb1, isBridge: true))
        let actions = helper.hear(request(helper: 0x1, newcomer: 0x9), on: link)
        #expect(actions.count == 1)
        let invitation = try #require(actions.invitations.first)
        #expect(invitation.targetPeerID == .node(0x9))
        #expect(invitation.inviterNodeID == .node(0x1))
        let token = invitation.invitationToken
        let nonce = try #require(token.string("nonce"))
        let at = helper.now.unixMilliseconds
        #expect(
            token.description == """
                {"inviter":"\(NodeID(0x1))","invitee":"\(NodeID(0x9))","timestamp":\(at),"expires":\(at + 1_800_000),\
                "nonce":"\(nonce)","version":"1.0","signature":"signed-by-00000000"}
                """
        )
    }

    @Test func whoHoldsNoTokenInvitesNobody() throws {
        let harness = PeerHarness(id: 0x1)
        _ = try #require(harness.askAndRegister())
        let link = try #require(harness.acceptLink(from: 0xb1, isBridge: true))
        #expect(harness.hear(request(helper: 0x1, newcomer: 0x9), on: link) == [])
    }

    @Test func aRequestToSomebodyElseIsIgnored() throws {
        let helper = PeerHarness(id: 0x1)
        _ = helper.becomeGenesis()
        let link = try #require(helper.acceptLink(from: 0xb1, isBridge: true))
        #expect(helper.hear(request(helper: 0x2, newcomer: 0x9), on: link) == [])
    }

    @Test func aHelperWithoutClientLinkReopensItFirst() throws {
        let helper = PeerHarness(id: 0x1)
        _ = helper.becomeGenesis()
        let link = try #require(helper.acceptLink(from: 0xb1, isBridge: true))
        _ = helper.clientLinkClosed()
        #expect(helper.hear(request(helper: 0x1, newcomer: 0x9), on: link) == [.openClientLink])
        #expect(helper.clientLinkOpened() == [])
        _ = helper.run(for: PeerDefaults.registerDelay)
        let invited = helper.hear(.registered(Registered(nodeID: .node(0x1)))).invitations
        #expect(invited.map(\.targetPeerID) == [.node(0x9)])
    }

    @Test func anInvitationIsAbandonedWhenTheClientLinkStaysAway() throws {
        let helper = PeerHarness(id: 0x1)
        _ = helper.becomeGenesis()
        let link = try #require(helper.acceptLink(from: 0xb1, isBridge: true))
        _ = helper.clientLinkClosed()
        _ = helper.hear(request(helper: 0x1, newcomer: 0x9), on: link)
        _ = helper.run(for: PeerDefaults.invitationPatience)
        _ = helper.clientLinkOpened()
        #expect(helper.hear(.registered(Registered(nodeID: .node(0x1)))).invitations == [])
    }

    @Test func aReminderIsAnsweredByWhatIsLeftToDo() throws {
        let helper = PeerHarness(id: 0x1)
        _ = helper.becomeGenesis()
        let bridge = try #require(helper.acceptLink(from: 0xb1, isBridge: true))
        let reminder = SendInvitationRequest(targetPeerID: .node(0x9), requestID: "invite_1")
        let done = SimulatedPeer.Action.tell(
            .invitationSent(InvitationSent(targetPeerID: .node(0x9), requestID: "invite_1"))
        )

        // Never heard of: invite, and say so.
        let first = helper.hear(.sendInvitationRequest(reminder))
        #expect(first.invitations.count == 1)
        #expect(first.last == done)
        // Invited a moment ago: nothing, and again after the bridge's own request.
        #expect(helper.hear(.sendInvitationRequest(reminder)) == [])
        #expect(helper.hear(request(helper: 0x1, newcomer: 0x9), on: bridge).invitations.count == 1)
        #expect(helper.hear(.sendInvitationRequest(reminder)) == [])
        // Linked: nothing to do.
        _ = try #require(helper.acceptLink(from: 0x9))
        #expect(helper.hear(.sendInvitationRequest(reminder)) == [done])
    }

    @Test func anInviteeChecksWhomTheTokenIsForAndWhen() throws {
        let harness = PeerHarness(id: 0x9)
        _ = try #require(harness.askAndRegister())
        func received(inviter: NodeID, invitee: NodeID, expires: Int64, signature: String = "s") -> BootstrapToPeer {
            .invitationReceived(
                InvitationReceived(
                    fromPeer: .node(0x1),
                    invitationToken: .object { writer in
                        writer.member("inviter", inviter)
                        writer.member("invitee", invitee)
                        writer.member("expires", expires)
                        writer.member("signature", signature)
                    }
                )
            )
        }
        let later = harness.now.unixMilliseconds + 1
        #expect(harness.hear(received(inviter: 0x1, invitee: 0x8, expires: later)) == [])
        #expect(harness.hear(received(inviter: 0x2, invitee: 0x9, expires: later)) == [])
        #expect(harness.hear(received(inviter: 0x1, invitee: 0x9, expires: later - 1)) == [])
        #expect(harness.hear(received(inviter: 0x1, invitee: 0x9, expires: later, signature: "")) == [])
        #expect(
            harness.hear(received(inviter: 0x1, invitee: 0x9, expires: later)) == [
                .tell(
                    .invitationAccepted(
                        InvitationAccepted(
                            fromPeer: .node(0x9),
                            toPeer: .node(0x1),
                            timestamp: harness.now.unixMilliseconds
                        )
                    )
                )
            ]
        )
    }

    @Test func theInviteeDialsAtOnceAndTheInviterOnlyLater() throws {
        let invitee = PeerHarness(id: 0x9)
        _ = try #require(invitee.askAndRegister())
        let toInvitee = WebSocketPeerMetadata.invitee(
            fromPeer: .node(0x1),
            metadata: PeerHarness.metadata(of: 0x1),
            invitationID: "i"
        )
        #expect(invitee.hear(.websocketPeerMetadata(toInvitee)).dialled == [PeerHarness.address(of: 0x1)])
        // Told twice, it still dials once.
        #expect(invitee.hear(.websocketPeerMetadata(toInvitee)) == [])

        let toInviter = WebSocketPeerMetadata.inviter(
            targetPeer: .node(0x9),
            metadata: PeerHarness.metadata(of: 0x9),
            invitationID: "i"
        )
        let inviter = PeerHarness(id: 0x1)
        _ = inviter.becomeGenesis()
        #expect(inviter.hear(.websocketPeerMetadata(toInviter)) == [])
        _ = try #require(inviter.acceptLink(from: 0x9))
        #expect(inviter.run(for: .seconds(3)).dialled == [], "the invitee was faster")

        let alone = PeerHarness(id: 0x1)
        _ = alone.becomeGenesis()
        _ = alone.hear(.websocketPeerMetadata(toInviter))
        _ = alone.acceptLink(from: 0x5)
        #expect(alone.run(for: .milliseconds(2000)).dialled.contains(PeerHarness.address(of: 0x9)))
    }

    @Test func theGenesisPeerInvitesABridgeItIsNotLinkedTo() throws {
        let genesis = PeerHarness(id: 0x1)
        _ = genesis.becomeGenesis()
        _ = try #require(genesis.acceptLink(from: 0xb1, isBridge: true))
        func request(_ bridge: NodeID) -> BootstrapToPeer {
            .bridgeInvitationRequest(
                BridgeInvitationRequest(targetPeerID: bridge, bridgeNodeInfo: BridgeNodeInfo(nodeID: bridge))
            )
        }
        #expect(genesis.hear(request(0xb1)) == [])
        #expect(genesis.hear(request(0xb2)).invitations.map(\.targetPeerID) == [.node(0xb2)])
    }
}
