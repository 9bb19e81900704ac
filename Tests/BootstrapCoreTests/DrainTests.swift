import BootstrapCore
import Kademlia
import Testing
import Timekeeping
import WireMessages

@Suite struct DrainTests {
    @Test func newQuestionsAreRefusedAtOnceAndRegistrationsStillAnswered() throws {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xb, on: 1)
        harness.drain()
        #expect(harness.actions.isEmpty)
        harness.ask("r1", 0xb, on: 1)
        let response = try #require(harness.responses(to: 1).first)
        #expect(!response.success && response.code == "stopping")
        #expect(response.retryAfterMs == BootstrapDefaults.stoppingRetryAfterMilliseconds)
        harness.open(2)
        harness.ask("r2", 0xc, on: 2)
        #expect(harness.responses(to: 2).map(\.code) == ["stopping"], "not after the registration: at once")
        harness.register(0xc, on: 2)
        guard case .registered? = harness.sent(to: 2).first, harness.actions.count == 1 else {
            Issue.record("expected registered, got \(harness.actions)")
            return
        }
        #expect(harness.core.questionCount == 0 && harness.core.counters.stopping == 2)
    }

    @Test func questionsWithTheBridgesGoOnToTheirEnd() throws {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xb, on: 1)
        harness.joinRegistered(0xc, on: 2)
        harness.ask("r1", 0xb, on: 1)
        let first = try #require(harness.questions.first?.join)
        harness.ask("r2", 0xc, on: 2)
        let second = try #require(harness.questions.first?.join)
        harness.drain()
        #expect(harness.actions.isEmpty && harness.core.questionCount == 2)
        harness.ask("r3", 0xb, on: 1)
        #expect(harness.actions.isEmpty, "shares the answer that is on its way")
        harness.end(first, .helper(.naming(0xa)))
        #expect(harness.responses(to: 1).map(\.requestID) == ["r1", "r3"])
        #expect(harness.responses(to: 1).allSatisfy { $0.join?.status == .peerFound })
        // Nobody is asked again.
        harness.end(second, .emergency([]))
        #expect(harness.responses(to: 2).map { $0.join?.status } == [.emergencyDirectConnect])
        #expect(harness.core.questionCount == 0)
    }

    @Test func whatWaitsToBeAskedIsAnsweredWhenTheDrainBegins() throws {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xb, on: 1)
        harness.ask("r1", 0xb, on: 1)
        harness.end(try #require(harness.questions.first?.join), .emergency([]))
        #expect(harness.actions.isEmpty)
        harness.open(2)
        harness.ask("r2", 0xb1, on: 2, metadata: BootstrapHarness.bridgeMetadata())
        #expect(harness.actions.isEmpty)
        harness.drain()
        #expect(harness.responses(to: 1).map(\.code) == ["no_helper"])
        #expect(harness.responses(to: 2).map(\.code) == ["stopping"])
        harness.drain()
        #expect(harness.actions.isEmpty)
        harness.advance(by: .seconds(2))
        #expect(harness.actions.isEmpty, "nothing is asked again, nobody refused twice")
    }

    @Test func genesisThatIsRecordedWhileTheServerStopsIsTold() {
        var harness = BootstrapHarness()
        harness.joinRegistered(0xa, on: 1)
        harness.joinRegistered(0xb, on: 2)
        harness.ask("r1", 0xa, on: 1)
        harness.ask("r2", 0xb, on: 2)
        harness.drain()
        #expect(harness.actions.isEmpty)
        harness.recorded(.decided(0xa))
        #expect(harness.responses(to: 1).first?.join?.isGenesis == true)
        #expect(harness.responses(to: 2).map(\.code) == ["stopping"])
    }

    @Test func noNetworkIsStartedByAServerThatStops() {
        var harness = BootstrapHarness()
        harness.drain()
        harness.joinRegistered(0xa, on: 1)
        harness.ask("r1", 0xa, on: 1)
        #expect(harness.responses(to: 1).map(\.code) == ["stopping"])
        #expect(harness.actions.count == 1)
    }

    @Test func bridgesThatAreNotAskedAnyMoreMakeTheSameAnswer() throws {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xa, on: 1)
        harness.joinRegistered(0xb, on: 2)
        harness.ask("r1", 0xb, on: 2)
        harness.end(try #require(harness.questions.first?.join), .stopping)
        #expect(harness.responses(to: 2).map(\.code) == ["stopping"])
    }

    @Test func bridgesAreStillHeard() {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xb1, on: 1, metadata: BootstrapHarness.bridgeMetadata())
        harness.drain()
        let answer = OnboardingPeerResponse(requestID: "q", success: true)
        harness.say(.onboardingPeerResponse(answer), on: 1)
        #expect(harness.actions == [.bridgeSaid(ConnectionID(1), .onboardingPeerResponse(answer))])
    }
}
