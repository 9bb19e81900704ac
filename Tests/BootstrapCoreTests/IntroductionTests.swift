import BootstrapCore
import Kademlia
import Testing
import Timekeeping
import WireMessages

/// What bridges hear of the helpers that they named.
@Suite struct IntroductionTests {
    private static let bridge: NodeID = 0xb1
    private static let helper: NodeID = 0xa
    private static let newcomer: NodeID = 0xb

    /// A network in which the helper is registered on connection 1 and the newcomer on 2.
    private func network(helper: RawJSON = BootstrapHarness.nodeMetadata) -> BootstrapHarness {
        var harness = BootstrapHarness(genesis: 0xf)
        harness.joinRegistered(Self.helper, on: 1, metadata: helper)
        harness.joinRegistered(Self.newcomer, on: 2)
        return harness
    }

    /// The newcomer has just been told of its helper.
    private func introduced(helper: RawJSON = BootstrapHarness.nodeMetadata) throws -> BootstrapHarness {
        var harness = network(helper: helper)
        try harness.introduce("r1")
        #expect(harness.core.introductionCount == 1 && harness.reports.isEmpty)
        return harness
    }

    /// The newcomer has just accepted its helper's invitation.
    private func accepted(helper: RawJSON = BootstrapHarness.nodeMetadata) throws -> BootstrapHarness {
        var harness = try introduced(helper: helper)
        harness.invite()
        #expect(harness.reports.isEmpty, "an invitation is no news by itself")
        harness.accept()
        return harness
    }

    private func outcome(_ result: IntroductionResult, of request: WireRequestID = "q-r1") -> IntroductionOutcome {
        IntroductionOutcome(
            requestID: request,
            newNodeID: Self.newcomer,
            inviterPeerID: Self.helper,
            outcome: result
        )
    }

    private func linked(_ success: Bool, of id: NodeID = Self.newcomer) -> PeerToBootstrap {
        .connectionOutcome(ConnectionOutcome(nodeID: .node(id), success: success, connectionType: "websocket"))
    }

    // MARK: Accepted, and what the newcomer says

    @Test func acceptedInvitationIsReportedToTheBridgeThatNamedTheHelper() throws {
        let harness = try accepted()
        #expect(harness.actions.contains(.reportOutcome(outcome(.accepted), to: Self.bridge)))
        #expect(harness.core.counters.introductionsAccepted == 1)
    }

    @Test func secondAcceptanceIsNotReported() throws {
        var harness = try accepted()
        harness.invite()
        harness.accept()
        #expect(harness.reports.isEmpty)
    }

    @Test(arguments: [(true, IntroductionResult.connected), (false, .failed)])
    func newcomersWordEndsIt(success: Bool, result: IntroductionResult) throws {
        var harness = try accepted()
        harness.say(linked(success), on: 2)
        #expect(harness.reports == [outcome(result)])
        harness.say(linked(true), on: 2)
        harness.say(linked(false), on: 2)
        harness.advance(by: .seconds(100))
        #expect(harness.reports.isEmpty, "once")
        #expect(harness.core.introductionCount == 0)
    }

    @Test func wordOfSomebodyElseDoesNotCount() throws {
        var harness = try accepted()
        harness.say(linked(false), on: 1)
        #expect(harness.reports.isEmpty && harness.core.counters.foreignSenders == 1)
        harness.say(linked(false, of: Self.helper), on: 1)
        harness.open(3)
        harness.say(linked(false), on: 3)
        #expect(harness.reports.isEmpty && harness.core.introductionCount == 1)
    }

    @Test func connectionThatCannotBeTheHelpersDoesNotCount() throws {
        var harness = try introduced()
        harness.say(linked(true), on: 2)
        #expect(harness.reports.isEmpty, "the helper has not invited yet")
        harness.advance(by: .seconds(5))
        #expect(harness.reports == [outcome(.silent)])
    }

    // MARK: Silent

    @Test func helperThatDoesNotInviteIsSilentAfterFiveSeconds() throws {
        var harness = try introduced()
        harness.advance(by: .milliseconds(4_999))
        #expect(harness.reports.isEmpty)
        harness.advance(by: .milliseconds(1))
        #expect(harness.reports == [outcome(.silent)])
        #expect(harness.core.counters.introductionsSilent == 1 && harness.core.introductionCount == 0)
        harness.invite()
        harness.accept()
        #expect(harness.reports.isEmpty, "it was too late")
    }

    @Test func helperThatInvitesAtTheLastMomentIsNotSilent() throws {
        var harness = try introduced()
        harness.advance(by: .milliseconds(4_999))
        harness.invite()
        harness.advance(by: .seconds(100))
        #expect(harness.reports.isEmpty && harness.core.introductionCount == 0, "and that is all that is known")
    }

    @Test func helperThatHasToOpenItsClientLinkMay() throws {
        var harness = network()
        harness.close(1)
        try harness.introduce("r1")
        harness.advance(by: .seconds(4))
        harness.joinRegistered(Self.helper, on: 3)
        harness.invite(on: 3)
        harness.advance(by: .seconds(2))
        #expect(harness.reports.isEmpty)
        harness.accept()
        #expect(harness.reports == [outcome(.accepted)])
    }

    @Test func helperThatWasFasterThanTheAnswerHasInvited() throws {
        var harness = network()
        harness.ask("r1", Self.newcomer, on: 2)
        let join = try #require(harness.questions.first?.join)
        harness.invite()
        harness.end(join, .helper(.naming(Self.helper)), receipt: .of("q-r1"))
        harness.advance(by: .seconds(10))
        #expect(harness.reports.isEmpty)
        harness.accept()
        #expect(harness.reports == [outcome(.accepted)])
    }

    @Test func helperIsNotKeptOutByStrangersWhoInvitedFirst() throws {
        var harness = network()
        for number in 0..<BootstrapDefaults.maxInvitationsPerInvitee {
            let other = NodeID(high: 1, middle: 0, low: UInt32(number))
            harness.joinRegistered(other, on: UInt64(100 + number))
            harness.invite(from: other, on: UInt64(100 + number))
        }
        try harness.introduce("r1")
        harness.invite()
        #expect(harness.responses(to: 1).map(\.success) == [true])
        harness.advance(by: .seconds(10))
        #expect(harness.reports.isEmpty, "it was not silent")
    }

    @Test func nothingIsSaidOfANewcomerThatLeft() throws {
        for invited in [false, true] {
            var harness = try introduced()
            if invited { harness.invite() }
            harness.close(2)
            #expect(harness.reports.isEmpty && harness.core.introductionCount == 0)
            harness.advance(by: .seconds(100))
            #expect(harness.reports.isEmpty)
        }
    }

    // MARK: The newcomer asks again

    @Test func newcomerThatAsksAgainThoughItAcceptedHasFailed() throws {
        var harness = try accepted()
        harness.advance(by: .milliseconds(1_500))
        harness.ask("r2", Self.newcomer, on: 2)
        #expect(harness.reports == [outcome(.failed)])
    }

    @Test func clientsOfTheCurrentEraAskAgainSoonWhetherTheyFailedOrNot() throws {
        var harness = try accepted()
        harness.advance(by: .milliseconds(1_499))
        harness.ask("r2", Self.newcomer, on: 2)
        harness.ask("r3", Self.newcomer, on: 2)
        #expect(harness.reports.isEmpty && harness.core.introductionCount == 1)
    }

    @Test func whoAsksAgainLongAfterwardsWasIn() throws {
        var harness = try accepted()
        harness.advance(by: .milliseconds(59_999))
        #expect(harness.core.introductionCount == 1)
        harness.advance(by: .milliseconds(1))
        #expect(harness.core.introductionCount == 0)
        harness.ask("r2", Self.newcomer, on: 2)
        #expect(harness.reports.isEmpty)
    }

    @Test func nobodyElseCanAskInTheNewcomersName() throws {
        var harness = try accepted()
        harness.advance(by: .seconds(10))
        harness.open(3)
        harness.ask("r2", Self.newcomer, on: 3)
        #expect(harness.reports.isEmpty && harness.core.introductionCount == 1)
    }

    @Test func newcomerThatComesBackOnAnotherSocketAndAsksHasFailed() throws {
        var harness = try accepted()
        harness.advance(by: .seconds(10))
        harness.open(3)
        harness.ask("r2", Self.newcomer, on: 3)
        harness.register(Self.newcomer, on: 3)
        // Its old connection is dead, and nothing was heard of it.
        harness.advance(by: BootstrapDefaults.probePatience)
        #expect(harness.reports == [outcome(.failed)])
        harness.register(Self.newcomer, on: 3)
        #expect(harness.reports.isEmpty)
    }

    @Test func newcomerThatAsksInHasteHarmsNoHelper() throws {
        var harness = try introduced()
        for request: WireRequestID in ["r2", "r3", "r4", "r5"] {
            harness.advance(by: .seconds(1))
            try harness.introduce(request)
        }
        #expect(harness.reports.isEmpty, "named again, it has its time all the same")
        harness.joinRegistered(0xd, on: 3)
        try harness.introduce("r6", helper: 0xd)
        #expect(harness.reports.isEmpty, "another one was named before it had its time")
        #expect(harness.core.introductionCount == 1)
        harness.advance(by: .seconds(5))
        #expect(harness.reports.map(\.outcome) == [.silent], "the last one had it")
    }

    @Test func helperThatIsNamedAgainKeepsTheTimeItHad() throws {
        var harness = try introduced()
        harness.advance(by: .seconds(4))
        try harness.introduce("r2")
        harness.advance(by: .seconds(1))
        #expect(harness.reports == [outcome(.silent)])
    }

    @Test func latestHelperCountsAndTheOneBeforeGotNowhere() throws {
        var harness = try introduced()
        harness.invite()
        harness.advance(by: .seconds(6))
        harness.joinRegistered(0xd, on: 3)
        try harness.introduce("r2", helper: 0xd)
        #expect(harness.reports == [outcome(.failed)])
        #expect(harness.core.introductionCount == 1)
        harness.invite(from: 0xd, on: 3)
        harness.accept(from: 0xd)
        #expect(harness.reports.map(\.requestID) == ["q-r2"])
        #expect(harness.reports.map(\.outcome) == [.accepted])
    }

    @Test func acceptedOneThatIsReplacedIsLeftAtThat() throws {
        var harness = try accepted()
        harness.advance(by: .seconds(1))
        try harness.introduce("r2")
        #expect(harness.reports.isEmpty)
        #expect(harness.core.introductionCount == 1)
    }

    // MARK: The helper's word

    @Test func serverHelperIsAskedOnceThreeSecondsAfterTheAcceptance() throws {
        var harness = try accepted()
        harness.advance(by: .milliseconds(2_999))
        #expect(harness.requestsToHelper.isEmpty)
        harness.advance(by: .milliseconds(1))
        #expect(harness.requestsToHelper.map(\.targetPeerID) == [.node(Self.newcomer)])
        harness.advance(by: .seconds(100))
        #expect(harness.notes.map(\.event) == [.unknown])
        #expect(harness.actions.count == 1, "once; a helper that says nothing is not held to account")
    }

    @Test func browserIsNotAsked() throws {
        var harness = try accepted(helper: BootstrapHarness.browserMetadata)
        harness.advance(by: .seconds(100))
        #expect(harness.requestsToHelper.isEmpty)
    }

    @Test func helperThatInvitesAnewIsNotAsked() throws {
        var harness = try accepted()
        harness.advance(by: .milliseconds(2_500))
        harness.invite()
        harness.advance(by: .seconds(1))
        #expect(harness.requestsToHelper.isEmpty)
    }

    @Test func helpersWordCountsOnceTheNewcomerHasLeftItAtThat() throws {
        var harness = try accepted()
        harness.advance(by: .seconds(3))
        harness.answerRequest()
        #expect(harness.reports.isEmpty)
        harness.advance(by: .milliseconds(11_999))
        #expect(harness.reports.isEmpty)
        harness.advance(by: .milliseconds(1))
        #expect(harness.reports == [outcome(.connected)])
        #expect(harness.core.introductionCount == 0)
    }

    @Test func helpersWordDoesNotStandAgainstTheNewcomers() throws {
        var harness = try accepted()
        harness.advance(by: .seconds(3))
        harness.answerRequest()
        harness.advance(by: .seconds(11))
        harness.ask("r2", Self.newcomer, on: 2)
        #expect(harness.reports == [outcome(.failed)])
    }

    @Test func helperThatSaysSoUnaskedOrForAnotherRequestIsNotBelieved() throws {
        var harness = try accepted()
        let early = InvitationSent(targetPeerID: .node(Self.newcomer), requestID: "guess")
        harness.say(.invitationSent(early), on: 1)
        harness.advance(by: .seconds(3))
        let request = try #require(harness.requestsToHelper.first).requestID
        harness.say(.invitationSent(early), on: 1)
        harness.joinRegistered(0xd, on: 3)
        let answer = InvitationSent(targetPeerID: .node(Self.newcomer), requestID: request)
        harness.say(.invitationSent(answer), on: 3)
        harness.advance(by: .seconds(100))
        #expect(harness.reports.isEmpty)
    }

    @Test func helperThatNeverInvitedGainsNothingBySayingThatItIsLinked() throws {
        var harness = try introduced()
        harness.advance(by: .seconds(1))
        harness.answerRequest()
        harness.advance(by: .seconds(100))
        #expect(harness.reports.isEmpty && harness.core.introductionCount == 0, "nor does it lose")
        try harness.introduce("r2")
        harness.advance(by: .seconds(1))
        harness.answerRequest()
        harness.advance(by: .seconds(10))
        try harness.introduce("r3")
        #expect(harness.reports == [outcome(.silent, of: "q-r2")], "until the newcomer has to ask again")
    }

    @Test func helperThatInvitesOnRequestSaysNothingNewByConfirmingIt() throws {
        var harness = try introduced()
        harness.advance(by: .seconds(1))
        let request = try #require(harness.requestsToHelper.first).requestID
        harness.invite()
        harness.accept()
        let answer = InvitationSent(targetPeerID: .node(Self.newcomer), requestID: request)
        harness.say(.invitationSent(answer), on: 1)
        harness.advance(by: .seconds(2))
        harness.advance(by: .seconds(100))
        #expect(harness.reports.isEmpty, "it confirmed that it had invited, not that they are linked")
    }

    // MARK: What is followed at all

    @Test func withoutABridgeToTellNothingIsFollowed() throws {
        var harness = network()
        harness.ask("r1", Self.newcomer, on: 2)
        harness.end(try #require(harness.questions.first?.join), .helper(.naming(Self.helper)))
        #expect(harness.core.introductionCount == 0)
    }

    @Test func newcomerNamedAsItsOwnHelperIsNotFollowed() throws {
        var harness = network()
        try harness.introduce("r1", helper: Self.newcomer)
        #expect(harness.core.introductionCount == 0)
    }

    @Test func followedIntroductionsAreBounded() throws {
        let limit = BootstrapDefaults.maxIntroductions
        var harness = BootstrapHarness(genesis: 0xf) { $0.maxPeers = limit + 1 }
        for number in 0...limit {
            let id = NodeID(high: 1, middle: 0, low: UInt32(number))
            harness.joinRegistered(id, on: UInt64(number))
            harness.ask("r1", id, on: UInt64(number))
            let join = try #require(harness.questions.first?.join)
            harness.end(join, .helper(.naming(Self.helper)), receipt: .of("q"))
            #expect(harness.responses(to: UInt64(number)).map(\.success) == [true])
        }
        #expect(harness.core.introductionCount == limit)
        #expect(harness.core.counters.introductionsUnfollowed == 1)
        harness.advance(by: .seconds(5))
        #expect(harness.reports.count == limit && harness.core.introductionCount == 0)
    }
}

extension JoinReceipt {
    fileprivate static func of(_ request: WireRequestID) -> JoinReceipt {
        JoinReceipt(requestID: request, bridge: 0xb1, attempts: 1, queueMs: 0, totalMs: 0)
    }
}

extension BootstrapHarness {
    /// The newcomer on connection 2 asks, and a bridge names the helper.
    fileprivate mutating func introduce(_ request: WireRequestID, helper: NodeID = 0xa) throws {
        ask(request, 0xb, on: 2)
        let before = actions
        let join = try #require(questions.first?.join)
        end(join, .helper(.naming(helper)), receipt: .of(WireRequestID("q-\(request)") ?? "q"))
        actions = before + actions
    }

    fileprivate mutating func invite(from helper: NodeID = 0xa, on connection: UInt64 = 1) {
        let invitation = SendInvitation(
            targetPeerID: .node(0xb),
            invitationToken: "{}",
            inviterNodeID: .node(helper),
            requestID: "i"
        )
        say(.sendInvitation(invitation), on: connection)
    }

    fileprivate mutating func accept(from helper: NodeID = 0xa) {
        say(.invitationAccepted(InvitationAccepted(fromPeer: .node(0xb), toPeer: .node(helper))), on: 2)
    }

    fileprivate var requestsToHelper: [SendInvitationRequest] {
        sent(to: 1).compactMap { if case .sendInvitationRequest(let request) = $0 { request } else { nil } }
    }

    /// The helper answers the request of the last step as one that is linked.
    fileprivate mutating func answerRequest() {
        guard let request = requestsToHelper.first else {
            Issue.record("the helper was not asked: \(actions)")
            return
        }
        let answer = InvitationSent(targetPeerID: request.targetPeerID, requestID: request.requestID)
        say(.invitationSent(answer), on: 1)
    }
}
