import BridgeCore
import DHTTestKit
import Kademlia
import Testing
import Timekeeping
import WireMessages

/// How requests are spread over helpers that are equally fit, or unequally.
@Suite struct HelperSpreadTests {
    private struct Spread {
        var counts: [NodeID: Int] = [:]
        /// The longest any helper went without being asked.
        var longestIdle: Duration = .zero
    }

    /// Asks `requests` times, evenly over `time`, while every helper is heard once a second.
    private func spread(
        _ candidates: [HelperCandidate],
        requests: Int,
        over time: Duration,
        using generator: inout SeededGenerator
    ) -> Spread {
        var pool = HelperPool(candidates)
        var spread = Spread()
        let start = Instant.helperTestTime
        let step = time / requests
        var lastAsked: [NodeID: Instant] = [:]
        var nextBeat = start
        var now = start
        for _ in 0..<requests {
            if now >= nextBeat {
                for candidate in candidates { pool.heard(candidate.id, at: now) }
                nextBeat = now + .seconds(1)
            }
            let newcomer = Newcomer(id: .random(using: &generator), reach: .dialable(secure: true))
            guard let choice = pool.choose(for: newcomer, at: now, using: &generator) else {
                Issue.record("nobody chosen")
                return spread
            }
            spread.counts[choice.id, default: 0] += 1
            spread.longestIdle = max(spread.longestIdle, now - (lastAsked[choice.id] ?? start))
            lastAsked[choice.id] = now
            pool.update(choice.id) { $0.load.add(at: now) }
            now = now + step
        }
        for candidate in candidates {
            spread.longestIdle = max(spread.longestIdle, now - (lastAsked[candidate.id] ?? start))
        }
        return spread
    }

    @Test(arguments: SeededGenerator.seeds(3), [Duration.zero, .seconds(100)])
    func equalHelpersShareTheLoad(seed: UInt64, over time: Duration) {
        print("helper spread seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        let equals: [HelperCandidate] = (1...100).map { .helper(NodeID(integerLiteral: $0)) }
        let spread = spread(equals, requests: 10_000, over: time, using: &generator)
        #expect(spread.counts.count == 100, "nobody idles")
        #expect((spread.counts.values.max() ?? 0) <= 150, "the busiest gets at most one and a half times the mean")
    }

    @Test(arguments: SeededGenerator.seeds(3)) func poorHelpersGetLessButAreNotStarved(seed: UInt64) {
        print("unequal helper spread seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        let unequal = (1...100 as ClosedRange<UInt32>).map { number -> HelperCandidate in
            let since = Duration.seconds(Int.random(in: 1...4_000, using: &generator))
            let roundTrip = Duration.milliseconds(Int.random(in: 1...1_500, using: &generator))
            let helper = HelperCandidate.helper(
                NodeID(integerLiteral: number),
                connected: since,
                roundTrip: roundTrip,
                dialledUs: Bool.random(using: &generator)
            )
            let outcomes = Int.random(in: 0...20, using: &generator)
            let isGood = Bool.random(using: &generator)
            return helper.with {
                for _ in 0..<outcomes { $0.record(isGood ? .connected : .accepted, at: .helperTestTime) }
                if !isGood { $0.record(.failed, at: .helperTestTime) }
            }
        }
        let spread = spread(unequal, requests: 10_000, over: .seconds(100), using: &generator)
        #expect(spread.counts.count == 100)
        #expect((spread.counts.values.max() ?? 0) <= 200, "the best are not flooded")
        #expect(spread.longestIdle < .seconds(15))
        print(
            "idle at most \(spread.longestIdle), busiest \(spread.counts.values.max() ?? 0), least \(spread.counts.values.min() ?? 0)"
        )
    }
}
