import PoolSimulation
import Testing

/// Seeds that everybody runs at each build; the command runs more of them.
@Suite struct SimulationTests {
    @Test(arguments: 0..<8)
    func noPromiseIsBroken(group: UInt64) {
        for seed in (group * 25)..<(group * 25 + 25) {
            let result = Simulation.run(seed: seed, events: 60)
            #expect(result.violation == nil, "seed \(seed), event \(result.steps)")
        }
    }

    @Test(arguments: [1, 77, 4_711, UInt64.max / 2])
    func sameSeedSameTrace(seed: UInt64) {
        let first = Simulation.run(seed: seed, events: 150)
        let second = Simulation.run(seed: seed, events: 150, keepsTrace: true)
        #expect(first.hash == second.hash)
        #expect(first.steps == second.steps)
        #expect(first.rarities == second.rarities)
        #expect(first.trace.isEmpty && !second.trace.isEmpty)
    }

    @Test func otherSeedsLiveOtherLives() {
        let hashes = Set((0..<20).map { Simulation.run(seed: $0, events: 30).hash.value })
        #expect(hashes.count == 20)
    }

    @Test func leavingOutEventsLeavesTheRestInPlace() {
        let whole = Scenario(seed: 5, events: 60)
        let result = Simulation.run(seed: 5, events: 60, only: Set(whole.plan.indices), keepsTrace: true)
        #expect(result.hash == Simulation.run(seed: 5, events: 60).hash)
        let none = Simulation.run(seed: 5, events: 60, only: [], keepsTrace: true)
        #expect(!none.trace.contains { $0.contains("] join") })
    }

    @Test func aCampaignAddsUpWhateverTheOrder() async {
        let alone = await Campaign(seeds: 100..<170, events: 5, workers: 1).run()
        let together = await Campaign(seeds: 100..<170, events: 5, workers: 3).run()
        #expect(alone.seeds == 70)
        #expect(alone.steps == together.steps)
        #expect(alone.hashText == together.hashText)
        #expect(alone.rarities == together.rarities)
        #expect(alone.failures == together.failures)
    }
}

@Suite struct MinimiserTests {
    /// A world that breaks if two events meet, whatever else happens.
    private func live(_ only: Set<Int>?, _ keepsTrace: Bool) -> SeedResult {
        let isBroken = only?.isSuperset(of: [17, 63]) ?? true
        return SeedResult(
            seed: 1,
            violation: isBroken ? Violation(.oneOutcome, "twice") : nil,
            steps: 100,
            trace: keepsTrace ? ["the end"] : []
        )
    }

    @Test func whatIsNotNeededIsCutAway() throws {
        let result = try #require(Minimiser().minimise(seed: 1, events: 100, planned: 100, live: live))
        #expect(result.plan == [17, 63])
        #expect(result.violation.invariant == .oneOutcome)
        #expect(result.trace == ["the end"])
    }

    @Test func aSoundSeedIsNotMinimised() {
        let result = Minimiser().minimise(seed: 1, events: 100, planned: 100) { _, _ in
            SeedResult(seed: 1, violation: nil, steps: 100)
        }
        #expect(result == nil)
    }

    @Test func anotherViolationIsAnotherStory() throws {
        let result = Minimiser().minimise(seed: 1, events: 10, planned: 10) { only, _ in
            let isWhole = only?.contains(4) ?? true
            return SeedResult(seed: 1, violation: Violation(isWhole ? .bounds : .books, ""), steps: 10)
        }
        #expect(try #require(result).plan == [4])
    }
}
