import BootstrapCore
import DHTTestKit
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

    @Test func clientsThatUnderstandAreToldWhenToComeBackAndGoFirst() throws {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xb1, on: 1, metadata: BootstrapHarness.bridgeMetadata())
        harness.joinRegistered(0xa, on: 2)
        harness.open(3)
        harness.open(4)
        harness.register(0xc, on: 4, features: ["come_back", "of the future"])
        guard case .registered? = harness.sent(to: 4).first else {
            Issue.record("a peer that names a feature is a peer: \(harness.actions)")
            return
        }
        harness.drain()
        let waves = harness.dismiss(waves: 15, absence: .seconds(4))
        guard case .serverStopping(let notice)? = harness.sent(to: 4).first, harness.actions.count == 1 else {
            Issue.record("told: \(harness.actions)")
            return
        }
        #expect(notice.reason == "restart" && (4_000...5_000).contains(notice.comeBackAfterMs))
        #expect(
            waves == [
                [
                    .close(ConnectionID(4), .restarting), .close(ConnectionID(2), .goingAway),
                    .close(ConnectionID(1), .goingAway), .close(ConnectionID(3), .goingAway),
                ]
            ],
            "those who were told, other peers, then bridges and who is not registered"
        )
        #expect(ClientClosing.restarting.code == 1012 && ClientClosing.goingAway.code == 1001)
    }

    @Test func manyClientsComeBackOverALongerTimeAndGoInEvenWaves() {
        var harness = BootstrapHarness(genesis: 0xa)
        for number in 1...UInt64(1_000) {
            harness.open(number)
            harness.register(NodeID(integerLiteral: UInt32(number)), on: number, features: ["come_back"])
        }
        let waves = harness.dismiss(waves: 15, absence: .seconds(4))
        #expect(waves.map(\.count) == Array(repeating: 100, count: 10))
        let closed = waves.joined().map { action in
            if case .close(let connection, .restarting) = action { connection.value } else { UInt64(0) }
        }
        #expect(closed == Array(1...1_000), "each once")
        let waits = harness.actions.compactMap { action -> Int64? in
            if case .send(_, .serverStopping(let notice)) = action { notice.comeBackAfterMs } else { nil }
        }
        #expect(waits.count == 1_000 && waits.allSatisfy { (4_000...9_000).contains($0) })
        // Evenly: a fifth in each fifth of the 5 s, within what chance does.
        for fifth in 0..<5 {
            let range = (4_000 + Int64(fifth) * 1_000)..<(5_000 + Int64(fifth) * 1_000)
            #expect((140...260).contains(waits.count { range.contains($0) }), "\(range)")
        }
        #expect(harness.dismiss(waves: 4, absence: .zero).map(\.count) == [250, 250, 250, 250])
        #expect(harness.dismiss(waves: 0, absence: .zero).count == 1)
    }

    @Test func aServerWithoutClientsHasNobodyToDismiss() {
        var harness = BootstrapHarness(genesis: 0xa)
        #expect(harness.dismiss(waves: 15, absence: .zero).allSatisfy(\.isEmpty) && harness.actions.isEmpty)
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
