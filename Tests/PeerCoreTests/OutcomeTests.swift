import Kademlia
import PeerCore
import Testing
import Timekeeping
import WireMessages

/// What a newcomer tells its bootstrap server of the link to whoever was to help it (protocol.md 2.10).
@Suite struct OutcomeTests {
    private func told(_ success: Bool, _ reason: String? = nil) -> SimulatedPeer.Action {
        .tell(
            .connectionOutcome(
                ConnectionOutcome(
                    nodeID: .node(0x9),
                    success: success,
                    connectionType: "websocket",
                    failureReason: reason
                )
            )
        )
    }

    private func answer(_ question: WireRequestID, naming helper: NodeID) -> BootstrapToPeer {
        .response(
            .success(question, .join(.peerFound(helper: PeerHarness.entry(helper), membershipToken: nil)))
        )
    }

    private func invitation(from inviter: NodeID, at now: Moment) -> BootstrapToPeer {
        .invitationReceived(
            InvitationReceived(
                fromPeer: .node(inviter),
                invitationToken: .object { writer in
                    writer.member("inviter", inviter)
                    writer.member("invitee", NodeID(0x9))
                    writer.member("expires", now.unixMilliseconds + 60_000)
                    writer.member("signature", "s")
                }
            )
        )
    }

    private func outcomes(_ actions: [SimulatedPeer.Action]) -> [SimulatedPeer.Action] {
        actions.filter { action in
            if case .tell(.connectionOutcome) = action { true } else { false }
        }
    }

    /// A newcomer that was told of helper 2.
    private func introduced() throws -> PeerHarness {
        let newcomer = PeerHarness(id: 0x9)
        let question = try #require(newcomer.askAndRegister())
        #expect(outcomes(newcomer.hear(answer(question, naming: 0x2))) == [])
        return newcomer
    }

    @Test func theDialToTheInviterSucceeds() throws {
        let newcomer = try introduced()
        #expect(outcomes(newcomer.hear(invitation(from: 0x2, at: newcomer.now))) == [])
        let metadata = WebSocketPeerMetadata.invitee(
            fromPeer: .node(0x2),
            metadata: PeerHarness.metadata(of: 0x2),
            invitationID: "i"
        )
        let link = try #require(newcomer.hear(.websocketPeerMetadata(metadata)).firstDial)
        #expect(outcomes(newcomer.linkOpened(link)) == [], "open is not yet connected")
        let connected = newcomer.hear(.connected(DHTPeerConnected(bridgeNodeID: 0x2)), on: link)
        #expect(outcomes(connected) == [told(true)])
        // A second link, and the end of the first, are no news.
        let second = try #require(newcomer.linkAccepted())
        #expect(outcomes(newcomer.hear(.hello(DHTPeerHello(peerID: 0x2)), on: second)) == [])
        #expect(outcomes(newcomer.linkClosed(link) + newcomer.linkClosed(second)) == [])
    }

    @Test func anInviterThatDialsFirstIsASuccessToo() throws {
        let newcomer = try introduced()
        let stranger = try #require(newcomer.linkAccepted())
        #expect(outcomes(newcomer.hear(.hello(DHTPeerHello(peerID: 0x5)), on: stranger)) == [])
        let link = try #require(newcomer.linkAccepted())
        #expect(outcomes(newcomer.hear(.hello(DHTPeerHello(peerID: 0x2)), on: link)) == [told(true)])
    }

    @Test func aDialThatFailsIsToldOnce() throws {
        let newcomer = try introduced()
        let dial = try #require(newcomer.run(for: PeerDefaults.directDialDelay).firstDial)
        #expect(outcomes(newcomer.linkClosed(dial)) == [told(false, "no connection")])
        // The inviter makes it good by its own dial; the server has heard what it waits for.
        let link = try #require(newcomer.linkAccepted())
        #expect(outcomes(newcomer.hear(.hello(DHTPeerHello(peerID: 0x2)), on: link)) == [])
    }

    @Test func aHelperThatSaysNothingIsAFailure() throws {
        let newcomer = try introduced()
        let dial = try #require(newcomer.run(for: PeerDefaults.directDialDelay).firstDial)
        #expect(outcomes(newcomer.linkOpened(dial)) == [])
        #expect(outcomes(newcomer.run(for: PeerDefaults.greetingTimeout)) == [told(false, "no greeting")])
    }

    @Test func aNewIntroductionIsToldAnew() throws {
        let newcomer = try introduced()
        let dial = try #require(newcomer.run(for: PeerDefaults.directDialDelay).firstDial)
        #expect(outcomes(newcomer.linkClosed(dial)) == [told(false, "no connection")])
        let again = try #require(newcomer.run(for: PeerDefaults.helperPatience).questions.first)
        #expect(outcomes(newcomer.hear(answer(again, naming: 0x4))) == [])
        let link = try #require(newcomer.linkAccepted())
        #expect(outcomes(newcomer.hear(.hello(DHTPeerHello(peerID: 0x4)), on: link)) == [told(true)])
    }

    @Test func aHelperThatIsLinkedAlreadyIsASuccessAtOnce() throws {
        let newcomer = PeerHarness(id: 0x9)
        let question = try #require(newcomer.askAndRegister())
        _ = try #require(newcomer.acceptLink(from: 0x2))
        #expect(outcomes(newcomer.hear(answer(question, naming: 0x2))) == [told(true)])
        #expect(outcomes(newcomer.hear(invitation(from: 0x2, at: newcomer.now))) == [], "the same once more")
    }

    @Test func anInvitationThatIsFasterThanTheAnswerIsToldOnce() throws {
        let newcomer = PeerHarness(id: 0x9)
        let question = try #require(newcomer.askAndRegister())
        #expect(outcomes(newcomer.hear(invitation(from: 0x2, at: newcomer.now))) == [])
        let link = try #require(newcomer.linkAccepted())
        #expect(outcomes(newcomer.hear(.hello(DHTPeerHello(peerID: 0x2)), on: link)) == [told(true)])
        #expect(outcomes(newcomer.hear(answer(question, naming: 0x2))) == [])
    }

    @Test func withoutAClientLinkNobodyIsTold() throws {
        let newcomer = try introduced()
        _ = newcomer.clientLinkClosed()
        let link = try #require(newcomer.linkAccepted())
        #expect(outcomes(newcomer.hear(.hello(DHTPeerHello(peerID: 0x2)), on: link)) == [])
    }

    @Test func aHelperTellsNothingOfItsNewcomers() throws {
        let helper = PeerHarness(id: 0x9)
        _ = helper.becomeGenesis()
        #expect(
            helper.hear(.sendInvitationRequest(SendInvitationRequest(targetPeerID: .node(0x1), requestID: "i"))) != []
        )
        let link = try #require(helper.linkAccepted())
        #expect(outcomes(helper.hear(.hello(DHTPeerHello(peerID: 0x1)), on: link)) == [])
    }
}
