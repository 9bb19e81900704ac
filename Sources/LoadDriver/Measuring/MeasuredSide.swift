/// One round of one contender.
struct MeasuredRound: Sendable {
    var tally: LoadTally
    /// Processor time that it took; nil for what the system does not tell.
    var time: (server: Duration?, load: Duration?)
}

/// What one contender came to, over its rounds.
package struct MeasuredSide: Sendable, Encodable {
    /// All rounds together; the rate and the median latency are those of the middle round.
    package var all: Measurement
    /// Processor time of an operation, in the middle round: what the machine steals from a process counts as its time, too.
    package var cpuMicroseconds: Processor
    package var rounds: [Round]

    package struct Round: Sendable, Encodable {
        package var perSecond: Double
        package var p50Ms: Double?
        package var cpuMicroseconds: Processor
    }

    package struct Processor: Sendable, Encodable {
        /// nil (and not in JSON) for a process that we do not know.
        package var server: Double?
        /// This process, which makes the load.
        package var load: Double?
    }

    init(rounds: [MeasuredRound], warmUp: LoadTally) {
        var sum = LoadTally()
        for round in rounds { sum.add(round.tally) }
        self.rounds = rounds.map { round in
            Round(
                perSecond: round.tally.rate,
                p50Ms: round.tally.latencyMilliseconds(percentile: 50),
                cpuMicroseconds: Self.processor(round.time, for: round.tally.succeeded)
            )
        }
        all = Measurement(sum, warmUp: warmUp)
        all.perSecond = Series.median(self.rounds.map(\.perSecond)) ?? 0
        all.latencyMs.p50 = Series.median(self.rounds.compactMap(\.p50Ms))
        cpuMicroseconds = Processor(
            server: Series.median(self.rounds.compactMap(\.cpuMicroseconds.server)),
            load: Series.median(self.rounds.compactMap(\.cpuMicroseconds.load))
        )
    }

    /// The fastest round over the slowest; nil with less than two.
    package var spread: Double? {
        let rates = rounds.map(\.perSecond)
        guard rates.count > 1, let least = rates.min(), let most = rates.max(), least > 0 else { return nil }
        return most / least
    }

    private static func processor(_ time: (server: Duration?, load: Duration?), for count: Int) -> Processor {
        func each(_ time: Duration?) -> Double? {
            count > 0 ? time.map { $0 / .microseconds(1) / Double(count) } : nil
        }
        return Processor(server: each(time.server), load: each(time.load))
    }
}

extension MeasuredSide {
    static let heading = Measurement.heading + ["server us", "load us"]

    /// For people.
    var cells: [String] {
        func microseconds(_ value: Double?) -> String { value.map { Figure.fixed($0, places: 1) } ?? "-" }
        return all.cells + [microseconds(cpuMicroseconds.server), microseconds(cpuMicroseconds.load)]
    }

    static let legend = "(us: processor time for each; us, per second and p50 are those of the middle round)"
}
