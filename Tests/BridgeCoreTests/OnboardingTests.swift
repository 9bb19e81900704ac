import BridgeCore
import Kademlia
import MembershipTokens
import Testing
import Timekeeping
import WireMessages

@Suite struct OnboardingTests {
    @Test func helperIsInstructedAndNamed() throws {
        var harness = BridgeHarness()
        let link = harness.link()
        let helper = harness.peer(0x11)
        let actions = harness.onboard(0x99, request: "onboarding_1", on: link)
        #expect(actions.count == 2)
        let instruction = try #require(actions[0].instruction)
        #expect(instruction.connection == helper)
        #expect(instruction.message.targetPeer == 0x11)
        #expect(instruction.message.targetNodeID == 0x99)
        #expect(instruction.message.fromBridge == BridgeHarness.bridgeID)
        #expect(instruction.message.requestID == "onboarding_1")
        #expect(instruction.message.candidateIndex == 0)
        #expect(instruction.message.targetNodeMetadata?.string("nodeType") == "nodejs")
        let answer = try #require(actions[1].answer)
        #expect(answer.requestID == "onboarding_1")
        #expect(answer.token.authorizedBy == 0x11)
        #expect(answer.helperMetadata?.string("listeningAddress") == "ws://127.0.0.1:18101")
        #expect(answer.helperMetadata?.member("membershipToken") == nil, "protocol.md S19")
    }

    @Test func signedAnswerHasTheTokenOfTheProtocol() {
        let token = MembershipToken(
            holder: 0x99,
            issuer: 0xb0,
            timestamp: 42,
            kind: .openNetwork(authorizedBy: 0x11),
            keyID: TokenKeyID(value: 0xab)
        )
        let unsigned = """
            {"nodeId":"\(NodeID(0x99))","issuer":"\(NodeID(0xb0))","timestamp":42,"isOpenNetwork":true,\
            "authorizedBy":"\(NodeID(0x11))","keyId":"00000000000000ab","expires":2592000042}
            """
        #expect(String(decoding: token.unsigned.bytes, as: UTF8.self) == unsigned)
        let answer = UnsignedAnswer(requestID: "r", token: token, content: .onboarding(helperMetadata: .emptyObject))
        guard case .onboardingPeerResponse(let response) = answer.signed("ab") else {
            Issue.record("not an onboarding answer")
            return
        }
        guard case .answer(let data) = response.data else {
            Issue.record("no answer")
            return
        }
        #expect(response.success)
        #expect(data.status == "invitation_request_sent_to_helper")
        #expect(data.inviterPeerID == 0x11)
        #expect(data.membershipToken?.description == unsigned.dropLast() + #","signature":"ab"}"#)
    }

    @Test func withoutAnyHelperTheAnswerTellsTheStateOfTheNetwork() throws {
        var harness = BridgeHarness()
        let link = harness.link()
        harness.peer(0x21, metadata: #"{"isBridgeNode":true,"nodeType":"bridge"}"#)
        harness.peer(0x22, metadata: #"{"nodeType":"browser","tabVisible":false}"#)
        harness.peer(0x99)
        let actions = harness.onboard(0x99, on: link)
        #expect(actions.count == 1)
        let refusal = try #require(actions[0].refusal)
        #expect(!refusal.success)
        #expect(refusal.error != nil)
        guard case .emergency(let state) = refusal.data else {
            Issue.record("no emergency state")
            return
        }
        #expect(state.emergencyMode)
        #expect(state.networkState.connectedPeerCount == 3)
        #expect(state.networkState.availablePeers == [])
        #expect(harness.status.counters.failed == 1)
    }

    @Test func secondRequestOfANewcomerGetsTheFirstResultWithoutAnotherInstruction() {
        var harness = BridgeHarness()
        let link = harness.link()
        for id: NodeID in [0x11, 0x12, 0x13, 0x14] { harness.peer(id) }
        let first = harness.onboard(0x99, request: "a", on: link)
        let second = harness.onboard(0x99, request: "b", on: link)
        #expect(second.count == 1)
        #expect(second[0].answer?.requestID == "b")
        #expect(second[0].answer?.token.authorizedBy == first[1].answer?.token.authorizedBy)
        _ = harness.advance(by: .seconds(10))
        #expect(harness.onboard(0x99, request: "c", on: link).count == 2, "later it is a new question")
        #expect(harness.status.counters.repeated == 1)
    }

    @Test func repeatedRequestAsksAnotherHelperWhenTheFirstIsGone() throws {
        var harness = BridgeHarness()
        let link = harness.link()
        let sockets = [NodeID(0x11): harness.peer(0x11), NodeID(0x12): harness.peer(0x12)]
        let first = try #require(harness.onboard(0x99, request: "a", on: link)[1].answer?.token.authorizedBy)
        harness.close(try #require(sockets[first]))
        let second = harness.onboard(0x99, request: "b", on: link)
        #expect(second.count == 2)
        #expect(second[1].answer?.token.authorizedBy != first)
    }

    @Test func fullQueueAnswersBusyAndLosesNobody() {
        var harness = BridgeHarness(queueCapacity: 8)
        let link = harness.link()
        harness.peer(0x11)
        var busy: [OnboardingPeerResponse] = []
        var scheduled = 0
        for index in 0..<20 {
            let request = GetOnboardingPeer(
                requestID: .init("r\(index)") ?? "bad",
                newNodeID: NodeID(integerLiteral: UInt32(0x1000 + index))
            )
            for action in harness.tell(.getOnboardingPeer(request), on: link) {
                if action == .scheduleWork { scheduled += 1 }
                if let refusal = action.refusal { busy.append(refusal) }
            }
        }
        #expect(scheduled == 1, "one turn of work is asked for, however many wait")
        #expect(busy.count == 12)
        #expect(busy.allSatisfy { !$0.success && $0.code == "busy" && $0.queueDepth == 8 && $0.retryAfterMs != nil })
        let answers = harness.work().compactMap(\.answer)
        #expect(answers.map(\.requestID.text) == (0..<8).map { "r\($0)" }, "first come, first served")
        let counters = harness.status.counters
        #expect(counters.requests == 20)
        #expect(counters.requests == counters.answered + counters.busy + counters.failed + counters.expired)
    }

    @Test func oneTurnOfWorkIsBounded() {
        var harness = BridgeHarness(queueCapacity: 1_000)
        let link = harness.link()
        harness.peer(0x11)
        for index in 0..<100 {
            let newcomer = NodeID(integerLiteral: UInt32(0x1000 + index))
            _ = harness.tell(.getOnboardingPeer(GetOnboardingPeer(requestID: "r", newNodeID: newcomer)), on: link)
        }
        let first = harness.work()
        #expect(first.compactMap(\.answer).count == BridgeDefaults.onboardingBatch)
        #expect(first.contains(.scheduleWork))
        let second = harness.work()
        #expect(second.compactMap(\.answer).count == 36)
        #expect(second.last != .scheduleWork)
    }

    @Test func expiredRequestIsDroppedBeforeAnybodyIsAsked() {
        var harness = BridgeHarness()
        let link = harness.link()
        harness.peer(0x11)
        let request = GetOnboardingPeer(requestID: "r", newNodeID: 0x99, deadlineMs: 500)
        _ = harness.tell(.getOnboardingPeer(request), on: link)
        _ = harness.advance(by: .milliseconds(500))
        #expect(harness.work() == [])
        #expect(harness.status.counters.expired == 1)
    }

    @Test func requestOfALostLinkIsDropped() {
        var harness = BridgeHarness()
        let link = harness.link()
        harness.peer(0x11)
        _ = harness.tell(.getOnboardingPeer(GetOnboardingPeer(requestID: "r", newNodeID: 0x99)), on: link)
        harness.close(link)
        #expect(harness.work() == [])
    }

    @Test func answerGoesToTheLinkThatAsked() {
        var harness = BridgeHarness()
        let links = [harness.link(), harness.link()]
        harness.peer(0x11)
        for (index, link) in links.enumerated() {
            let newcomer = NodeID(integerLiteral: UInt32(0x90 + index))
            let actions = harness.onboard(newcomer, on: link)
            guard case .answer(link, _) = actions[1] else {
                Issue.record("wrong link: \(actions)")
                continue
            }
        }
    }

    @Test func unreadableRequestIsAnsweredWithItsId() {
        var harness = BridgeHarness()
        let link = harness.link()
        let error = WireError(
            reason: .invalidField("newNodeId"),
            messageType: "get_onboarding_peer",
            requestID: "r1"
        )
        let actions = harness.bridge.refused(error, on: link, at: harness.now)
        #expect(actions.first?.refusal?.requestID == "r1")
        #expect(actions.first?.refusal?.success == false)
    }

    @Test func linkPingIsAnswered() {
        var harness = BridgeHarness()
        let link = harness.link()
        let actions = harness.tell(.ping(Ping(requestID: "keepalive_1", timestamp: 7)), on: link)
        guard case .sendToBootstrap(link, .pong(let pong)) = actions[0] else {
            Issue.record("no pong")
            return
        }
        #expect(pong.requestID == "keepalive_1")
        #expect(pong.originalTimestamp == 7)
    }
}
