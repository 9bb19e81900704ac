import BootstrapCore
import Kademlia
import Observation
import Testing
import Timekeeping
import WireMessages

@Suite struct JoinTests {
    @Test func thousandClientsMayUseOneRequestId() {
        var harness = BootstrapHarness(genesis: 0x9)
        var questions: [JoinID: UInt64] = [:]
        for number in UInt64(1)...1_000 {
            let id = NodeID(high: 1, middle: 0, low: UInt32(number))
            harness.joinRegistered(id, on: number)
            harness.ask("req", id, on: number)
            if let question = harness.questions.first { questions[question.join] = number }
        }
        #expect(questions.count == 1_000)
        for (join, number) in questions {
            harness.end(join, .helper(.naming(NodeID(high: 2, middle: 0, low: UInt32(number)))))
            let answers = harness.responses(to: number)
            #expect(answers.map(\.requestID) == ["req"])
            #expect(
                answers.first?.join?.peers.map(\.nodeID) == [.node(NodeID(high: 2, middle: 0, low: UInt32(number)))]
            )
            #expect(
                harness.actions.allSatisfy {
                    if case .send(let connection, _) = $0 { connection.value == number } else { true }
                }
            )
        }
    }

    @Test func questionIsPutToTheBridgesBeforeTheRegistrationAndAnsweredAfterIt() throws {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.open(1)
        harness.ask("r1", 0xb, on: 1)
        let join = try #require(harness.questions.first?.join)
        harness.end(join, .helper(.naming(0xa)))
        #expect(harness.actions.isEmpty, "the answer waits for the registration")
        harness.register(0xb, on: 1)
        #expect(harness.sent(to: 1).count == 2)
        let answer = try #require(harness.responses(to: 1).first?.join)
        #expect(answer.status == .peerFound)
        #expect(answer.peers.map(\.nodeID) == [.node(0xa)])
        #expect(answer.membershipToken == #"{"nodeId":"n","issuer":"b"}"#)
        // Neither a token nor an address to dial too early.
        #expect(answer.peers.first?.metadata == #"{"nodeType":"nodejs"}"#)
    }

    @Test func registrationThatNeverComesEndsTheQuestionAfterTwoSeconds() {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.open(1)
        harness.ask("r1", 0xb, on: 1)
        harness.advance(by: .seconds(2))
        #expect(harness.responses(to: 1).map(\.code) == ["not_registered"])
        #expect(harness.actions.contains { if case .cancel = $0 { true } else { false } })
    }

    @Test func twoQuestionsOfOneNewcomerAreOneForTheBridgesAndBothAnswered() throws {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xb, on: 1)
        harness.ask("r1", 0xb, on: 1)
        let join = try #require(harness.questions.first?.join)
        harness.ask("r2", 0xb, on: 1)
        harness.ask("r2", 0xb, on: 1)
        #expect(harness.questions.isEmpty)
        harness.end(join, .helper(.naming(0xa)))
        #expect(harness.responses(to: 1).map(\.requestID) == ["r1", "r2"])
        harness.ask("r1", 0xb, on: 1)
        #expect(harness.actions.isEmpty, "an answered request id gets no second answer")
        harness.ask("r3", 0xb, on: 1)
        #expect(harness.questions.count == 1)
    }

    @Test func questionsOfOneNewcomerAreBounded() {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xb, on: 1)
        for number in 0..<8 {
            harness.ask(WireRequestID(stringLiteral: "r\(number)"), 0xb, on: 1)
            #expect(harness.responses(to: 1).isEmpty)
        }
        harness.ask("one too many", 0xb, on: 1)
        #expect(harness.responses(to: 1).map(\.code) == ["busy"])
    }

    @Test func newcomerThatLeavesCancelsItsQuestion() throws {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xb, on: 1)
        harness.ask("r1", 0xb, on: 1)
        let join = try #require(harness.questions.first?.join)
        harness.close(1)
        #expect(harness.actions == [.cancel(join)])
        harness.end(join, .helper(.naming(0xa)))
        #expect(harness.actions.isEmpty)
    }

    @Test func peersOfABridgesEmergencyReplyAreTheThirdRung() throws {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xb, on: 1)
        harness.ask("r1", 0xb, on: 1)
        let join = try #require(harness.questions.first?.join)
        let known = PeerEntry(nodeID: .node(0xc), metadata: #"{"nodeType":"nodejs","bridgeAuthToken":"s"}"#)
        harness.end(join, .emergency([known, PeerEntry(nodeID: .node(0xb))]))
        let answer = try #require(harness.responses(to: 1).first?.join)
        #expect(answer.status == .emergencyBridgeRouting)
        #expect(answer.peers.map(\.nodeID) == [.node(0xc)])
        #expect(
            answer.peers.first?.metadata
                == #"{"nodeType":"nodejs","emergencyTarget":true,"directConnection":true,"fromBridgeRouting":true}"#
        )
    }

    @Test func bridgesThatKnowNobodyYetAreAskedAgainBeforeTheNewcomerIsToldSo() throws {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xb, on: 1)
        harness.ask("r1", 0xb, on: 1)
        var join = try #require(harness.questions.first?.join)
        harness.end(join, .emergency([]))
        #expect(harness.actions.isEmpty)
        harness.advance(by: .milliseconds(500))
        join = try #require(harness.questions.first?.join)
        harness.end(join, .helper(.naming(0xa)))
        #expect(harness.responses(to: 1).first?.join?.status == .peerFound)

        harness.ask("r2", 0xb, on: 1)
        for _ in 0...BootstrapDefaults.emptyBridgeRetries {
            #expect(harness.responses(to: 1).isEmpty)
            harness.end(try #require(harness.questions.first?.join), .emergency([]))
            if harness.actions.isEmpty { harness.advance(by: .milliseconds(500)) }
        }
        #expect(harness.responses(to: 1).map(\.code) == ["no_helper"])
    }

    @Test func livePeersKnownHereAreTheFourthRung() throws {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xa, on: 1)
        harness.joinRegistered(0xd, on: 2, metadata: #"{"nodeType":"browser","tabVisible":false}"#)
        harness.joinRegistered(0xe, on: 3, metadata: #"{"nodeType":"bridge","isBridgeNode":true}"#)
        harness.joinRegistered(0xb, on: 4)
        harness.ask("r1", 0xb, on: 4)
        let join = try #require(harness.questions.first?.join)
        harness.end(join, .unavailable(.noBridge))
        let answer = try #require(harness.responses(to: 4).first?.join)
        #expect(answer.status == .emergencyDirectConnect)
        #expect(answer.emergencyMode == true)
        #expect(answer.peers.map(\.nodeID) == [.node(0xa)], "no hidden tab, no bridge, not itself")
        #expect(answer.peers.first?.metadata?.bool("emergencyTarget") == true)
        #expect(answer.peers.first?.metadata?.member("membershipToken") == nil)
    }

    @Test func withNobodyLeftTheAnswerIsAClearErrorAndNeverAnEmptyNetwork() throws {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xb, on: 1)
        harness.ask("r1", 0xb, on: 1)
        let join = try #require(harness.questions.first?.join)
        harness.end(join, .unavailable(.noBridge))
        let response = try #require(harness.responses(to: 1).first)
        #expect(!response.success && response.code == "no_helper" && response.retryAfterMs == 2_000)
        #expect(response.join == nil)
    }

    @Test func busyBridgesMakeAnHonestBusyAnswer() throws {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xa, on: 2)
        harness.joinRegistered(0xb, on: 1)
        harness.ask("r1", 0xb, on: 1)
        let join = try #require(harness.questions.first?.join)
        harness.end(join, .busy(retryAfterMilliseconds: 700))
        let response = try #require(harness.responses(to: 1).first)
        #expect(response.code == "busy" && response.retryAfterMs == 700)
    }

    @Test func closedNetworkAnswersWithAPlainList() throws {
        var harness = BootstrapHarness(createNewDHT: true, openNetwork: false, genesis: 0xa)
        harness.joinRegistered(0xa, on: 1)
        harness.joinRegistered(0xb, on: 2)
        harness.ask("r1", 0xb, on: 2)
        let answer = try #require(harness.responses(to: 2).first?.join)
        #expect(answer.status == nil && answer.peers.map(\.nodeID) == [.node(0xa)])
        #expect(answer.peers.first?.metadata?.string("listeningAddress") == "ws://127.0.0.1:9")
    }

    @Test func listsHoldAtMostTwentyPeers() throws {
        var harness = BootstrapHarness(createNewDHT: false, openNetwork: false)
        for number in 1...30 {
            harness.joinRegistered(NodeID(high: 0, middle: 1, low: UInt32(number)), on: UInt64(number))
        }
        harness.joinRegistered(0xb, on: 99)
        harness.ask("r1", 0xb, on: 99)
        #expect(harness.responses(to: 99).first?.join?.peers.count == 20)
    }
}
