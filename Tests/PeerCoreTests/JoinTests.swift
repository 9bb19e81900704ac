import Kademlia
import PeerCore
import Testing
import Timekeeping
import WireMessages

@Suite struct JoinTests {
    @Test(arguments: [(0, 0), (7_250, 7_250), (Int64.max, 180_000), (-5, 0)] as [(Int64, Int64)])
    func peerComesBackWhenTheServerThatRestartsSaidSo(told: Int64, waits: Int64) {
        let harness = PeerHarness()
        _ = harness.ask()
        let said = harness.run(for: PeerDefaults.registerDelay)
        let features = said.compactMap { action -> [String]? in
            if case .tell(.register(let register)) = action { register.features } else { nil }
        }
        #expect(features == [["come_back"]])
        _ = harness.hear(.registered(Registered(nodeID: .node(0x1))))
        _ = harness.hear(.serverStopping(ServerStopping(reason: "restart", comeBackAfterMs: told)))
        // The connection is closed somewhat later, which changes nothing.
        let patience = Duration.milliseconds(waits) / 2
        #expect(!harness.run(for: patience).contains(.openClientLink))
        _ = harness.clientLinkClosed()
        if waits > 0 {
            #expect(!harness.run(for: .milliseconds(waits) - patience - .milliseconds(1)).contains(.openClientLink))
        }
        #expect(harness.run(for: .milliseconds(1)).contains(.openClientLink))
        // It is said for one time.
        _ = harness.clientLinkOpened()
        _ = harness.clientLinkClosed()
        #expect(!harness.run(for: PeerDefaults.reconnectPause - .milliseconds(1)).contains(.openClientLink))
        #expect(harness.run(for: .milliseconds(1)).contains(.openClientLink))
    }

    @Test func theQuestionGoesOutBeforeRegister() throws {
        let harness = PeerHarness(id: 0x1)
        #expect(harness.start() == [.openClientLink])

        let opened = harness.clientLinkOpened()
        #expect(opened.count == 2)
        #expect(opened.first == .report(.asked))
        guard case .tell(.getPeersOrGenesis(let question)) = opened.last else {
            Issue.record("no question: \(opened)")
            return
        }
        #expect(question.nodeID == .node(0x1))
        #expect(question.requestID.text.hasPrefix("req_\(PeerHarness.epoch)_"))
        #expect(question.maxPeers == "20")
        let metadata = try #require(question.metadata)
        #expect(metadata.string("nodeType") == "nodejs")
        #expect(metadata.string("listeningAddress") == PeerHarness.address(of: 0x1))
        #expect(metadata.description.contains(#""membershipToken":null"#))

        harness.advance(by: .milliseconds(9))
        #expect(harness.tick() == [])
        harness.advance(by: .milliseconds(1))
        let register = Register(
            nodeID: .node(0x1),
            protocolVersion: "1.0.0",
            buildID: "node_\(PeerHarness.epoch)",
            timestamp: PeerHarness.epoch + 10,
            metadata: metadata,
            features: ["come_back"]
        )
        #expect(harness.tick() == [.tell(.register(register))])
    }

    @Test func theGenesisPeerSignsItsMembershipAndDialsEveryBridge() throws {
        let harness = PeerHarness(id: 0x1)
        let actions = harness.becomeGenesis(bridges: [0xb1, 0xb2])
        #expect(actions.reports == [.genesis(after: .milliseconds(10))])
        #expect(actions.dialled == [PeerHarness.address(of: 0xb1), PeerHarness.address(of: 0xb2)])

        let link = try #require(actions.firstDial)
        let hello = try #require(harness.linkOpened(link).sent.first)
        guard case .hello(let hello) = hello else {
            Issue.record("no hello first: \(hello)")
            return
        }
        let token = try #require(hello.metadata?.member("membershipToken"))
        #expect(token.string("holder") == NodeID(0x1).description)
        #expect(token.string("issuer") == NodeID(0x1).description)
        #expect(token.bool("isGenesis") == true)
        #expect(token.string("signature") == "signed-by-\(NodeID(0x1).short)")
        #expect(token.string("nonce")?.count == 32)
    }

    @Test func aJoinSucceedsWithTheLinkToTheNamedHelperOnly() throws {
        let harness = PeerHarness(id: 0x1)
        let question = try #require(harness.askAndRegister())
        harness.advance(by: .milliseconds(5))
        let answered = harness.hear(
            .response(
                .success(question, .join(.peerFound(helper: PeerHarness.entry(0x2), membershipToken: nil)))
            )
        )
        #expect(
            answered == [
                .report(.answered(status: "peer_found", after: .milliseconds(15))),
                .report(.introduced(helper: 0x2)),
            ]
        )

        // Somebody else dials in: a link, but not the one that counts.
        let other = try #require(harness.linkAccepted())
        let greeting = harness.hear(
            .hello(DHTPeerHello(peerID: 0x3, metadata: PeerHarness.metadata(of: 0x3))),
            on: other
        )
        #expect(greeting.reports == [])
        #expect(harness.peer.isLinked(to: 0x3))

        harness.advance(by: .milliseconds(5))
        let link = try #require(harness.linkAccepted())
        let completed = harness.hear(
            .hello(DHTPeerHello(peerID: 0x2, metadata: PeerHarness.metadata(of: 0x2))),
            on: link
        )
        #expect(completed.reports == [.joined(helper: 0x2, after: .milliseconds(20))])
        // The acceptor's answer comes first (protocol.md 4.1).
        guard case .send(.connected(let reply), link) = completed.first else {
            Issue.record("no answer first: \(completed)")
            return
        }
        #expect(reply.bridgeNodeID == 0x1)
    }

    @Test func aLinkThatWasFasterThanTheAnswerCompletesTheJoin() throws {
        let harness = PeerHarness(id: 0x1)
        let question = try #require(harness.askAndRegister())
        _ = try #require(harness.acceptLink(from: 0x2))
        let answered = harness.hear(
            .response(
                .success(question, .join(.peerFound(helper: PeerHarness.entry(0x2), membershipToken: nil)))
            )
        )
        #expect(
            answered.reports == [
                .answered(status: "peer_found", after: .milliseconds(10)),
                .introduced(helper: 0x2),
                .joined(helper: 0x2, after: .milliseconds(10)),
            ]
        )
    }

    @Test func aHelperThatDoesNotInviteIsDialledAfterASecond() throws {
        let harness = PeerHarness(id: 0x1)
        let question = try #require(harness.askAndRegister())
        _ = harness.hear(
            .response(
                .success(question, .join(.peerFound(helper: PeerHarness.entry(0x2), membershipToken: nil)))
            )
        )
        #expect(harness.run(for: .milliseconds(999)).dialled == [])
        #expect(harness.run(for: .milliseconds(1)).dialled == [PeerHarness.address(of: 0x2)])
    }

    @Test func aNewcomerWithoutItsHelperAsksAgain() throws {
        let harness = PeerHarness(id: 0x1)
        let question = try #require(harness.askAndRegister())
        _ = harness.hear(
            .response(
                .success(question, .join(.peerFound(helper: PeerHarness.entry(0x2), membershipToken: nil)))
            )
        )
        let dial = try #require(harness.run(for: .seconds(1)).firstDial)
        _ = harness.linkClosed(dial)
        let again = try #require(harness.run(for: PeerDefaults.helperPatience).questions.first)
        #expect(again != question)
        // The second answer names somebody else; the latency reported was that of the first.
        let answered = harness.hear(
            .response(
                .success(again, .join(.peerFound(helper: PeerHarness.entry(0x4), membershipToken: nil)))
            )
        )
        #expect(answered.reports == [.introduced(helper: 0x4)])
        _ = try #require(harness.acceptLink(from: 0x4))
        #expect(harness.run(for: .seconds(30)).reports == [])
    }

    @Test func anUnansweredQuestionIsPutThreeTimesWithNewIDs() throws {
        let harness = PeerHarness(id: 0x1, joinTimeout: .seconds(1000))
        let first = try #require(harness.askAndRegister())
        let actions = harness.run(for: .seconds(200))
        #expect(actions.questions.count == 2)
        #expect(Set(actions.questions + [first]).count == 3)
        #expect(actions.reports == [.failed(.unanswered(attempts: 3))])
    }

    @Test func anErrorIsFollowedByAPauseAndTheLastOneIsReported() throws {
        let harness = PeerHarness(id: 0x1)
        var question = try #require(harness.askAndRegister())
        #expect(harness.hear(.response(.failure(question, error: "busy", retryAfterMs: 250))) == [])
        let retry = harness.run(for: .milliseconds(250))
        question = try #require(retry.questions.first)
        #expect(harness.hear(.response(.failure(question, error: "still busy"))) == [])
        #expect(harness.run(for: .milliseconds(4999)).questions == [])
        question = try #require(harness.run(for: .milliseconds(1)).questions.first)
        #expect(
            harness.hear(.response(.failure(question, error: "no bridge"))) == [
                .report(.failed(.refused(error: "no bridge")))
            ]
        )
        #expect(harness.run(for: .seconds(100)).reports == [])
    }

    @Test func anAnswerToAnotherQuestionIsNoAnswer() throws {
        let harness = PeerHarness(id: 0x1)
        _ = try #require(harness.askAndRegister())
        let helper = PeerHarness.entry(0x2)
        #expect(
            harness.hear(.response(.success("other", .join(.peerFound(helper: helper, membershipToken: nil))))) == []
        )
    }

    @Test func theJoinTimeoutNamesTheObstacle() throws {
        let unreachable = PeerHarness(id: 0x1)
        _ = unreachable.start()
        #expect(unreachable.run(for: .seconds(30)).reports == [.failed(.bootstrapUnreachable)])

        let empty = PeerHarness(id: 0x1)
        let question = try #require(empty.askAndRegister())
        _ = empty.hear(.response(.success(question, .join(.networkEmpty()))))
        let actions = empty.run(for: .seconds(30))
        #expect(actions.questions.count == 1, "an empty answer is asked again after 10 s, and that one gets none")
        #expect(actions.reports == [.failed(.nobodyNamed(status: "network_empty"))])

        let alone = PeerHarness(id: 0x1, joinTimeout: .seconds(4))
        let asked = try #require(alone.askAndRegister())
        _ = alone.hear(
            .response(.success(asked, .join(.peerFound(helper: PeerHarness.entry(0x2), membershipToken: nil))))
        )
        #expect(alone.run(for: .seconds(4)).reports == [.failed(.helperNotLinked(helper: 0x2))])
    }

    @Test func aRefusedVersionEndsTheJoinAndTheLink() throws {
        let harness = PeerHarness(id: 0x1)
        _ = try #require(harness.ask())
        #expect(
            harness.hear(.versionMismatch(VersionMismatch(message: "too old"))) == [
                .report(.failed(.versionRefused(message: "too old"))), .closeClientLink,
            ]
        )
        #expect(harness.clientLinkClosed() == [])
        #expect(harness.run(for: .seconds(60)) == [])
    }

    @Test func aLostClientLinkIsReopenedAndTheQuestionPutAgain() throws {
        let harness = PeerHarness(id: 0x1)
        let first = try #require(harness.askAndRegister())
        #expect(harness.clientLinkClosed() == [])
        #expect(harness.run(for: .seconds(5)) == [.openClientLink])
        // A reopened link registers first (protocol.md 2.1).
        #expect(harness.clientLinkOpened() == [])
        #expect(harness.run(for: .milliseconds(10)).count == 1)
        let again = harness.hear(.registered(Registered(nodeID: .node(0x1)))).questions
        #expect(again.count == 1)
        #expect(again != [first])
    }

    @Test func anAnswerThatComesBeforeRegisteredIsNotAskedForAgain() throws {
        let harness = PeerHarness(id: 0x1)
        let question = try #require(harness.ask())
        _ = harness.run(for: PeerDefaults.registerDelay)
        _ = harness.hear(
            .response(
                .success(question, .join(.peerFound(helper: PeerHarness.entry(0x2), membershipToken: nil)))
            )
        )
        #expect(harness.hear(.registered(Registered(nodeID: .node(0x1)))) == [])
    }

    @Test func aPeerWithALinkDoesWithoutTheBootstrapServer() throws {
        let harness = PeerHarness(id: 0x1)
        _ = harness.becomeGenesis()
        _ = try #require(harness.acceptLink(from: 0x2))
        #expect(harness.clientLinkClosed() == [])
        #expect(!harness.run(for: .seconds(60)).contains(.openClientLink))
    }

    @Test func theTokenOfTheAnswerIsShownToOthers() throws {
        let harness = PeerHarness(id: 0x1)
        let question = try #require(harness.askAndRegister())
        let token = PeerHarness.membership(of: 0x1)
        _ = harness.hear(
            .response(.success(question, .join(.peerFound(helper: PeerHarness.entry(0x2), membershipToken: token))))
        )
        let link = try #require(harness.linkAccepted())
        let greeting = harness.hear(.hello(DHTPeerHello(peerID: 0x2, metadata: nil)), on: link)
        guard case .send(.connected(let reply), _) = greeting.first else {
            Issue.record("no answer: \(greeting)")
            return
        }
        #expect(reply.metadata?.member("membershipToken") == token)
    }
}
