/// Many seeds, on several threads, and what they showed. The order of the seeds does not matter to the result.
package struct Campaign: Sendable {
    package var seeds: Range<UInt64>
    package var events: Int
    /// How many seeds live at a time.
    package var workers: Int

    package init(seeds: Range<UInt64>, events: Int, workers: Int = 1) {
        self.seeds = seeds
        self.events = events
        self.workers = workers
    }

    /// How many seeds one task lives through before the next asks for some.
    private static let slice: UInt64 = 64
    /// After so many broken seeds the rest would say the same.
    private static let enough = 20

    package func run() async -> CampaignResult {
        var result = CampaignResult(first: seeds.lowerBound, events: events)
        await withTaskGroup(of: CampaignResult.self) { group in
            var next = seeds.lowerBound
            func startSlice() {
                guard next < seeds.upperBound, result.failures.count < Self.enough else { return }
                let slice = next..<min(next + Self.slice, seeds.upperBound)
                next = slice.upperBound
                group.addTask { @concurrent in CampaignResult(of: slice, events: events) }
            }
            for _ in 0..<max(1, workers) { startSlice() }
            while let part = await group.next() {
                result.add(part)
                startSlice()
            }
        }
        result.failures.sort { $0.seed < $1.seed }
        return result
    }
}

/// What came of many seeds.
package struct CampaignResult: Sendable {
    package struct Failure: Sendable, Equatable {
        package var seed: UInt64
        package var violation: Violation
        package var steps: Int
    }

    package let first: UInt64
    package let events: Int
    package private(set) var seeds = 0
    /// Events in all.
    package private(set) var steps = 0
    /// Of all traces together, in whatever order they were made.
    package private(set) var hash: UInt64 = 0
    package private(set) var rarities = RarityCounts()
    package fileprivate(set) var failures: [Failure] = []

    fileprivate init(first: UInt64, events: Int) {
        self.first = first
        self.events = events
    }

    fileprivate init(of slice: Range<UInt64>, events: Int) {
        self.init(first: slice.lowerBound, events: events)
        for seed in slice { add(Simulation.run(seed: seed, events: events)) }
    }

    private mutating func add(_ result: SeedResult) {
        seeds += 1
        steps += result.steps
        var pair = TraceHash()
        pair.absorb(result.seed)
        pair.absorb(result.hash.value)
        hash &+= pair.value
        rarities.add(result.rarities)
        if let violation = result.violation {
            failures.append(Failure(seed: result.seed, violation: violation, steps: result.steps))
        }
    }

    fileprivate mutating func add(_ other: CampaignResult) {
        seeds += other.seeds
        steps += other.steps
        hash &+= other.hash
        rarities.add(other.rarities)
        failures += other.failures
    }

    /// 16 hex digits.
    package var hashText: String {
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
