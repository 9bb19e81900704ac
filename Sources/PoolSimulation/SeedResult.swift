/// What came of one seed.
package struct SeedResult: Sendable {
    package var seed: UInt64
    package var violation: Violation?
    /// Events until the end, or until the promise was broken.
    package var steps: Int
    package var hash: TraceHash
    package var rarities: RarityCounts
    /// Empty unless it was asked for.
    package var trace: [String]

    package init(
        seed: UInt64,
        violation: Violation?,
        steps: Int,
        hash: TraceHash = TraceHash(),
        rarities: RarityCounts = RarityCounts(),
        trace: [String] = []
    ) {
        self.seed = seed
        self.violation = violation
        self.steps = steps
        self.hash = hash
        self.rarities = rarities
        self.trace = trace
    }
}

extension Simulation {
    /// Lives through one seed.
    ///
    /// - Parameters:
    ///   - events: how many before the faults stop.
    ///   - only: the planned events that happen; nil: all.
    package static func run(
        seed: UInt64,
        events: Int,
        only: Set<Int>? = nil,
        keepsTrace: Bool = false
    ) -> SeedResult {
        let scenario = Scenario(seed: seed, events: events)
        var simulation = Simulation(scenario: scenario, only: only, keepsTrace: keepsTrace)
        simulation.run(events: events)
        return SeedResult(
            seed: seed,
            violation: simulation.checker.violation,
            steps: simulation.steps,
            hash: simulation.hash,
            rarities: simulation.rarities,
            trace: simulation.trace.lines
        )
    }
}
