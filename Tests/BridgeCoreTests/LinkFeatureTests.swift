import BridgeCore
import Kademlia
import Testing
import Timekeeping
import WireMessages

@Suite struct LinkFeatureTests {
    private func ask(_ id: WireRequestID, newcomer: NodeID = 0x99) -> BootstrapToBridge {
        .getOnboardingPeer(GetOnboardingPeer(requestID: id, newNodeID: newcomer))
    }

    private func cancel(_ id: WireRequestID) -> BootstrapToBridge {
        .cancelOnboardingPeer(CancelOnboardingPeer(requestID: id))
    }

    @Test func cancelledRequestIsNeitherAnsweredNorWorkedOn() {
        var harness = BridgeHarness()
        let link = harness.link(features: ["cancel"])
        harness.peer(0x11)
        for id: WireRequestID in ["a", "b", "c"] { _ = harness.tell(ask(id), on: link) }
        #expect(harness.tell(cancel("b"), on: link) == [])
        #expect(harness.status.queueDepth == 2)
        #expect(harness.work().compactMap(\.answer).map(\.requestID) == ["a", "c"])
        let counters = harness.status.counters
        #expect((counters.requests, counters.answered, counters.cancelled) == (3, 2, 1))
        #expect(counters.cancelsIgnored == 0)
    }

    @Test func cancellingMakesRoomInAFullQueue() {
        var harness = BridgeHarness(queueCapacity: 1)
        let link = harness.link(features: ["cancel"])
        _ = harness.tell(ask("a"), on: link)
        #expect(harness.tell(ask("b"), on: link).first?.refusal?.code == "busy")
        _ = harness.tell(cancel("a"), on: link)
        #expect(harness.tell(ask("c"), on: link).first?.refusal == nil)
    }

    @Test func whatIsFinishedOrUnknownCannotBeCancelled() {
        var harness = BridgeHarness()
        let link = harness.link(features: ["cancel"])
        _ = harness.tell(ask("done"), on: link)
        _ = harness.work()
        for id: WireRequestID in ["done", "never heard of"] { #expect(harness.tell(cancel(id), on: link) == []) }
        #expect(harness.status.counters.cancelsIgnored == 2)
        #expect(harness.status.counters.cancelled == 0)
        // An id may be used again.
        harness.peer(0x11)
        _ = harness.tell(ask("done"), on: link)
        #expect(harness.work().compactMap(\.answer).count == 1)
    }

    @Test func idsMeanSomethingOnTheirOwnConnectionOnly() {
        var harness = BridgeHarness()
        let (mine, other) = (harness.link(features: ["cancel"]), harness.link(features: ["cancel"]))
        harness.peer(0x11)
        _ = harness.tell(ask("same"), on: mine)
        _ = harness.tell(ask("same", newcomer: 0x98), on: other)
        _ = harness.tell(cancel("same"), on: other)
        let answers = harness.work()
        #expect(answers.count == 2)
        guard case .answer(mine, _) = answers.last else {
            Issue.record("unexpected: \(answers)")
            return
        }
    }

    @Test func cancellingIsForThoseWhoAnnouncedIt() {
        var harness = BridgeHarness()
        harness.peer(0x11)
        for features in [nil, [], ["load"]] {
            let link = harness.link(features: features)
            _ = harness.tell(ask("a"), on: link)
            _ = harness.tell(cancel("a"), on: link)
            #expect(harness.work().compactMap(\.answer).count == 1)
        }
        #expect(harness.status.counters.cancelsIgnored == 3)
    }

    @Test func manyCancelledRequestsLeaveOrderAndBoundIntact() {
        var harness = BridgeHarness(queueCapacity: 300)
        let link = harness.link(features: ["cancel"])
        harness.peer(0x11)
        var expected: [String] = []
        for index in 0..<2_000 {
            let id = WireRequestID("r\(index)") ?? "bad"
            _ = harness.tell(ask(id, newcomer: NodeID(integerLiteral: UInt32(0x1000 + index))), on: link)
            if index % 10 == 0 {
                expected.append(id.text)
            } else {
                _ = harness.tell(cancel(id), on: link)
            }
        }
        #expect(harness.status.queueDepth == 200)
        var answers: [String] = []
        // 64 in a turn.
        for _ in 0..<4 { answers += harness.work().compactMap(\.answer).map(\.requestID.text) }
        #expect(answers == expected)
        #expect(harness.status.counters.cancelled == 1_800)
        #expect(harness.status.counters.busy == 0)
    }

    @Test func pongCarriesTheLoadOnlyWhereItWasAgreed() {
        var harness = BridgeHarness()
        harness.peer(0x11)
        for (features, isExpected) in [(nil, false), (["cancel"], false), (["load"], true)] as [([String]?, Bool)] {
            let link = harness.link(features: features)
            _ = harness.tell(ask("r"), on: link)
            guard case .pong(let pong) = harness.tell(.ping(Ping(requestID: "p")), on: link).first?.said else {
                Issue.record("no pong")
                return
            }
            let load = BridgeLoad(queueDepth: 1, queueCapacity: 8, inFlight: 0, connectedPeers: 1)
            #expect(pong.load == (isExpected ? load : nil))
            _ = harness.work()
        }
    }

    @Test func provingTheSecretAgainMayChangeWhatIsAgreed() {
        var harness = BridgeHarness()
        let link = harness.link(features: ["load"])
        let auth = BootstrapAuth(authToken: BridgeHarness.secret, features: nil)
        let actions = harness.tell(.bootstrapAuth(auth), on: link)
        guard actions.count == 1, case .authSuccess(let success) = actions.first?.said else {
            Issue.record("unexpected: \(actions)")
            return
        }
        #expect(success.features == nil)
        #expect(harness.status.linksOpen == 1)
        guard case .pong(let pong) = harness.tell(.ping(Ping(requestID: "p")), on: link).first?.said else {
            Issue.record("no pong")
            return
        }
        #expect(pong.load == nil)
    }
}
