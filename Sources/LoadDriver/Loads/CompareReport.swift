/// What `causeway bench compare` found: the persistent mode against the stateless one.
package struct CompareReport: Sendable, Encodable {
    package let bench = "compare"
    package var joins: Joins
    /// At a bridge, with as many under way as joins.
    package var requests: [RequestLoadReport.Window]
    /// What a regression would break, with slack around the targets.
    package var requirements: [Requirement]
    /// All of it in a sentence.
    package var verdict: String
    package let confidence = RatioEstimate.method

    /// From end to end, through a bootstrap server of each mode.
    package struct Joins: Sendable, Encodable {
        package var inFlight: Int
        package var persistent: MeasuredSide
        package var stateless: MeasuredSide
        /// Connect, upgrade, echo and close at a server of plain SwiftNIO.
        package var bare: MeasuredSide
        package var ratio: ModeRatios
        /// Joins of the persistent mode per second over bare cycles per second.
        package var ofCeiling: RatioEstimate?
        package var noise: MachineNoise

        init(
            inFlight: Int,
            persistent: MeasuredSide,
            stateless: MeasuredSide,
            bare: MeasuredSide,
            noise: MachineNoise
        ) {
            self.inFlight = inFlight
            self.persistent = persistent
            self.stateless = stateless
            self.bare = bare
            self.noise = noise
            ratio = ModeRatios(persistent, over: stateless)
            ofCeiling = RatioEstimate(throughputOf: persistent, over: bare)
        }

        var failed: Int { [persistent, stateless, bare].reduce(0) { $0 + $1.all.failedInAll } }
    }

    /// A ratio, in the middle of the rounds, and what it must be.
    package struct Requirement: Sendable, Equatable, Encodable {
        package var name: String
        /// nil: not measured, and so not met.
        package var value: Double?
        package var atLeast: Double?
        package var atMost: Double?
        package var met: Bool

        init(_ name: String, _ value: Double?, atLeast: Double? = nil, atMost: Double? = nil) {
            self.name = name
            self.value = value
            self.atLeast = atLeast
            self.atMost = atMost
            met = value.map { $0 >= atLeast ?? -.infinity && $0 <= atMost ?? .infinity } ?? false
        }

        /// For people.
        package var text: String {
            let bound =
                atLeast.map { "at least \(Figure.fixed($0, places: 2))" }
                ?? atMost.map { "at most \(Figure.fixed($0, places: 2))" } ?? "anything"
            return "\(name) is \(value.map { Figure.fixed($0, places: 2) } ?? "not measured"), must be \(bound)"
        }
    }

    init(joins: Joins, requests: [RequestLoadReport.Window], minOfCeiling: Double) {
        self.joins = joins
        self.requests = requests
        let ratio = requests.first?.ratio
        failed = requests.reduce(joins.failed) { $0 + $1.failed }
        requirements = [
            Requirement("requests.p50", ratio?.p50?.median, atMost: LoadDefaults.maxMedianRatio),
            Requirement("requests.throughput", ratio?.throughput?.median, atLeast: LoadDefaults.minThroughputRatio),
            Requirement("joins.ofCeiling", joins.ofCeiling?.median, atLeast: minOfCeiling),
            Requirement("failed", Double(failed), atMost: 0),
        ]
        let isNoisy = joins.noise.tooNoisy || requests.contains { $0.noise.tooNoisy }
        verdict = Self.verdict(joins: joins.ratio, requests: ratio, isNoisy: isNoisy)
    }

    package let failed: Int

    package var missed: [Requirement] { requirements.filter { !$0.met } }

    private static func verdict(joins: ModeRatios, requests: ModeRatios?, isNoisy: Bool) -> String {
        guard let throughput = requests?.throughput, let p50 = requests?.p50, let joins = joins.throughput else {
            return "no verdict: one side had no success"
        }
        /// Better only if chance is no explanation.
        func isProven(_ ratio: RatioEstimate, above: Bool) -> Bool {
            above ? ratio.low.map { $0 > 1 } ?? false : ratio.high.map { $0 < 1 } ?? false
        }
        let better = isProven(throughput, above: true) && isProven(p50, above: false)
        let outcome = better ? "persistent links are faster" : "no proof that persistent links are faster"
        return """
            \(outcome): \(throughput.text) times the requests per second at \(p50.text) times the median latency, and \
            \(joins.text) times the joins per second\(isNoisy ? "; the machine was too noisy for absolute figures" : "")
            """
    }
}
