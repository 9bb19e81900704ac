import BootstrapCore
import Kademlia
import Observation
import Testing
import Timekeeping
import WireMessages

/// A server that knows of no network is put before bridges that may have known one for long.
@Suite struct AdoptionTests {
    private let bridge = BridgeContact(nodeID: 0xb1, listeningAddress: "ws://b:1", publicWssAddress: "wss://b/1")

    private func report(peers: Int64, by bridge: NodeID = 0xb1, _ harness: inout BootstrapHarness) {
        harness.core.bridgeReported(connectedPeers: peers, by: bridge, at: harness.now, actions: &harness.actions)
    }

    private var isWarned: (BootstrapHarness) -> Bool {
        { harness in harness.actions.contains { if case .warnOfBlindBeginning = $0 { true } else { false } } }
    }

    @Test func whoeverComesFirstToALivingNetworkIsLedIntoIt() throws {
        var harness = BootstrapHarness()
        harness.core.bridgesChanged([bridge], at: harness.now)
        report(peers: 3, &harness)
        harness.joinRegistered(0xa, on: 1)
        harness.ask("r1", 0xa, on: 1)
        #expect(harness.recordings.isEmpty)
        harness.end(try #require(harness.questions.first?.join), .helper(.naming(0xc)))
        #expect(harness.responses(to: 1).first?.join?.onboardingHelper == nil)
        #expect(harness.responses(to: 1).first?.join?.peers.map(\.nodeID) == [.node(0xc)])
        // And so are those who follow.
        harness.joinRegistered(0xd, on: 2)
        harness.ask("r2", 0xd, on: 2)
        #expect(harness.questions.map(\.newcomer) == [0xd])
        #expect(harness.recordings.isEmpty)
    }

    @Test func aLivingNetworkWithoutAHelperIsNotBegunAnew() throws {
        var harness = BootstrapHarness()
        harness.core.bridgesChanged([bridge], at: harness.now)
        report(peers: 3, &harness)
        harness.joinRegistered(0xa, on: 1)
        harness.ask("r1", 0xa, on: 1)
        harness.end(try #require(harness.questions.first?.join), .unavailable(.timedOut))
        #expect(harness.responses(to: 1).map(\.code) == ["no_helper"])
        #expect(harness.recordings.isEmpty)
    }

    @Test func aNetworkOfWhichNobodyIsLeftIsBegunOnceAllBridgesHaveSaidSoForLongEnough() throws {
        var harness = BootstrapHarness()
        harness.core.bridgesChanged([bridge], at: harness.now)
        report(peers: 1, &harness)
        report(peers: 0, &harness)
        harness.joinRegistered(0xa, on: 1)
        var rounds = 0
        while harness.recordings.isEmpty, rounds < 20 {
            harness.ask(WireRequestID("r\(rounds)") ?? "r", 0xa, on: 1)
            while let question = harness.questions.first {
                harness.end(question.join, .emergency([]))
                if harness.responses(to: 1).isEmpty, harness.recordings.isEmpty {
                    harness.advance(by: BootstrapDefaults.emptyBridgeRetryDelay)
                }
            }
            rounds += 1
        }
        #expect(harness.now.instant - .zero >= BootstrapDefaults.vacancyPatience)
        #expect(harness.recordings == [.recordGenesis(0xa, replacing: nil)])
        #expect(harness.core.counters.renewals == 0)
    }

    @Test func bridgesThatKnowNobodyDoNotHoldUpANewNetwork() {
        var harness = BootstrapHarness()
        harness.core.bridgesChanged([bridge], at: harness.now)
        report(peers: 0, &harness)
        harness.advance(by: BootstrapDefaults.bridgeWordPatience)
        harness.joinRegistered(0xa, on: 1)
        harness.ask("r1", 0xa, on: 1)
        #expect(harness.recordings == [.recordGenesis(0xa, replacing: nil)])
        #expect(!isWarned(harness))
    }

    @Test func aBridgeThatWasLinkedJustNowHasTheTimeToSpeak() throws {
        for knowsSomebody in [false, true] {
            var harness = BootstrapHarness()
            harness.core.bridgesChanged([bridge], at: harness.now)
            harness.joinRegistered(0xa, on: 1)
            harness.ask("r1", 0xa, on: 1)
            #expect(harness.recordings.isEmpty && harness.questions.isEmpty)
            harness.advance(by: .milliseconds(2))
            if knowsSomebody { report(peers: 3, &harness) }
            harness.advance(by: BootstrapDefaults.bridgeWordPatience)
            #expect(harness.recordings.isEmpty == knowsSomebody)
            #expect(harness.questions.isEmpty != knowsSomebody)
        }
    }

    @Test func aBridgeThatIsNotLinkedIsWaitedForAndAskedThen() {
        var harness = BootstrapHarness()
        harness.core.bridgesChanged([], absent: 1)
        harness.joinRegistered(0xa, on: 1)
        harness.ask("r1", 0xa, on: 1)
        harness.advance(by: .seconds(1))
        #expect(harness.recordings.isEmpty && harness.responses(to: 1).isEmpty)
        harness.core.bridgesChanged([bridge], at: harness.now)
        report(peers: 2, &harness)
        harness.advance(by: .milliseconds(200))
        #expect(harness.questions.map(\.newcomer) == [0xa])
    }

    @Test func aBridgeThatStaysAwayDoesNotPreventANewNetworkButIsSaidToBeMissing() {
        var harness = BootstrapHarness()
        harness.core.bridgesChanged([bridge], absent: 1)
        harness.joinRegistered(0xa, on: 1)
        harness.ask("r1", 0xa, on: 1)
        harness.advance(by: BootstrapDefaults.absentBridgePatience - .milliseconds(1))
        #expect(harness.recordings.isEmpty)
        harness.advance(by: .milliseconds(1))
        #expect(harness.recordings == [.recordGenesis(0xa, replacing: nil)])
        #expect(harness.actions.contains(.warnOfBlindBeginning(0xa, absentBridges: 1)))
        harness.recorded(.decided(0xa))
        #expect(harness.responses(to: 1).first?.join?.isGenesis == true)
    }

    @Test func whoWaitsForBridgesWhenTheServerStopsIsTold() {
        var harness = BootstrapHarness()
        harness.core.bridgesChanged([], absent: 1)
        harness.joinRegistered(0xa, on: 1)
        harness.ask("r1", 0xa, on: 1)
        harness.drain()
        #expect(harness.responses(to: 1).map(\.code) == ["stopping"])
        harness.advance(by: .seconds(10))
        #expect(harness.recordings.isEmpty)
    }

    @Test func withoutBridgesNobodyWaits() {
        var harness = BootstrapHarness()
        harness.joinRegistered(0xa, on: 1)
        harness.ask("r1", 0xa, on: 1)
        #expect(harness.recordings == [.recordGenesis(0xa, replacing: nil)])
    }
}
