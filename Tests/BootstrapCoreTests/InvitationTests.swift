import BootstrapCore
import Kademlia
import Testing
import Timekeeping
import WireMessages

@Suite struct InvitationTests {
    private let token: RawJSON = #"{"z":1.50,"nonce":"b","version":"1.0"}"#

    private func invitation(
        from inviter: NodeID,
        to invitee: NodeID,
        _ requestID: WireRequestID = "i"
    ) -> PeerToBootstrap {
        .sendInvitation(
            SendInvitation(
                targetPeerID: .node(invitee),
                invitationToken: token,
                inviterNodeID: .node(inviter),
                requestID: requestID
            )
        )
    }

    /// A forged token helps nobody, and one that is meant for others is no invitation (protocol.md 8, S8).
    @Test(
        arguments: [
            (#"{}"#, true),
            (
                #"{"inviter":"000000000000000000000000000000000000000A","invitee":"000000000000000000000000000000000000000b"}"#,
                true
            ),
            (#"{"inviter":"000000000000000000000000000000000000000c"}"#, false),
            (#"{"invitee":"000000000000000000000000000000000000000c"}"#, false),
            (#"{"inviter":7}"#, false),
        ] as [(RawJSON, Bool)]
    )
    func tokenNamesTheTwoWhomItIsFor(token: RawJSON, isTaken: Bool) {
        var harness = BootstrapHarness(genesis: 0x9)
        harness.joinRegistered(0xa, on: 1)
        harness.joinRegistered(0xb, on: 2)
        let invitation = SendInvitation(
            targetPeerID: .node(0xb),
            invitationToken: token,
            inviterNodeID: .node(0xa),
            requestID: "i"
        )
        harness.say(.sendInvitation(invitation), on: 1)
        #expect(harness.responses(to: 1).map(\.success) == [isTaken])
        #expect(harness.sent(to: 2).count == (isTaken ? 1 : 0))
    }

    @Test func inviteeHearsOfItBeforeTheInviterIsAnswered() throws {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xa, on: 1)
        harness.joinRegistered(0xb, on: 2)
        harness.say(invitation(from: 0xa, to: 0xb), on: 1)
        guard case .send(ConnectionID(2), .invitationReceived(let received))? = harness.actions.first,
            case .send(ConnectionID(1), .response(let response))? = harness.actions.last
        else {
            Issue.record("expected the invitation, then the response, got \(harness.actions)")
            return
        }
        #expect(received.fromPeer == .node(0xa))
        #expect(received.invitationToken == token, "token bytes unchanged")
        #expect(response.success)
    }

    @Test func betweenNodesTheInviteeDialsFirstAndTheInviterHearsTwoSecondsLater() {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xa, on: 1)
        harness.joinRegistered(0xb, on: 2)
        harness.say(invitation(from: 0xa, to: 0xb), on: 1)
        harness.say(.invitationAccepted(InvitationAccepted(fromPeer: .node(0xb), toPeer: .node(0xa))), on: 2)
        guard case .websocketPeerMetadata(let toInvitee)? = harness.sent(to: 2).first else {
            Issue.record("expected websocket_peer_metadata, got \(harness.actions)")
            return
        }
        #expect(toInvitee.fromPeer == .node(0xa))
        #expect(toInvitee.fromPeerMetadata?.string("listeningAddress") == "ws://127.0.0.1:9")
        #expect(toInvitee.invitationID == "\(NodeID(0xa))_\(NodeID(0xb))_1000000")
        #expect(harness.sent(to: 1).isEmpty)
        harness.advance(by: .seconds(2))
        guard case .websocketPeerMetadata(let toInviter)? = harness.sent(to: 1).first else {
            Issue.record("expected websocket_peer_metadata, got \(harness.actions)")
            return
        }
        #expect(toInviter.targetPeer == .node(0xb))
        #expect(toInviter.invitationID == toInvitee.invitationID)
    }

    @Test func twoBrowsersGetTheWebRTCPair() {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xa, on: 1, metadata: BootstrapHarness.browserMetadata)
        harness.joinRegistered(0xb, on: 2, metadata: BootstrapHarness.browserMetadata)
        harness.say(invitation(from: 0xa, to: 0xb), on: 1)
        harness.say(.invitationAccepted(InvitationAccepted(fromPeer: .node(0xb), toPeer: .node(0xa))), on: 2)
        guard case .webrtcStartOffer(let start)? = harness.sent(to: 1).first,
            case .webrtcExpectOffer(let expect)? = harness.sent(to: 2).first
        else {
            Issue.record("expected the WebRTC pair, got \(harness.actions)")
            return
        }
        #expect(start.targetPeer == .node(0xb) && expect.fromPeer == .node(0xa))
        #expect(start.invitationID == expect.invitationID)
    }

    @Test func browserInvitedByANodeDialsAndTheNodeHearsAtOnce() {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xa, on: 1)
        harness.joinRegistered(0xb, on: 2, metadata: BootstrapHarness.browserMetadata)
        harness.say(invitation(from: 0xa, to: 0xb), on: 1)
        harness.say(.invitationAccepted(InvitationAccepted(fromPeer: .node(0xb), toPeer: .node(0xa))), on: 2)
        #expect(harness.sent(to: 1).count == 1 && harness.sent(to: 2).count == 1)
    }

    @Test func invitationThatOutrunsTheRegistrationIsDeliveredAfterIt() throws {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xa, on: 1)
        harness.open(2)
        harness.ask("r1", 0xb, on: 2)
        let join = try #require(harness.questions.first?.join)
        harness.say(invitation(from: 0xa, to: 0xb), on: 1)
        #expect(harness.sent(to: 2).isEmpty)
        #expect(harness.responses(to: 1).map(\.success) == [true])
        harness.end(join, .helper(.naming(0xa)))
        #expect(harness.sent(to: 2).isEmpty)
        harness.register(0xb, on: 2)
        let sent = harness.sent(to: 2)
        guard sent.count == 3, case .registered = sent[0], case .response = sent[1], case .invitationReceived = sent[2]
        else {
            Issue.record("expected registered, the answer, then the invitation, got \(harness.actions)")
            return
        }
    }

    @Test func invitationThatOutrunsTheAnswerIsDeliveredAfterIt() throws {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xa, on: 1)
        harness.joinRegistered(0xb, on: 2)
        harness.ask("r1", 0xb, on: 2)
        let join = try #require(harness.questions.first?.join)
        harness.say(invitation(from: 0xa, to: 0xb), on: 1)
        #expect(harness.sent(to: 2).isEmpty)
        harness.end(join, .helper(.naming(0xa)))
        guard case .response? = harness.sent(to: 2).first, case .invitationReceived? = harness.sent(to: 2).last else {
            Issue.record("expected the answer, then the invitation, got \(harness.actions)")
            return
        }
    }

    @Test func goneInviterIsDescribedByWhatTheInvitationKept() {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xa, on: 1)
        harness.joinRegistered(0xb, on: 2)
        harness.say(invitation(from: 0xa, to: 0xb), on: 1)
        harness.close(1)
        harness.say(.invitationAccepted(InvitationAccepted(fromPeer: .node(0xb), toPeer: .node(0xa))), on: 2)
        guard case .websocketPeerMetadata(let message)? = harness.sent(to: 2).first else {
            Issue.record("expected websocket_peer_metadata, got \(harness.actions)")
            return
        }
        #expect(message.fromPeerMetadata?.string("listeningAddress") == "ws://127.0.0.1:9")
    }

    @Test func forgedInviterAndUnknownTargetAreRefused() {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xa, on: 1)
        harness.joinRegistered(0xb, on: 2)
        harness.say(invitation(from: 0xc, to: 0xb), on: 1)
        #expect(harness.responses(to: 1).first?.code == "id_mismatch")
        #expect(harness.sent(to: 2).isEmpty)
        harness.say(invitation(from: 0xa, to: 0xd), on: 1)
        #expect(harness.responses(to: 1).first?.error == "Target peer not connected")
    }

    @Test func acceptanceWithoutInvitationIsIgnored() {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xa, on: 1)
        harness.joinRegistered(0xb, on: 2)
        harness.say(.invitationAccepted(InvitationAccepted(fromPeer: .node(0xb), toPeer: .node(0xa))), on: 2)
        #expect(harness.actions.isEmpty)
        harness.say(invitation(from: 0xa, to: 0xb), on: 1)
        harness.say(.invitationAccepted(InvitationAccepted(fromPeer: .node(0xb), toPeer: .node(0xa))), on: 1)
        #expect(harness.actions.isEmpty, "only the invitee accepts")
    }

    @Test func openInvitationsOfOnePeerAreBoundedAndExpire() {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xa, on: 1)
        let limit = BootstrapDefaults.maxInvitationsPerInviter
        func victim(_ number: Int) -> NodeID { NodeID(high: 1, middle: 0, low: UInt32(number)) }
        for number in 0...limit { harness.joinRegistered(victim(number), on: UInt64(100 + number)) }
        for number in 0..<limit {
            harness.say(invitation(from: 0xa, to: victim(number)), on: 1)
            #expect(harness.responses(to: 1).map(\.success) == [true])
        }
        harness.say(invitation(from: 0xa, to: victim(limit)), on: 1)
        #expect(harness.responses(to: 1).map(\.code) == ["busy"])
        // One that was accepted makes room.
        let acceptance = InvitationAccepted(fromPeer: .node(victim(0)), toPeer: .node(0xa))
        harness.say(.invitationAccepted(acceptance), on: 100)
        harness.say(invitation(from: 0xa, to: victim(limit)), on: 1)
        #expect(harness.responses(to: 1).map(\.success) == [true])
        harness.advance(by: .seconds(300))
        harness.say(invitation(from: 0xa, to: victim(0)), on: 1)
        #expect(harness.responses(to: 1).map(\.success) == [true])
    }

    @Test func openInvitationsToOnePeerAreBounded() {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xb, on: 1)
        for number in 0...BootstrapDefaults.maxInvitationsPerInvitee {
            let inviter = NodeID(high: 1, middle: 0, low: UInt32(number))
            harness.joinRegistered(inviter, on: UInt64(100 + number))
            harness.say(invitation(from: inviter, to: 0xb), on: UInt64(100 + number))
            let isRoom = number < BootstrapDefaults.maxInvitationsPerInvitee
            #expect(harness.responses(to: UInt64(100 + number)).map(\.success) == [isRoom])
            #expect(harness.sent(to: 1).count == (isRoom ? 1 : 0))
        }
    }

    @Test func silentHelperIsRemindedOnce() throws {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xa, on: 1)
        harness.joinRegistered(0xb, on: 2)
        harness.ask("r1", 0xb, on: 2)
        harness.end(try #require(harness.questions.first?.join), .helper(.naming(0xa)))
        harness.advance(by: .seconds(1))
        guard case .sendInvitationRequest(let request)? = harness.sent(to: 1).first else {
            Issue.record("expected send_invitation_request, got \(harness.actions)")
            return
        }
        #expect(request.targetPeerID == .node(0xb))
        harness.advance(by: .seconds(10))
        #expect(harness.actions.isEmpty)
    }

    @Test func helperThatInvitedNeedsNoReminder() throws {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xa, on: 1)
        harness.joinRegistered(0xb, on: 2)
        harness.ask("r1", 0xb, on: 2)
        harness.end(try #require(harness.questions.first?.join), .helper(.naming(0xa)))
        harness.say(invitation(from: 0xa, to: 0xb), on: 1)
        harness.advance(by: .seconds(2))
        #expect(harness.actions.isEmpty)
    }

    @Test func signalsReachTheirTargetUnchangedAndAreAnswered() {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xa, on: 1)
        harness.joinRegistered(0xb, on: 2)
        let offer: RawJSON = #"{"sdp":"v=0\r\n","type":"offer"}"#
        let signal = ForwardSignal(fromPeer: .node(0xa), toPeer: .node(0xb), signal: offer, requestID: "s")
        harness.say(.forwardSignal(signal), on: 1)
        #expect(
            harness.sent(to: 2) == [.signal(Signal(fromPeer: .node(0xa), toPeer: .node(0xb), signal: offer))]
        )
        #expect(harness.responses(to: 1).map(\.success) == [true])
        let lost = ForwardSignal(fromPeer: .node(0xa), toPeer: .node(0xc), signal: offer, requestID: "t")
        harness.say(.forwardSignal(lost), on: 1)
        #expect(harness.responses(to: 1).map(\.success) == [false])
        #expect(harness.sent(to: 1).count == 2, "an error notice for old clients, and the response")
    }

    @Test func pingAndAnnouncementAreAnswered() {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xa, on: 1)
        harness.say(.ping(Ping(requestID: "p", timestamp: 5)), on: 1)
        guard case .pong(let pong)? = harness.sent(to: 1).first else {
            Issue.record("expected a pong, got \(harness.actions)")
            return
        }
        #expect(pong.requestID == "p" && pong.from == .tool("bootstrap_server"))
        harness.say(.announceIndependent(AnnounceIndependent(nodeID: .node(0xa), requestID: "x")), on: 1)
        #expect(harness.responses(to: 1).map(\.success) == [true])
    }
}
