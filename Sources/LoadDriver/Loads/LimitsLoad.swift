import NIOCore
import Telemetry
import Timekeeping

/// Measures what this machine and this load can do at all: a bare SwiftNIO WebSocket echo server, with the very client that
/// measures the others.
package struct LimitsLoad: Sendable {
    package var bare: MeasuredServer
    /// One measurement of cycles for each: how many connections there are at a time.
    package var inFlight: [Int]
    /// Cycles at each level.
    package var total: Int
    /// Messages under way at a time over one connection.
    package var window: Int
    /// Messages over it.
    package var messages: Int
    package var rounds: Int

    package init(
        bare: MeasuredServer,
        inFlight: [Int],
        total: Int,
        window: Int,
        messages: Int,
        rounds: Int = LoadDefaults.rounds
    ) {
        self.bare = bare
        self.inFlight = inFlight
        self.total = total
        self.window = window
        self.messages = messages
        self.rounds = rounds
    }

    package func run(_ context: LoadContext) async throws -> LimitsReport {
        let cycles = try Contender.cycles(at: bare, context)
        var report = LimitsReport(cycleBytes: EchoPayload.join.count, messageBytes: EchoPayload.request.count)
        for inFlight in inFlight {
            let watch = MachineWatch(context)
            let sides = await Contender.run(
                [cycles],
                total: total,
                rounds: rounds,
                inFlight: inFlight,
                context: context
            )
            let noise = watch.noise(roundsOf: sides[0])
            report.cycles.append(.init(inFlight: inFlight, cycles: sides[0], noise: noise))
        }
        report.echo = try await echo(context)
        return report
    }

    /// Every round has a connection of its own; opening it is a small part of the time.
    private func echo(_ context: LoadContext) async throws -> LimitsReport.Echo {
        let target = try LoadTarget(bare.url)
        let watch = MachineWatch(context)
        let counts = Shares.of(messages, among: rounds)
        var results: [MeasuredRound] = []
        var warmUp = LoadTally()
        // The first one is the warm-up.
        for (number, count) in (counts.prefix(1) + counts).enumerated() {
            let script = EchoStreamScript(payload: EchoPayload.request, window: window, total: count)
            let processors = ProcessorUse(server: bare.process)
            let tally = await ClosedLoop.run(total: 1, inFlight: 1, on: context.group, clock: context.clock) {
                [clock = context.clock] eventLoop, end in
                LoadSocket.play(script, at: target, on: eventLoop, clock: clock, end: end)
            }
            if number == 0 {
                warmUp = tally
            } else {
                results.append(MeasuredRound(tally: tally, time: processors.sinceThen()))
            }
        }
        return LimitsReport.Echo(
            window: window,
            counts: counts,
            streams: MeasuredSide(rounds: results, warmUp: warmUp),
            noise: { watch.noise(roundSpread: $0) }
        )
    }
}
