import BootstrapCore
import Kademlia
import Testing
import Timekeeping
import WireMessages

/// Who may speak under an id (robustness.md, S01-S04, S09).
@Suite struct IdentityTests {
    private func signal(from sender: NodeID, to target: NodeID) -> PeerToBootstrap {
        .forwardSignal(ForwardSignal(fromPeer: .node(sender), toPeer: .node(target), signal: "{}", requestID: "s"))
    }

    /// A holder of 0xa on connection 1, and a stranger on 2 who registers the same id.
    private func contested(
        holder: RawJSON = BootstrapHarness.nodeMetadata,
        challenger: RawJSON? = nil
    ) -> BootstrapHarness {
        var harness = BootstrapHarness(genesis: 0x9)
        harness.joinRegistered(0xa, on: 1, metadata: holder)
        harness.open(2)
        harness.register(0xa, on: 2, metadata: challenger ?? BootstrapHarness.nodeMetadata)
        return harness
    }

    // MARK: Takeover

    @Test func strangerCannotTakeTheIdOfALivePeer() {
        var harness = contested()
        #expect(harness.probed == [1])
        #expect(!harness.isRegistered(on: 2))
        harness.hear(1)
        #expect(harness.errorCodes(to: 2) == ["id_in_use"])
        #expect(harness.closings == [.idInUse])
        harness.close(2)
        harness.joinRegistered(0xb, on: 3)
        harness.say(signal(from: 0xb, to: 0xa), on: 3)
        #expect(harness.sent(to: 1).count == 1, "the holder keeps its traffic")
        #expect(harness.core.registeredCount == 2)
    }

    @Test func whateverTheHolderSaysProvesThatItIsAlive() {
        var harness = contested()
        harness.say(.ping(Ping(requestID: "p")), on: 1)
        #expect(harness.errorCodes(to: 2) == ["id_in_use"])
    }

    @Test func idOfADeadConnectionIsTakenOverAfterTheProbe() {
        var harness = contested()
        harness.advance(by: BootstrapDefaults.probePatience - .milliseconds(1))
        #expect(harness.actions.isEmpty)
        harness.advance(by: .milliseconds(1))
        #expect(harness.isRegistered(on: 2))
        #expect(harness.closings == [.replaced])
        #expect(BootstrapDefaults.probePatience <= .seconds(5))
        harness.close(1)
        #expect(harness.core.registeredCount == 1, "the late close of the old one removes nothing")
        harness.joinRegistered(0xb, on: 3)
        harness.say(signal(from: 0xb, to: 0xa), on: 3)
        #expect(harness.sent(to: 2).count == 1)
    }

    @Test func holderThatClosesDuringTheProbeMakesRoomAtOnce() {
        var harness = contested()
        harness.close(1)
        #expect(harness.isRegistered(on: 2))
        #expect(harness.core.nextDeadline() == nil)
    }

    @Test func challengerThatLeavesLeavesNothingBehind() {
        var harness = contested()
        harness.close(2)
        harness.advance(by: .seconds(60))
        #expect(harness.actions.isEmpty && !harness.core.isProbing)
    }

    @Test func questionOfTheChallengerWaitsForTheOutcome() {
        var harness = BootstrapHarness(genesis: 0x9)
        harness.joinRegistered(0xa, on: 1)
        harness.open(2)
        harness.ask("q", 0xa, on: 2)
        harness.register(0xa, on: 2)
        harness.advance(by: .milliseconds(2_900))
        #expect(harness.responses(to: 2).isEmpty, "not refused for being unregistered: that is being decided")
        harness.hear(1)
        #expect(harness.responses(to: 2).map(\.code) == ["id_in_use"])
    }

    @Test func bridgesAreNotAskedForWhoeverNamesAnIdThatAnotherHolds() {
        var harness = BootstrapHarness(genesis: 0x9)
        harness.joinRegistered(0xa, on: 1)
        harness.open(2)
        harness.ask("q", 0xa, on: 2, metadata: BootstrapHarness.keyMetadata(0xa))
        harness.register(0xa, on: 2, metadata: BootstrapHarness.keyMetadata(0xa))
        #expect(harness.questions.isEmpty, "its helper would invite the holder")
        harness.respond(0xa, on: 2)
        harness.check(2, isGood: true)
        #expect(harness.questions.map(\.newcomer) == [0xa])
    }

    @Test func secondChallengerIsRefusedAtOnceAndTheHolderIsNotPingedForEach() {
        var harness = contested()
        harness.open(3)
        harness.register(0xa, on: 3)
        #expect(harness.closings == [.idInUse] && harness.probed.isEmpty)
        harness.hear(1)
        harness.open(4)
        harness.register(0xa, on: 4)
        #expect(harness.closings == [.idInUse] && harness.probed.isEmpty, "it was heard a moment ago")
        harness.advance(by: BootstrapDefaults.probeInterval)
        harness.open(5)
        harness.register(0xa, on: 5)
        #expect(harness.probed == [1])
    }

    @Test func ownerOfTheKeyTakesItsIdBackFromALiveStranger() {
        var harness = contested(challenger: BootstrapHarness.keyMetadata(0xa))
        #expect(harness.challenges(to: 2).count == 1)
        harness.hear(1)
        #expect(harness.closings.isEmpty, "its proof is waited for")
        harness.respond(0xa, on: 2)
        harness.check(2, isGood: true)
        #expect(harness.isRegistered(on: 2))
        #expect(harness.closings == [.replaced])
        #expect(!harness.sent(to: 2).contains { if case .authChallenge = $0 { true } else { false } })
    }

    @Test func wrongProofDoesNotTakeAnIdOver() {
        var harness = contested(challenger: BootstrapHarness.keyMetadata(0xa))
        harness.hear(1)
        harness.respond(0xa, on: 2)
        harness.check(2, isGood: false)
        #expect(harness.closings == [.idInUse])
        #expect(harness.errorCodes(to: 2) == ["id_in_use"])
    }

    @Test func proofThatDoesNotComeIsNotWaitedForLongerThanTheProbe() {
        var harness = contested(challenger: BootstrapHarness.keyMetadata(0xa))
        harness.hear(1)
        harness.advance(by: BootstrapDefaults.probePatience)
        #expect(harness.closings == [.idInUse])
    }

    @Test func bridgeWithTheSecretNeedsNoLeave() {
        let harness = contested(challenger: BootstrapHarness.bridgeMetadata())
        #expect(harness.isRegistered(on: 2) && harness.closings == [.replaced])
    }

    // MARK: Challenge

    private func browser() -> BootstrapHarness {
        var harness = BootstrapHarness(genesis: 0x9)
        harness.open(1)
        harness.register(0xa, on: 1, metadata: BootstrapHarness.keyMetadata(0xa))
        return harness
    }

    @Test func browserIsRegisteredThenChallengedThenToldOfItsSuccess() {
        var harness = browser()
        guard case .registered? = harness.sent(to: 1).first,
            case .authChallenge(let challenge)? = harness.sent(to: 1).last
        else {
            Issue.record("expected registered, then auth_challenge, got \(harness.actions)")
            return
        }
        #expect(challenge.timestamp == 1_000_000)
        harness.respond(0xa, signature: "ab", on: 1)
        #expect(harness.proofs.map(\.signature) == ["ab"])
        #expect(harness.proofs.map(\.timestamp) == [1_000_000])
        harness.check(1, isGood: true)
        #expect(
            harness.sent(to: 1) == [.authSuccess(ClientAuthSuccess(nodeID: .node(0xa), timestamp: 1_000_000))]
        )
    }

    @Test func challengeIsGoodForOneAnswerOnItsOwnConnection() {
        var harness = browser()
        harness.open(2)
        harness.register(0xb, on: 2, metadata: BootstrapHarness.keyMetadata(0xb))
        harness.respond(0xa, on: 2)
        #expect(harness.proofs.isEmpty && harness.authFailures(to: 2) == 1)
        harness.respond(0xa, on: 1)
        #expect(harness.proofs.count == 1)
        harness.check(1, isGood: false)
        #expect(harness.authFailures(to: 1) == 1)
        harness.respond(0xa, on: 1)
        #expect(harness.proofs.isEmpty && harness.authFailures(to: 1) == 1)
        #expect(harness.closings.isEmpty, "nobody is closed for that")
    }

    @Test func challengeExpires() {
        var harness = browser()
        harness.advance(by: BootstrapDefaults.challengeLifetime)
        harness.respond(0xa, on: 1)
        #expect(harness.proofs.isEmpty && harness.authFailures(to: 1) == 1)
    }

    @Test func answerWithoutSignatureIsAFailure() {
        var harness = browser()
        harness.respond(0xa, signature: nil, on: 1)
        #expect(harness.authFailures(to: 1) == 1)
    }

    @Test func keyOfAnotherIdIsToldSoAndNotChallenged() {
        var harness = BootstrapHarness(genesis: 0x9)
        harness.open(1)
        harness.register(0xa, on: 1, metadata: BootstrapHarness.keyMetadata(0xb))
        #expect(harness.isRegistered(on: 1) && harness.challenges(to: 1).isEmpty)
        #expect(harness.authFailures(to: 1) == 1)
    }

    @Test func oneAnswerIsCheckedAtATimeHoweverOftenTheClientRegisters() {
        var harness = browser()
        harness.respond(0xa, on: 1)
        let serial = harness.proofs.first?.serial ?? 0
        for _ in 0..<100 {
            harness.register(0xa, on: 1, metadata: BootstrapHarness.keyMetadata(0xa))
            #expect(harness.challenges(to: 1).isEmpty)
            harness.respond(0xa, on: 1)
            #expect(harness.proofs.isEmpty)
        }
        harness.check(1, serial: serial, isGood: true)
        #expect(harness.sent(to: 1).count == 1)
        harness.check(1, serial: serial, isGood: true)
        #expect(harness.actions.isEmpty, "once")
    }

    // MARK: Where proof is required

    @Test func serverThatRequiresProofRefusesPeersWithoutOne() {
        var harness = BootstrapHarness(genesis: 0x9) { $0.requiresProof = true }
        harness.open(1)
        harness.ask("q", 0xa, on: 1)
        #expect(harness.questions.isEmpty)
        harness.register(0xa, on: 1)
        #expect(harness.errorCodes(to: 1) == ["auth_required"] && harness.closings == [.authRequired])
        #expect(harness.responses(to: 1).map(\.code) == ["auth_required"])
        #expect(harness.core.registeredCount == 0)
    }

    @Test func serverThatRequiresProofServesWhoeverGivesIt() {
        var harness = BootstrapHarness(genesis: 0x9) { $0.requiresProof = true }
        harness.open(1)
        harness.ask("q", 0xa, on: 1)
        harness.register(0xa, on: 1, metadata: BootstrapHarness.keyMetadata(0xa))
        #expect(!harness.isRegistered(on: 1) && harness.challenges(to: 1).count == 1 && harness.questions.isEmpty)
        harness.respond(0xa, on: 1)
        harness.check(1, isGood: true)
        #expect(harness.isRegistered(on: 1))
        #expect(harness.questions.map(\.newcomer) == [0xa])
        harness.open(2)
        harness.register(0xb, on: 2, metadata: BootstrapHarness.keyMetadata(0xb))
        harness.respond(0xb, on: 2)
        harness.check(2, isGood: false)
        #expect(harness.closings == [.authRequired] && harness.core.registeredCount == 1)
    }

    @Test func deadHolderIsNoSubstituteForARequiredProof() {
        var harness = BootstrapHarness(genesis: 0x9) { $0.requiresProof = true }
        harness.open(1)
        harness.register(0xa, on: 1, metadata: BootstrapHarness.keyMetadata(0xa))
        harness.respond(0xa, on: 1)
        harness.check(1, isGood: true)
        harness.open(2)
        harness.register(0xa, on: 2, metadata: BootstrapHarness.nodeMetadata)
        harness.advance(by: BootstrapDefaults.probePatience)
        #expect(harness.closings == [.authRequired] && !harness.isRegistered(on: 2))
    }

    @Test func bridgesProveThemselvesByTheirSecret() {
        var harness = BootstrapHarness(genesis: 0x9) { $0.requiresProof = true }
        harness.open(1)
        harness.register(0xb1, on: 1, metadata: BootstrapHarness.bridgeMetadata())
        #expect(harness.adopted.count == 1)
    }
}
