/// What `causeway bench join` found.
package struct JoinLoadReport: Sendable, Encodable {
    package let bench = "join"
    /// The bootstrap that was measured.
    package var target: String
    package var levels: [Level]
    package let confidence = RatioEstimate.method

    package struct Level: Sendable, Encodable {
        package var inFlight: Int
        package var joins: MeasuredSide
        /// Connect, upgrade, echo and close at a server of plain SwiftNIO.
        package var bare: MeasuredSide
        /// Joins per second over bare cycles per second.
        package var ofCeiling: RatioEstimate?
        /// Processor time of the servers, join over bare cycle.
        package var cpu: RatioEstimate?
        package var noise: MachineNoise

        init(inFlight: Int, joins: MeasuredSide, bare: MeasuredSide, noise: MachineNoise) {
            self.inFlight = inFlight
            self.joins = joins
            self.bare = bare
            self.noise = noise
            ofCeiling = RatioEstimate(throughputOf: joins, over: bare)
            cpu = RatioEstimate(processorOf: joins, over: bare)
        }
    }

    package init(target: String, levels: [Level]) {
        self.target = target
        self.levels = levels
    }

    package var failed: Int { levels.reduce(0) { $0 + $1.joins.all.failedInAll + $1.bare.all.failedInAll } }

    /// For people.
    package var table: String {
        var table = TextTable(heading: ["in flight"] + MeasuredSide.heading)
        for level in levels {
            table.add(["\(Figure.grouped(level.inFlight)), joins"] + level.joins.cells)
            table.add(["\(Figure.grouped(level.inFlight)), bare cycles"] + level.bare.cells)
        }
        var lines = ["joins at \(target), and connect, upgrade, echo, close at a bare server", table.text]
        lines.append(MeasuredSide.legend)
        for level in levels {
            let name = "\(Figure.grouped(level.inFlight)) in flight"
            let ceiling = level.ofCeiling?.text ?? "-"
            lines.append("\(name): joins reach \(ceiling) of the ceiling at \(level.cpu?.text ?? "-") times the cpu")
            for (kind, side) in [("joins", level.joins), ("bare cycles", level.bare)] {
                guard let answer = side.all.answerMs else { continue }
                lines.append("\(name): \(kind), from the first words to the last answer: \(answer.text)")
            }
            lines.append(level.noise.line(of: name))
            lines += level.joins.all.failureLines(of: "\(name), joins")
            lines += level.bare.all.failureLines(of: "\(name), bare cycles")
        }
        return (lines + ["(ratios: \(confidence))"]).joined(separator: "\n")
    }
}
