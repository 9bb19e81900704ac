package import NIOCore
package import Telemetry
import WebSocketTransport

/// What a measurement needs besides its target.
package struct LoadContext: Sendable {
    package var group: any EventLoopGroup
    package var clock: SystemClock
    /// All processes that take part besides this one; nil if one of them is not known, as a server that somebody else runs.
    package var processes: [ObservedProcess]?

    package init(group: any EventLoopGroup, clock: SystemClock, processes: [ObservedProcess]?) {
        self.group = group
        self.clock = clock
        self.processes = processes
    }
}

/// One of the loads that take turns.
struct Contender: Sendable {
    /// Its operations in a round, for each of a contender with 1.
    var turns = 1
    /// The process whose time the operations cost; nil: not known.
    var server: ObservedProcess?
    var operation: ClosedLoop.OperationOnLoop

    /// Runs all of them in alternating rounds, after a warm-up of each.
    ///
    /// - Parameters:
    ///   - total: operations of each contender over all rounds.
    /// - Returns: what came of each, in the order given.
    static func run(
        _ contenders: [Contender],
        total: Int,
        rounds: Int,
        inFlight: Int,
        context: LoadContext
    ) async -> [MeasuredSide] {
        func tally(_ contender: Contender, _ count: Int) async -> LoadTally {
            await ClosedLoop.run(
                total: count * contender.turns,
                inFlight: inFlight,
                on: context.group,
                clock: context.clock,
                operation: contender.operation
            )
        }
        var warmUps: [LoadTally] = []
        for contender in contenders {
            let count = LoadDefaults.warmUp(total: total * contender.turns, inFlight: inFlight) / contender.turns
            warmUps.append(await tally(contender, max(1, count)))
        }
        var results: [[MeasuredRound]] = contenders.map { _ in [] }
        for (number, count) in Shares.of(total, among: rounds).enumerated() {
            // Whoever went first goes last in the next round, so that what changes with time meets all alike.
            let order = Array(contenders.indices)
            for index in number.isMultiple(of: 2) ? order : order.reversed() {
                let processors = ProcessorUse(server: contenders[index].server)
                let tally = await tally(contenders[index], count)
                results[index].append(MeasuredRound(tally: tally, time: processors.sinceThen()))
            }
        }
        return zip(results, warmUps).map { MeasuredSide(rounds: $0, warmUp: $1) }
    }
}

/// Processor time of a server and of this process, from when it is made.
struct ProcessorUse: Sendable {
    private let server: ObservedProcess?
    private let start: (server: Duration?, load: Duration?)

    init(server: ObservedProcess?) {
        self.server = server
        start = Self.now(server)
    }

    /// nil for what the system does not tell.
    func sinceThen() -> (server: Duration?, load: Duration?) {
        let end = Self.now(server)
        return (Self.difference(end.server, start.server), Self.difference(end.load, start.load))
    }

    private static func now(_ server: ObservedProcess?) -> (server: Duration?, load: Duration?) {
        (try? server?.processorTime(), try? ObservedProcess.current.processorTime())
    }

    private static func difference(_ end: Duration?, _ start: Duration?) -> Duration? {
        end.flatMap { end in start.map { end - $0 } }
    }
}
