/// What `causeway bench bridge-memory` found.
package struct BridgeMemoryReport: Sendable, Encodable {
    package let bench = "bridge-memory"
    /// Onboarding requests in flight.
    package var requests: Int
    /// All of them over one link.
    package var persistent: Side
    /// Each over a connection of its own.
    package var perConnection: Side
    package var ratio: Ratio
    package let memorySource = ObservedProcess.memorySource

    /// One bridge process.
    package struct Round: Sendable, Encodable {
        /// With helpers, after the warm-up.
        package var idleBytes: Int
        /// With the link, or with all the connections, authenticated; nobody has asked yet.
        package var linkedBytes: Int
        /// The most that was read from the first request to the last answer.
        package var peakBytes: Int
        /// How often it was read in that time.
        package var readings: Int
        package var requests: Measurement

        package var growthBytes: Int { peakBytes - idleBytes }
    }

    package struct Side: Sendable, Encodable {
        package var rounds: [Round]
        /// Medians over the rounds.
        package var linkGrowthBytes: Double?
        package var growthBytes: Double?
        package var bytesPerRequest: Double?

        init(_ rounds: [Round], requests: Int) {
            self.rounds = rounds
            linkGrowthBytes = Series.median(rounds.map { $0.linkedBytes - $0.idleBytes })
            growthBytes = Series.median(rounds.map(\.growthBytes))
            bytesPerRequest = growthBytes.map { $0 / Double(requests) }
        }
    }

    /// Persistent over per connection.
    package struct Ratio: Sendable, Encodable {
        package var growth: Double?
        package var growthByRound: [Double]
        package let target = HoldDefaults.growthTarget
        package var withinTarget: Bool
    }

    init(requests: Int, persistent: [Round], perConnection: [Round]) {
        self.requests = requests
        let oneLink = Side(persistent, requests: requests)
        let oneEach = Side(perConnection, requests: requests)
        self.persistent = oneLink
        self.perConnection = oneEach
        let growth = oneLink.growthBytes.flatMap { one in
            oneEach.growthBytes.flatMap { each in each > 0 ? one / each : nil }
        }
        ratio = Ratio(
            growth: growth,
            growthByRound: zip(persistent, perConnection).filter { $1.growthBytes > 0 }.map {
                Double($0.growthBytes) / Double($1.growthBytes)
            },
            withinTarget: growth.map { $0 <= HoldDefaults.growthTarget } ?? false
        )
    }

    package var failed: Int {
        (persistent.rounds + perConnection.rounds).reduce(0) { $0 + $1.requests.failedInAll }
    }

    /// For people.
    package var table: String {
        var table = TextTable(
            heading: ["KiB, medians", "idle", "linked", "peak", "growth", "bytes a request", "rounds", "failed"]
        )
        table.add(["one link"] + persistent.cells)
        table.add(["one connection each"] + perConnection.cells)
        let byRound = ratio.growthByRound.map { Figure.fixed($0 * 100, places: 1) }.joined(separator: ", ")
        let growth = ratio.growth.map { Figure.fixed($0 * 100, places: 1) } ?? "-"
        var lines = [
            "memory of a bridge with \(Figure.grouped(requests)) requests in flight", table.text,
            """
            one link needs \(growth) % of what one connection each needs (by round: \(byRound)); target \
            \(Figure.fixed(ratio.target * 100, places: 0)) %: \(ratio.withinTarget ? "met" : "MISSED")
            """,
            "(memory: \(memorySource))",
        ]
        for (name, side) in [("one link", persistent), ("one connection each", perConnection)] {
            let failures = side.rounds.reduce(into: [:]) { $0.merge($1.requests.failures, uniquingKeysWith: +) }
            lines += Failures.lines(failures, of: name)
        }
        return lines.joined(separator: "\n")
    }
}

extension BridgeMemoryReport.Side {
    fileprivate var cells: [String] {
        func kibibytes(_ value: Double?) -> String { value.map { Figure.fixed($0 / 1_024, places: 0) } ?? "-" }
        return [
            kibibytes(Series.median(rounds.map(\.idleBytes))), kibibytes(Series.median(rounds.map(\.linkedBytes))),
            kibibytes(Series.median(rounds.map(\.peakBytes))), kibibytes(growthBytes),
            bytesPerRequest.map { Figure.fixed($0, places: 0) } ?? "-", Figure.grouped(rounds.count),
            Figure.grouped(rounds.reduce(0) { $0 + $1.requests.failedInAll }),
        ]
    }
}
