/// What else went on while something was measured, and whether that was too much.
package struct MachineNoise: Sendable, Equatable, Encodable {
    /// Share of all processor time that the machine under this one took.
    package var stealShare: Double?
    /// The same for processes that had no part in the measurement; nil if not all that had one are known.
    package var othersShare: Double?
    /// How much faster the fastest round was than the slowest, of rounds that should be equal.
    package var roundSpread: Double?
    /// Absolute figures are doubtful. Ratios of alternating rounds remain.
    package var tooNoisy: Bool
    /// Why, in words.
    package var reasons: [String]

    init(stealShare: Double?, othersShare: Double?, roundSpread: Double?) {
        func percent(_ share: Double) -> String { "\(Figure.fixed(share * 100, places: 1)) %" }
        self.stealShare = stealShare
        self.othersShare = othersShare
        self.roundSpread = roundSpread
        var reasons: [String] = []
        if let stealShare, stealShare > LoadDefaults.maxStealShare {
            reasons.append("steal took \(percent(stealShare)) of the processors")
        }
        if let othersShare, othersShare > LoadDefaults.maxOthersShare {
            reasons.append("other processes took \(percent(othersShare)) of the processors")
        }
        if let roundSpread, roundSpread > LoadDefaults.maxRoundSpread {
            reasons.append("equal rounds differed by a factor of \(Figure.fixed(roundSpread, places: 2))")
        }
        self.reasons = reasons
        tooNoisy = !reasons.isEmpty
    }

    /// For people. Never empty: quiet is said, too.
    package func line(of name: String) -> String {
        func percent(_ share: Double?) -> String { share.map { "\(Figure.fixed($0 * 100, places: 1)) %" } ?? "unknown" }
        if tooNoisy {
            return
                "\(name): the machine was too noisy: \(reasons.joined(separator: ", ")); absolute figures are doubtful"
        }
        let spread = roundSpread.map { Figure.fixed($0, places: 2) } ?? "unknown"
        return
            "\(name): noise: steal \(percent(stealShare)), other processes \(percent(othersShare)), rounds within \(spread)"
    }
}

/// Looks at the machine at the begin of a measurement, and at its end.
struct MachineWatch: Sendable {
    private let processes: [ObservedProcess]?
    private let machine: MachineTime?
    private let ours: Duration?

    /// - Parameter context: knows the processes that take part; this one always does.
    init(_ context: LoadContext) {
        processes = context.processes.map { $0 + [.current] }
        machine = MachineTime.now()
        ours = Self.time(of: processes)
    }

    /// - Parameter side: whose rounds should be equal.
    func noise(roundsOf side: MeasuredSide) -> MachineNoise {
        noise(roundSpread: side.spread)
    }

    func noise(roundSpread: Double?) -> MachineNoise {
        guard let machine, let end = MachineTime.now(), end.total - machine.total >= LoadDefaults.minTicks else {
            return MachineNoise(stealShare: nil, othersShare: nil, roundSpread: roundSpread)
        }
        let total = Double(end.total - machine.total)
        let programs = Double(end.programs - machine.programs)
        let spent = Self.time(of: processes).flatMap { end in ours.map { end - $0 } }
        return MachineNoise(
            stealShare: Double(end.steal - machine.steal) / total,
            othersShare: spent.map { max(0, programs - $0 / .seconds(1) * MachineTime.ticksPerSecond) / total },
            roundSpread: roundSpread
        )
    }

    private static func time(of processes: [ObservedProcess]?) -> Duration? {
        guard let processes else { return nil }
        let times = processes.map { try? $0.processorTime() }
        let known = times.compactMap(\.self)
        return known.count == times.count ? known.reduce(.zero, +) : nil
    }
}
