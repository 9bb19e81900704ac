import BootstrapCore
import Kademlia
import Observation
import Testing
import Timekeeping
import WireMessages

/// What is noted of each newcomer's question, and under which id the newcomer can look it up.
@Suite struct JoinNoteTests {
    private let id: WireRequestID = "0123456789abcdef0123456789abcdef"

    private var receipt: JoinReceipt {
        JoinReceipt(requestID: id, bridge: 0xb1, attempts: 1, queueMs: 0, totalMs: 3)
    }

    /// A newcomer whose question is with the bridges.
    private func asking() throws -> (harness: BootstrapHarness, join: JoinID) {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xc, on: 2)
        harness.joinRegistered(0xb, on: 1)
        harness.ask("r1", 0xb, on: 1)
        return (harness, try #require(harness.questions.first?.join))
    }

    private func invite(_ harness: inout BootstrapHarness) {
        let invitation = SendInvitation(
            targetPeerID: .node(0xb),
            invitationToken: "{}",
            inviterNodeID: .node(0xc),
            requestID: "i"
        )
        harness.say(.sendInvitation(invitation), on: 2)
    }

    private func accept(_ harness: inout BootstrapHarness) {
        harness.say(.invitationAccepted(InvitationAccepted(fromPeer: .node(0xb), toPeer: .node(0xc))), on: 1)
    }

    private func report(success: Bool, _ harness: inout BootstrapHarness) {
        let outcome = ConnectionOutcome(nodeID: .node(0xb), success: success, connectionType: "websocket")
        harness.say(.connectionOutcome(outcome), on: 1)
    }

    @Test func eachStepOfAnIntroductionIsNotedUnderTheIDThatTheNewcomerGot() throws {
        var (harness, join) = try asking()
        harness.end(join, .helper(.naming(0xc)), receipt: receipt)
        #expect(harness.notes == [JoinNote(id, .helperNamed(0xc))])
        #expect(harness.responses(to: 1).first?.join?.receipt?.requestID == id)
        invite(&harness)
        #expect(harness.notes == [JoinNote(id, .invited)])
        invite(&harness)
        #expect(harness.notes.isEmpty, "the second says nothing new")
        accept(&harness)
        #expect(harness.notes == [JoinNote(id, .accepted)])
        report(success: true, &harness)
        #expect(harness.notes == [JoinNote(id, .connected)])
        report(success: true, &harness)
        #expect(harness.notes.isEmpty)
    }

    @Test func anInvitationThatCameBeforeTheAnswerIsNotedAfterIt() throws {
        var (harness, join) = try asking()
        invite(&harness)
        #expect(harness.notes.isEmpty)
        harness.end(join, .helper(.naming(0xc)), receipt: receipt)
        #expect(harness.notes == [JoinNote(id, .helperNamed(0xc)), JoinNote(id, .invited)])
    }

    @Test func aHelperThatStaysSilentIsNoted() throws {
        var (harness, join) = try asking()
        harness.end(join, .helper(.naming(0xc)), receipt: receipt)
        harness.advance(by: .seconds(120))
        #expect(harness.notes == [JoinNote(id, .silent)])
    }

    @Test func aConnectionThatFailsIsNoted() throws {
        var (harness, join) = try asking()
        harness.end(join, .helper(.naming(0xc)), receipt: receipt)
        invite(&harness)
        accept(&harness)
        report(success: false, &harness)
        #expect(harness.notes == [JoinNote(id, .failed)])
    }

    @Test func anIntroductionEndsUnheardWhenTheNewcomerLeaves() throws {
        var (harness, join) = try asking()
        harness.end(join, .helper(.naming(0xc)), receipt: receipt)
        harness.close(1)
        #expect(harness.notes == [JoinNote(id, .unknown)])
    }

    @Test func aNewcomerThatLeavesBeforeItCanBeToldIsNoted() throws {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.open(1)
        harness.ask("r1", 0xb, on: 1)
        let join = try #require(harness.questions.first?.join)
        harness.end(join, .helper(.naming(0xc)), receipt: receipt)
        #expect(harness.notes.isEmpty, "it has not registered, and is told nothing yet")
        harness.close(1)
        #expect(harness.notes == [JoinNote(id, .abandoned)])
    }

    @Test(arguments: [
        (Bootstrap.OnboardingOutcome.busy(retryAfterMilliseconds: 5), "busy"), (.unavailable(.timedOut), "no_helper"),
        (.stopping, "stopping"),
    ])
    func whoIsTurnedAwayGetsAReceiptToo(outcome: Bootstrap.OnboardingOutcome, code: String) throws {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xb, on: 1)
        harness.ask("r1", 0xb, on: 1)
        harness.end(try #require(harness.questions.first?.join), outcome, receipt: receipt)
        #expect(harness.notes == [JoinNote(id, .turnedAway(code: code))])
        let response = try #require(harness.responses(to: 1).first)
        #expect(!response.success && response.code == code)
        #expect(response.receipt == receipt)
    }

    @Test func peersToDialAreNotedWithTheirNumber() throws {
        var (harness, join) = try asking()
        harness.end(join, .unavailable(.noBridge), receipt: receipt)
        #expect(harness.notes == [JoinNote(id, .degraded(peers: 1))])
        #expect(harness.responses(to: 1).first?.join?.receipt == receipt)
    }

    @Test func aQuestionThatIsPutAgainHasANewID() throws {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xb, on: 1)
        harness.ask("r1", 0xb, on: 1)
        harness.end(try #require(harness.questions.first?.join), .emergency([]), receipt: receipt)
        #expect(harness.notes == [JoinNote(id, .heldBack)])
        harness.advance(by: BootstrapDefaults.emptyBridgeRetryDelay)
        var second = receipt
        second.requestID = "ffffffffffffffffffffffffffffffff"
        harness.end(try #require(harness.questions.first?.join), .helper(.naming(0xc)), receipt: second)
        #expect(harness.notes == [JoinNote("ffffffffffffffffffffffffffffffff", .helperNamed(0xc))])
    }

    @Test func aServerThatStopsSaysSoOfAQuestionThatWasHeldBack() throws {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xb, on: 1)
        harness.ask("r1", 0xb, on: 1)
        harness.end(try #require(harness.questions.first?.join), .emergency([]), receipt: receipt)
        harness.drain()
        #expect(harness.notes == [JoinNote(id, .turnedAway(code: "no_helper"))])
        #expect(harness.responses(to: 1).first?.receipt == receipt)
    }
}

extension BootstrapHarness {
    var notes: [JoinNote] {
        actions.compactMap { if case .journal(let note) = $0 { note } else { nil } }
    }
}
