/// What `causeway bench limits` found.
package struct LimitsReport: Sendable, Encodable {
    package let bench = "limits"
    /// Bytes that are echoed in a cycle: what a newcomer says in a join.
    package var cycleBytes: Int
    /// Bytes of a message over one connection: a question to a bridge.
    package var messageBytes: Int
    package var cycles: [Level] = []
    package var echo: Echo?

    package struct Level: Sendable, Encodable {
        package var inFlight: Int
        /// Connect, upgrade, echo, close.
        package var cycles: MeasuredSide
        package var noise: MachineNoise
    }

    /// Messages over one connection.
    package struct Echo: Sendable, Encodable {
        package var window: Int
        /// Of the middle round.
        package var perSecond: Double
        package var perSecondByRound: [Double]
        /// Processor time of a message.
        package var cpuMicroseconds: MeasuredSide.Processor
        package var failed: Int
        package var failures: [String: Int]
        package var noise: MachineNoise

        /// - Parameters:
        ///   - counts: messages of each round.
        ///   - streams: the rounds, each with one operation: its connection.
        init(window: Int, counts: [Int], streams: MeasuredSide, noise: (_ roundSpread: Double?) -> MachineNoise) {
            self.window = window
            perSecondByRound = zip(streams.rounds, counts).map { $0.perSecond * Double($1) }
            perSecond = Series.median(perSecondByRound) ?? 0
            let each = streams.all.succeeded > 0 ? Double(counts.reduce(0, +)) / Double(streams.all.succeeded) : 0
            cpuMicroseconds = MeasuredSide.Processor(
                server: streams.cpuMicroseconds.server.map { $0 / each },
                load: streams.cpuMicroseconds.load.map { $0 / each }
            )
            failed = streams.all.failedInAll
            failures = streams.all.failures
            self.noise = noise(streams.spread)
        }
    }

    package var failed: Int { cycles.reduce(0) { $0 + $1.cycles.all.failedInAll } + (echo?.failed ?? 0) }

    /// For people.
    package var table: String {
        var table = TextTable(heading: ["in flight"] + MeasuredSide.heading)
        for level in cycles { table.add([Figure.grouped(level.inFlight)] + level.cycles.cells) }
        var lines = [
            "connect, upgrade, echo of \(cycleBytes) bytes, close, at a bare server", table.text, MeasuredSide.legend,
        ]
        for level in cycles {
            let name = "\(Figure.grouped(level.inFlight)) in flight"
            lines.append(level.noise.line(of: name))
            lines += level.cycles.all.failureLines(of: name)
        }
        if let echo {
            func microseconds(_ value: Double?) -> String { value.map { Figure.fixed($0, places: 2) } ?? "-" }
            lines.append(
                """
                over one connection, window \(Figure.grouped(echo.window)): \(Figure.fixed(echo.perSecond, places: 0)) \
                messages of \(messageBytes) bytes echoed per second (us: server \
                \(microseconds(echo.cpuMicroseconds.server)), load \(microseconds(echo.cpuMicroseconds.load)))
                """
            )
            lines.append(echo.noise.line(of: "one connection"))
            lines += Failures.lines(echo.failures, of: "one connection")
        }
        return lines.joined(separator: "\n")
    }
}
