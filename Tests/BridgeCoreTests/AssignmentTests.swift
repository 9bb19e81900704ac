import BridgeCore
import DHTTestKit
import Kademlia
import MembershipTokens
import Testing
import Timekeeping
import WireMessages

extension BridgeHarness {
    /// Takes what waits into work; no helper is told yet.
    fileprivate mutating func begin() -> [(id: AssignmentID, socket: ConnectionID, message: CreateInvitationForPeer)] {
        bridge.work(at: now, using: &generator).compactMap { action in
            if case .instruct(let id, let socket, let message) = action { (id, socket, message) } else { nil }
        }
    }

    fileprivate mutating func report(_ id: AssignmentID, wasSent: Bool) -> [BridgeAction] {
        bridge.instructed(id, wasSent: wasSent, at: now, using: &generator)
    }
}

/// From a request in work to its answer.
@Suite struct AssignmentTests {
    @Test func answerComesOnceTheHelperIsTold() throws {
        var harness = BridgeHarness()
        let link = harness.link()
        let helper = harness.peer(0x11)
        _ = harness.tell(question(0x99, "r"), on: link)
        let told = harness.begin()
        #expect(told.map(\.socket) == [helper])
        #expect(told.first?.message.targetNodeID == 0x99)
        #expect(harness.status.inFlight == 1)
        let actions = harness.report(try #require(told.first).id, wasSent: true)
        #expect(actions.compactMap(\.answer).map(\.requestID) == ["r"])
        #expect(harness.status.inFlight == 0)
    }

    @Test func nextCandidateIsToldWhenASocketDoesNotTakeIt() throws {
        var harness = BridgeHarness()
        let link = harness.link()
        for id: NodeID in [0x11, 0x12, 0x13, 0x14] { harness.peer(id) }
        _ = harness.tell(question(0x99, "r"), on: link)
        var told: Set<NodeID> = []
        var attempt = try #require(harness.begin().first)
        for index: Int64 in 0..<3 {
            #expect(attempt.message.candidateIndex == index)
            #expect(told.insert(attempt.message.targetPeer).inserted, "nobody twice")
            let actions = harness.report(attempt.id, wasSent: false)
            guard index < 2 else {
                let refusal = try #require(actions.compactMap(\.refusal).first)
                #expect(refusal.requestID == "r" && refusal.code == "no_helper", "three candidates are enough")
                break
            }
            guard case .instruct(let id, let socket, let message) = try #require(actions.first) else { return }
            attempt = (id, socket, message)
        }
        #expect(harness.status.counters.instructionsFailed == 3)
        #expect(harness.status.inFlight == 0)
    }

    @Test func lateReportOnAnEarlierCandidateSaysNothingAboutThePresentOne() throws {
        var harness = BridgeHarness()
        let link = harness.link()
        harness.peer(0x11)
        harness.peer(0x12)
        _ = harness.tell(question(0x99, "r"), on: link)
        let first = try #require(harness.begin().first)
        let overdue = harness.advance(by: BridgeDefaults.instructionTimeout).filter { $0.instruction != nil }
        #expect(overdue.count == 1, "a stuck socket costs half a second")
        #expect(harness.report(first.id, wasSent: true) == [])
        #expect(harness.status.inFlight == 1)
    }

    @Test func stuckRequestEndsAtItsDeadline() throws {
        var harness = BridgeHarness()
        let link = harness.link()
        for id: NodeID in [0x11, 0x12, 0x13] { harness.peer(id) }
        _ = harness.tell(question(0x99, "r", deadlineMs: 700), on: link)
        #expect(harness.begin().count == 1)
        let refusals = harness.advance(by: .milliseconds(700)).compactMap(\.refusal)
        #expect(refusals.map(\.code) == ["timeout"])
        #expect(harness.status.counters.timedOut == 1)
        #expect(harness.status.inFlight == 0)
        #expect(harness.advance(by: .milliseconds(900)).allSatisfy { $0.refusal == nil }, "once")
    }

    @Test func onlyHelperIsLeftItsTime() throws {
        var harness = BridgeHarness()
        let link = harness.link()
        harness.peer(0x11)
        _ = harness.tell(question(0x99, "r"), on: link)
        let told = try #require(harness.begin().first)
        #expect(harness.advance(by: .seconds(3)).compactMap(\.refusal).isEmpty)
        #expect(harness.report(told.id, wasSent: true).compactMap(\.answer).map(\.requestID) == ["r"])
    }

    @Test func atMostAsManyAreInWorkAsConfigured() throws {
        var harness = BridgeHarness(queueCapacity: 20, concurrency: 4)
        let link = harness.link()
        harness.peer(0x11)
        for index in 0..<10 {
            _ = harness.tell(question(NodeID(integerLiteral: UInt32(0x100 + index)), "r"), on: link)
        }
        let first = harness.begin()
        #expect(first.count == 4)
        #expect(harness.begin().isEmpty, "nothing more before one ends")
        #expect(harness.status.queueDepth == 6)
        #expect(harness.report(first[2].id, wasSent: true).last == .scheduleWork)
        #expect(harness.begin().count == 1)
    }

    @Test func requestsForOneNewcomerShareOneInstruction() throws {
        var harness = BridgeHarness(queueCapacity: 40)
        let links = [harness.link(), harness.link()]
        harness.peer(0x11)
        harness.peer(0x12)
        _ = harness.tell(question(0x99, "a"), on: links[0])
        _ = harness.tell(question(0x99, "b"), on: links[1])
        let told = harness.begin()
        #expect(told.count == 1)
        let answers = harness.report(told[0].id, wasSent: true).compactMap { action -> (ConnectionID, WireRequestID)? in
            if case .answer(let link, let answer) = action { (link, answer.requestID) } else { nil }
        }
        #expect(answers.map(\.0) == links)
        #expect(answers.map(\.1) == ["a", "b"])
    }

    @Test func requestThatJoinsAnotherKeepsItsOwnDeadline() throws {
        var harness = BridgeHarness()
        let link = harness.link()
        harness.peer(0x11)
        _ = harness.tell(question(0x99, "a", deadlineMs: 5), on: link)
        _ = harness.tell(question(0x99, "b"), on: link)
        let told = try #require(harness.begin().first)
        #expect(harness.advance(by: .seconds(1)).compactMap(\.refusal).isEmpty)
        #expect(harness.report(told.id, wasSent: true).compactMap(\.answer).map(\.requestID).contains("b"))
    }

    @Test func noMoreThanEightWaitForOneNewcomer() {
        var harness = BridgeHarness(queueCapacity: 40)
        let link = harness.link()
        harness.peer(0x11)
        for index in 0..<20 { _ = harness.tell(question(0x99, .init("r\(index)") ?? "r"), on: link) }
        // The ninth begins anew, and is answered like the others.
        #expect(harness.begin().count == 3)
        #expect(harness.status.inFlight == 3)
    }

    @Test func cancelledInWorkIsNotAnswered() throws {
        var harness = BridgeHarness()
        let link = harness.link(features: ["cancel"])
        harness.peer(0x11)
        _ = harness.tell(question(0x99, "r"), on: link)
        let told = harness.begin()
        _ = harness.tell(.cancelOnboardingPeer(CancelOnboardingPeer(requestID: "r")), on: link)
        #expect(harness.report(told[0].id, wasSent: true).compactMap(\.answer).isEmpty)
        #expect(harness.status.counters.cancelled == 1)
        #expect(harness.status.inFlight == 0)
    }

    @Test func onlyWhoAnnouncedItMayCancel() {
        var harness = BridgeHarness()
        let link = harness.link()
        harness.peer(0x11)
        _ = harness.tell(question(0x98, "w"), on: link)
        let told = harness.begin()
        _ = harness.tell(question(0x99, "q"), on: link)
        for request: WireRequestID in ["w", "q"] {
            _ = harness.tell(.cancelOnboardingPeer(CancelOnboardingPeer(requestID: request)), on: link)
        }
        #expect(harness.report(told[0].id, wasSent: true).compactMap(\.answer).count == 1)
        #expect(harness.work().compactMap(\.answer).count == 1)
        #expect(harness.status.counters.cancelsIgnored == 2)
    }

    @Test func helperThatVanishesWhileItIsToldIsReplaced() throws {
        var harness = BridgeHarness()
        let link = harness.link()
        let sockets: [NodeID: ConnectionID] = [0x11: harness.peer(0x11), 0x12: harness.peer(0x12)]
        _ = harness.tell(question(0x99, "r"), on: link)
        let told = try #require(harness.begin().first)
        harness.close(try #require(sockets[told.message.targetPeer]))
        let actions = harness.report(told.id, wasSent: true)
        #expect(actions.compactMap(\.answer).isEmpty)
        #expect(actions.first?.instruction.map { $0.message.targetPeer } != told.message.targetPeer)
    }

    @Test func lostLinkFreesItsRequests() {
        var harness = BridgeHarness()
        let link = harness.link()
        harness.peer(0x11)
        _ = harness.tell(question(0x99, "r"), on: link)
        let told = harness.begin()
        harness.close(link)
        #expect(harness.report(told[0].id, wasSent: true) == [])
        #expect(harness.status.inFlight == 0 && harness.status.queueDepth == 0)
    }

    @Test func shutdownAnswersWhatIsInWork() {
        var harness = BridgeHarness()
        let link = harness.link()
        harness.peer(0x11)
        _ = harness.tell(question(0x99, "r"), on: link)
        let told = harness.begin()
        #expect(harness.bridge.stop(at: harness.now) == [], "it waits for what is in work")
        let actions = harness.report(told[0].id, wasSent: true)
        #expect(actions.compactMap(\.answer).map(\.requestID) == ["r"])
        #expect(actions.last == .stopped)
    }

    @Test func shutdownDoesNotWaitForWhatIsStuck() {
        var harness = BridgeHarness()
        let link = harness.link()
        for id: NodeID in [0x11, 0x12, 0x13, 0x14] { harness.peer(id) }
        _ = harness.tell(question(0x99, "r"), on: link)
        _ = harness.begin()
        _ = harness.bridge.stop(at: harness.now)
        let actions = harness.advance(by: BridgeDefaults.drainTime)
        #expect(actions.compactMap(\.refusal).map(\.code) == ["stopping"])
        #expect(actions.contains(.stopped))
    }

    @Test func newcomerThatComesBackAfterAFailureHearsOfAnotherHelper() throws {
        var harness = BridgeHarness()
        let link = harness.link(features: ["outcome"])
        harness.peer(0x11)
        harness.peer(0x12)
        let first = try #require(harness.onboard(0x99, on: link).compactMap(\.answer?.token.authorizedBy).first)
        let outcome = IntroductionOutcome(
            requestID: "r",
            newNodeID: 0x99,
            inviterPeerID: first,
            outcome: .silent
        )
        _ = harness.tell(.introductionOutcome(outcome), on: link)
        let second = try #require(harness.onboard(0x99, on: link).compactMap(\.answer?.token.authorizedBy).first)
        #expect(second != first, "not the same answer again, as it is within seconds otherwise")
        #expect(harness.status.counters.introductionsSilent == 1)
    }

    /// A browser that reloads its page, for instance: the invitation that it took up is lost with the old page.
    @Test func newcomerThatAsksAgainSomeTimeAfterItAcceptedIsInvitedAgain() throws {
        var harness = BridgeHarness()
        let link = harness.link(features: ["outcome"])
        harness.peer(0x11)
        harness.peer(0x12)
        let first = try #require(harness.onboard(0x99, on: link).compactMap(\.answer?.token.authorizedBy).first)
        let outcome = IntroductionOutcome(requestID: "r", newNodeID: 0x99, inviterPeerID: first, outcome: .accepted)
        _ = harness.tell(.introductionOutcome(outcome), on: link)
        _ = harness.advance(by: .seconds(1))
        #expect(harness.onboard(0x99, on: link).count == 1, "clients of the current era ask again after a second")
        _ = harness.advance(by: .seconds(1))
        #expect(harness.onboard(0x99, on: link).count == 2, "an answer and an instruction")
    }

    @Test func newcomerIsNotSentToTheSameHelperOnceThatIsSilent() throws {
        var harness = BridgeHarness()
        let link = harness.link()
        let sockets: [NodeID: ConnectionID] = [0x11: harness.peer(0x11), 0x12: harness.peer(0x12)]
        harness.advance(by: .seconds(3), answeringPingsOn: Set(sockets.values))
        let first = try #require(harness.onboard(0x99, on: link).compactMap(\.answer?.token.authorizedBy).first)
        let other = Set(sockets.filter { $0.key != first }.values)
        harness.advance(by: .seconds(5), answeringPingsOn: other)
        let second = try #require(harness.onboard(0x99, on: link).compactMap(\.answer?.token.authorizedBy).first)
        #expect(second != first, "though it asks again within seconds")
    }

    @Test func newcomerThatComesBackAllTheTimePushesNobodyOut() {
        var harness = BridgeHarness()
        let link = harness.link()
        harness.peer(0x11)
        harness.peer(0x12)
        let first = harness.onboard(0x98, on: link).compactMap(\.answer?.token.authorizedBy)
        let other = harness.link(features: ["outcome"])
        for _ in 0..<(BridgeDefaults.rememberedNewcomers + 10) {
            let helper = harness.onboard(0x99, on: other).compactMap(\.answer?.token.authorizedBy).first ?? 0
            let outcome = IntroductionOutcome(
                requestID: "r",
                newNodeID: 0x99,
                inviterPeerID: helper,
                outcome: .failed
            )
            _ = harness.tell(.introductionOutcome(outcome), on: other)
        }
        let repeats = harness.status.counters.repeated
        #expect(harness.onboard(0x98, on: link).compactMap(\.answer?.token.authorizedBy) == first)
        #expect(harness.status.counters.repeated == repeats + 1, "it is remembered")
    }

    @Test func helperThatFailedOnceIsStillBetterThanOneThatMayBeGone() throws {
        var harness = BridgeHarness()
        let link = harness.link(features: ["outcome"])
        let alive = harness.peer(0x11)
        harness.advance(by: .seconds(3), answeringPingsOn: [alive])
        _ = harness.onboard(0x99, on: link)
        harness.peer(0x12)
        harness.advance(by: .seconds(11), answeringPingsOn: [alive])
        let again = harness.onboard(0x99, on: link).compactMap(\.answer?.token.authorizedBy)
        #expect(again == [0x11])
    }

    @Test func reportsOnOthersIntroductionsAreIgnored() {
        var harness = BridgeHarness()
        let links = [harness.link(features: ["outcome"]), harness.link()]
        harness.peer(0x11)
        harness.peer(0x12)
        let helper = harness.onboard(0x99, on: links[0]).compactMap(\.answer?.token.authorizedBy).first ?? 0
        let invented = IntroductionOutcome(requestID: "r", newNodeID: 0x98, inviterPeerID: 0x11, outcome: .silent)
        _ = harness.tell(.introductionOutcome(invented), on: links[0])
        // A bootstrap that did not announce the feature has no business sending it.
        let unannounced = IntroductionOutcome(requestID: "r", newNodeID: 0x99, inviterPeerID: helper, outcome: .silent)
        _ = harness.tell(.introductionOutcome(unannounced), on: links[1])
        #expect(harness.status.counters.outcomesIgnored == 2)
        #expect(harness.status.counters.introductionsSilent == 0)
        _ = harness.tell(.introductionOutcome(unannounced), on: links[0])
        #expect(harness.status.counters.introductionsSilent == 1, "from one that did, it counts")
    }
}
