import ArgumentParser
import FoundationEssentials
import PoolSimulation

/// `causeway simulate`: the link pool against scripted bridges, on a simulated clock and network.
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Simulate the link pool, with faults drawn from a seed, and check its promises after every event.",
        discussion: """
            The same seed lives the same life on every machine. A seed that breaks a promise is cut down to what is needed \
            to see it, and printed with its last events and the command that repeats it; the exit code is then 1. It is also \
            1 if a run of 10,000 seeds and more never meets one of the situations that it is there for.
            """
    )

    @Option(help: "The first seed.")
    var seed: UInt64 = 1

    @Option(help: "Events of each seed before the faults stop.")
    var events = 200

    @Option(help: "How many seeds.")
    var seeds: UInt64 = 1

    @Option(help: "Seeds at a time. (default: one for each core)")
    var workers: Int?

    @Option(help: ArgumentHelp("Leave out all planned events but these.", valueName: "numbers"))
    var only: NumberList?

    @Flag(help: "Print what happens, event by event; for one seed.")
    var trace = false

    @Flag(help: "Print one JSON object as the last line of standard output.")
    var json = false

    /// From here on, a situation that was never met is a fault of the simulation.
    private static let largeRun = 10_000
    /// How much of a failing seed's life is printed.
    private static let lastLines = 30
    /// How many failing seeds are told in full.
    private static let told = 3

    func validate() throws {
        guard seeds > 0, seed <= .max - seeds else { throw ValidationError("--seeds must be positive.") }
        guard (1...1_000_000).contains(events) else { throw ValidationError("--events must be between 1 and 1000000.") }
        if let workers, workers < 1 { throw ValidationError("--workers must be positive.") }
        guard seeds == 1 || (only == nil && !trace) else {
            throw ValidationError("--only and --trace are for one seed.")
        }
    }

    func run() async throws {
        if only != nil || trace {
            try runOne()
        } else {
            try await runAll()
        }
    }

    private func runOne() throws {
        let result = Simulation.run(
            seed: seed,
            events: events,
            only: only.map { Set($0.numbers) },
            keepsTrace: trace || !json
        )
        let lines = trace ? result.trace[...] : result.trace.suffix(result.violation == nil ? 0 : Self.lastLines)
        for line in lines { print(line) }
        if let violation = result.violation { print("seed \(seed), event \(result.steps): \(violation)") }
        let failures = result.violation.map {
            [SimulationReport.Failure(seed: seed, violation: $0, only: only?.numbers)]
        }
        try finish(
            SimulationReport(
                seed: seed,
                seeds: 1,
                events: events,
                simulatedEvents: result.steps,
                traceHash: result.hash.description,
                failures: failures ?? [],
                situations: situations(result.rarities),
                missing: []
            )
        )
    }

    private func runAll() async throws {
        let start = ContinuousClock.now
        let workers = self.workers ?? ProcessInfo.processInfo.activeProcessorCount
        let result = await Campaign(seeds: seed..<(seed + seeds), events: events, workers: workers).run()
        let seconds = start.duration(to: .now)
        var failures: [SimulationReport.Failure] = []
        for (index, failure) in result.failures.enumerated() {
            var plan: [Int]?
            if index < Self.told { plan = tell(failure) }
            failures.append(.init(seed: failure.seed, violation: failure.violation, only: plan))
        }
        let missing = result.seeds >= Self.largeRun ? result.rarities.missing : []
        if !json {
            print("\(result.seeds) seeds, \(result.steps) events in \(seconds), trace hash \(result.hashText)")
            for rarity in Rarity.allCases { print("    \(rarity.rawValue): \(result.rarities[rarity])") }
        }
        for rarity in missing { print("never met in \(result.seeds) seeds: \(rarity.rawValue)") }
        try finish(
            SimulationReport(
                seed: seed,
                seeds: result.seeds,
                events: events,
                simulatedEvents: result.steps,
                traceHash: result.hashText,
                failures: failures,
                situations: situations(result.rarities),
                missing: missing.map(\.rawValue)
            )
        )
    }

    /// Prints a failing seed's story; answers the planned events that it needs.
    private func tell(_ failure: CampaignResult.Failure) -> [Int]? {
        print("seed \(failure.seed), event \(failure.steps): \(failure.violation)")
        print("    causeway simulate --seed \(failure.seed) --events \(events)")
        guard let least = Minimiser().minimise(seed: failure.seed, events: events) else { return nil }
        for line in least.trace.suffix(Self.lastLines) { print("    \(line)") }
        print("    \(least.violation)")
        let numbers = least.plan.isEmpty ? NumberList.none : least.plan.map(String.init).joined(separator: ",")
        print("    causeway simulate --seed \(failure.seed) --events \(events) --trace --only \(numbers)")
        return least.plan
    }

    private func situations(_ counts: RarityCounts) -> [String: Int] {
        Dictionary(uniqueKeysWithValues: Rarity.allCases.map { ($0.rawValue, counts[$0]) })
    }

    private func finish(_ report: SimulationReport) throws {
        if json { try JSONReport.print(report) }
        if !report.failures.isEmpty || !report.missing.isEmpty { throw ExitCode(1) }
    }
}

/// What `--json` prints.
private struct SimulationReport: Encodable {
    struct Failure: Encodable {
        var seed: UInt64
        var invariant: String
        var detail: String
        /// The planned events that are needed to see it, where that was found out.
        var only: [Int]?

        init(seed: UInt64, violation: Violation, only: [Int]?) {
            self.seed = seed
            invariant = violation.invariant.rawValue
            detail = violation.detail
            self.only = only
        }
    }

    var seed: UInt64
    var seeds: Int
    var events: Int
    var simulatedEvents: Int
    var traceHash: String
    var failures: [Failure]
    var situations: [String: Int]
    /// Situations that a large run should have met and did not.
    var missing: [String]
}

/// Numbers with commas between them, or the word for an empty list.
struct NumberList: ExpressibleByArgument, Sendable, Equatable {
    static let none = "none"

    let numbers: [Int]

    init?(argument: String) {
        var numbers: [Int] = []
        if argument == Self.none {
            self.numbers = numbers
            return
        }
        for word in argument.split(separator: ",") {
            guard let number = Int(word), number >= 0 else { return nil }
            numbers.append(number)
        }
        self.numbers = numbers
    }
}
