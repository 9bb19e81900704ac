import BridgeCore
import DHTTestKit
import Kademlia
import Testing
import Timekeeping

private let now = Instant.zero + .seconds(10_000)

private func helper(
    _ id: NodeID,
    kind: NodeKind = .server,
    heard: Duration = .zero,
    connected: Duration = .seconds(3_600),
    roundTrip: Duration = .milliseconds(10),
    hidden: Bool = false,
    token: Bool = true,
    dialledUs: Bool = true,
    reach: Reach = .dialable
) -> HelperCandidate {
    HelperCandidate(
        id: id,
        kind: kind,
        lastHeard: now - heard,
        connectedSince: now - connected,
        roundTrip: roundTrip,
        isTabHidden: hidden,
        holdsToken: token,
        dialledUs: dialledUs,
        reach: reach
    )
}

private func choose(_ candidates: [HelperCandidate], newcomer: NodeID = 0x99, reach: Reach = .dialable) -> Set<NodeID> {
    var chosen: Set<NodeID> = []
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<200 {
        let choice = HelperChoice.choose(
            among: candidates,
            newcomer: newcomer,
            newcomerReach: reach,
            at: now,
            using: &generator
        )
        if let choice { chosen.insert(choice.id) }
    }
    return chosen
}

@Suite struct HelperChoiceTests {
    @Test func nobodyUnfitIsEverChosen() {
        let unfit = [
            helper(1, kind: .bridge),
            helper(2, heard: .seconds(61)),
            helper(3, hidden: true),
            helper(0x99),
        ]
        #expect(choose(unfit) == [])
        #expect(choose([]) == [])
        #expect(choose(unfit + [helper(5, heard: .seconds(60))]) == [5])
    }

    @Test func seenTokenBeatsHope() {
        #expect(choose([helper(1, token: false), helper(2, token: true)]) == [2])
        #expect(choose([helper(1, token: false)]) == [1], "but hope beats nothing")
    }

    @Test func browserNewcomerNeedsAHelperItCanReach() {
        let portless = helper(1, reach: .unreachable)
        #expect(choose([portless], reach: .browser) == [])
        #expect(choose([portless, helper(2, reach: .dialable)], reach: .browser) == [2])
        #expect(choose([portless, helper(3, kind: .browser, reach: .browser)], reach: .browser) == [3])
        #expect(choose([portless, helper(4, kind: .unknown, reach: .unknown)], reach: .browser) == [4])
        #expect(choose([portless], reach: .dialable) == [1], "a newcomer with an address is dialled by the helper")
    }

    @Test func qualityDecidesBetweenEquallyLoadedHelpers() {
        let steady = helper(1)
        #expect(choose([steady, helper(2, connected: .seconds(10))]) == [1])
        #expect(choose([steady, helper(2, roundTrip: .milliseconds(900))]) == [1])
        #expect(choose([steady, helper(2, dialledUs: false)]) == [1])
    }

    @Test func loadDecidesBeforeQuality() {
        var asked = helper(1)
        asked.load.add(at: now)
        let poor = helper(2, connected: .zero, roundTrip: .seconds(2), dialledUs: false)
        #expect(choose([asked, poor]) == [2])
    }

    @Test func loadHalvesInTenSeconds() {
        var load = AssignmentLoad()
        for _ in 0..<8 { load.add(at: now) }
        #expect(load.value(at: now) == 8)
        #expect(load.value(at: now + .seconds(10)) == 4)
        #expect(load.value(at: now + .seconds(30)) == 1)
        #expect(load.value(at: now + .seconds(100)) == 0)
    }

    @Test(arguments: SeededGenerator.seeds(3)) func equalHelpersShareTheLoad(seed: UInt64) {
        print("helper choice seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        var candidates = (1...100).map { helper(NodeID(integerLiteral: $0)) }
        var counts: [NodeID: Int] = [:]
        for _ in 0..<10_000 {
            guard
                let choice = HelperChoice.choose(
                    among: candidates,
                    newcomer: 0x9999,
                    newcomerReach: .dialable,
                    at: now,
                    using: &generator
                )
            else {
                Issue.record("nobody chosen")
                return
            }
            counts[choice.id, default: 0] += 1
            candidates[Int(choice.id.low) - 1].load.add(at: now)
        }
        #expect(counts.count == 100, "nobody idles")
        #expect((counts.values.max() ?? 0) <= 150, "the busiest gets at most one and a half times the mean")
    }
}
