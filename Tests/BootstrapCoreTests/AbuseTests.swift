import BootstrapCore
import Kademlia
import Testing
import Timekeeping
import WireMessages

/// What strangers might try, and must not achieve.
@Suite struct AbuseTests {
    /// two colluding strangers keep the owner of the key out for ever.
    @Test func ownerWithKeyIsNotKeptOutByAStandingContest() {
        var harness = BootstrapHarness(genesis: 0x9)
        harness.joinRegistered(0xa, on: 1)  // stranger 1 holds the browser's id while it was away
        harness.open(2)
        harness.register(0xa, on: 2)  // stranger 2 contests
        for round in 0..<10 {
            harness.advance(by: .seconds(2))
            harness.register(0xa, on: 2)  // renews
            let own = UInt64(10 + round)
            harness.open(own)
            harness.register(0xa, on: own, metadata: BootstrapHarness.keyMetadata(0xa))
            #expect(harness.challenges(to: own).count == 1, "round \(round): \(harness.errorCodes(to: own))")
            harness.close(own)
        }
    }

    /// a stranger with the public key of a live browser keeps a contest open and gets the id when it reloads.
    @Test func publicKeyAloneKeepsNoContestOpen() {
        var harness = BootstrapHarness(genesis: 0x9)
        harness.joinRegistered(0xa, on: 1, metadata: BootstrapHarness.keyMetadata(0xa))
        harness.respond(0xa, on: 1)
        harness.check(1, isGood: true)
        harness.open(2)
        for _ in 0..<14 {
            harness.register(0xa, on: 2, metadata: BootstrapHarness.keyMetadata(0xa))
            harness.hear(1)
            harness.advance(by: .seconds(2))
        }
        #expect(harness.closings == [], "unregistered limit not yet")
        harness.register(0xa, on: 2, metadata: BootstrapHarness.keyMetadata(0xa))
        harness.close(1)
        #expect(!harness.isRegistered(on: 2), "took it without a proof")
    }

    /// an invitee's slots are filled by invitations that it will never take up.
    @Test func helperNamedByABridgeIsNotKeptOut() {
        var harness = BootstrapHarness(genesis: 0x9)
        harness.core.bridgesChanged([BridgeContact(nodeID: 0xb1, listeningAddress: "ws://b:1", publicWssAddress: nil)])
        harness.joinRegistered(0xa, on: 1)
        for number in 0..<UInt64(16) {
            let id = NodeID(high: 7, middle: number, low: 1)
            harness.joinRegistered(id, on: 100 + number)
            harness.say(
                .sendInvitation(
                    SendInvitation(
                        targetPeerID: .node(0xa),
                        invitationToken: "{}",
                        inviterNodeID: .node(id),
                        requestID: "i"
                    )
                ),
                on: 100 + number
            )
            harness.close(100 + number)
        }
        harness.joinRegistered(0xe, on: 2)
        harness.ask("q", 0xa, on: 1)
        let receipt = JoinReceipt(requestID: "b", bridge: 0xb1, attempts: 1, queueMs: 0, totalMs: 0)
        harness.end(harness.questions[0].join, .helper(.naming(0xe)), receipt: receipt)
        harness.say(
            .sendInvitation(
                SendInvitation(
                    targetPeerID: .node(0xa),
                    invitationToken: "{}",
                    inviterNodeID: .node(0xe),
                    requestID: "h"
                )
            ),
            on: 2
        )
        #expect(harness.responses(to: 2).map(\.success) == [true], "\(harness.responses(to: 2).map(\.code))")
    }

    /// two samples far apart begin a network anew though it lived in between.
    @Test func vacancyOfLongAgoIsNotNow() {
        var harness = BootstrapHarness(genesis: 0x9)
        harness.core.bridgesChanged([BridgeContact(nodeID: 0xb1, listeningAddress: "ws://b:1", publicWssAddress: nil)])
        harness.joinRegistered(0xa, on: 1)
        func vain(_ id: WireRequestID) {
            harness.ask(id, 0xa, on: 1)
            for _ in 0...BootstrapDefaults.emptyBridgeRetries {
                guard let question = harness.questions.first else { return }
                harness.end(question.join, .emergency([]))
                if harness.questions.isEmpty, harness.responses(to: 1).isEmpty, harness.recordings.isEmpty {
                    harness.advance(by: BootstrapDefaults.emptyBridgeRetryDelay)
                }
            }
        }
        vain("r1")
        harness.advance(by: .seconds(3600))
        vain("r2")
        #expect(harness.recordings.isEmpty)
    }

    /// the id of the first peer is nobody's key.
    @Test func whoeverNamesTheGenesisIdIsNotGenesisOfALivingNetwork() {
        var harness = BootstrapHarness(genesis: 0x9)
        harness.joinRegistered(0xa, on: 1)
        harness.joinRegistered(0x9, on: 2, metadata: #"{"nodeType":"nodejs","publicKey":"stranger"}"#)
        harness.ask("q", 0x9, on: 2)
        #expect(harness.responses(to: 2).first?.join?.isGenesis != true)
    }

    /// a question asked during the contest is refused before the contest is decided.
    @Test func questionAskedDuringTheContestWaits() {
        var harness = BootstrapHarness(genesis: 0x9)
        harness.joinRegistered(0xa, on: 1)
        harness.open(2)
        harness.register(0xa, on: 2)
        harness.ask("q", 0xa, on: 2)
        harness.advance(by: .milliseconds(2_999))
        #expect(harness.responses(to: 2).isEmpty, "\(harness.responses(to: 2).map(\.code))")
    }

    /// the standing claimant's invitation goes to whoever named the id last.
    @Test func invitationOfANewcomerGoesToTheOneThatRegisters() {
        var harness = BootstrapHarness(genesis: 0x9)
        harness.joinRegistered(0xe, on: 2)
        harness.open(1)
        harness.ask("q", 0xa, on: 1)
        let question = harness.questions[0].join
        harness.open(3)
        harness.ask("x", 0xa, on: 3)
        harness.say(
            .sendInvitation(
                SendInvitation(
                    targetPeerID: .node(0xa),
                    invitationToken: "{}",
                    inviterNodeID: .node(0xe),
                    requestID: "h"
                )
            ),
            on: 2
        )
        harness.register(0xa, on: 1)
        harness.end(question, .helper(.naming(0xe)))
        #expect(harness.sent(to: 1).contains { if case .invitationReceived = $0 { true } else { false } })
    }

    /// a replaced connection's question goes on and its end is taken for the new one's.
    @Test func questionOfAReplacedConnectionEnds() {
        var harness = BootstrapHarness(genesis: 0x9)
        harness.joinRegistered(0xa, on: 1)
        harness.ask("q", 0xa, on: 1)
        let join = harness.questions[0].join
        harness.open(2)
        harness.ask("q", 0xa, on: 2)
        harness.register(0xa, on: 2)
        harness.advance(by: .seconds(3))
        #expect(harness.isRegistered(on: 2))
        #expect(harness.actions.contains(.cancel(join)), "two questions of one newcomer")
        #expect(harness.core.questionCount == 1, "\(harness.core.questionCount)")
    }

    /// Said a thousand times, an invitation is heard a few times (robustness.md, S11).
    @Test func oneInviterCannotFloodOneVictim() {
        var harness = BootstrapHarness(genesis: 0x9)
        harness.joinRegistered(0xa, on: 1)
        harness.joinRegistered(0xb, on: 2)
        var heard = 0
        for number in 0..<1_000 {
            let invitation = SendInvitation(
                targetPeerID: .node(0xb),
                invitationToken: RawJSON.object { $0.member("nonce", Int64(number)) },
                inviterNodeID: .node(0xa),
                requestID: "i"
            )
            harness.say(.sendInvitation(invitation), on: 1)
            #expect(harness.responses(to: 1).map(\.success) == [true])
            heard += harness.sent(to: 2).count
        }
        #expect(heard == 1 + BootstrapDefaults.maxInvitationRepeats)
    }
}
