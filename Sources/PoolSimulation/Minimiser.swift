/// Cuts a failing seed down to what is needed to see the same promise broken: first the end, then, by halves, whatever
/// planned events can be left out (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002).
package struct Minimiser: Sendable {
    package struct Result: Sendable {
        package var seed: UInt64
        /// How many events to live through.
        package var events: Int
        /// The planned events that are needed.
        package var plan: [Int]
        package var violation: Violation
        package var trace: [String]
    }

    /// How many runs may be spent: they are short, and a shorter story is a comfort, not a proof.
    package var patience = 600

    package init() {}

    /// - Returns: nil if the seed breaks nothing.
    package func minimise(seed: UInt64, events: Int) -> Result? {
        let count = Scenario(seed: seed, events: events).plan.count
        return minimise(seed: seed, events: events, planned: count) { only, keepsTrace in
            Simulation.run(seed: seed, events: events, only: only, keepsTrace: keepsTrace)
        }
    }

    /// - Parameter live: lives through the seed with only these planned events, and keeps a trace or not.
    package func minimise(
        seed: UInt64,
        events: Int,
        planned: Int,
        live: (Set<Int>?, Bool) -> SeedResult
    ) -> Result? {
        let first = live(nil, false)
        guard let violation = first.violation else { return nil }
        var runs = 0
        func fails(_ plan: [Int]) -> Bool {
            runs += 1
            return live(Set(plan), false).violation?.invariant == violation.invariant
        }

        // The plan is made for `events`, so that number stays; what lies behind the failure is cut away with the rest.
        var plan = Array(0..<planned)
        var chunk = max(1, plan.count / 2)
        while chunk >= 1, runs < patience {
            var start = 0
            var isShorter = false
            while start < plan.count, runs < patience {
                let candidate = Array(plan[..<start] + plan[min(start + chunk, plan.count)...])
                if fails(candidate) {
                    plan = candidate
                    isShorter = true
                } else {
                    start += chunk
                }
            }
            if chunk == 1, !isShorter { break }
            chunk = max(1, chunk / 2)
        }
        let last = live(Set(plan), true)
        return Result(
            seed: seed,
            events: events,
            plan: plan,
            violation: last.violation ?? violation,
            trace: last.trace
        )
    }
}
