import Kademlia
import NIOCore
package import WebSocketTransport

/// Measures joins at a bootstrap, and the ceiling in the same run: how often a bare echo server is connected to, upgraded,
/// asked and left. One join is a new socket, the upgrade, `register` and `get_peers_or_genesis`, both answers, and the close.
package struct JoinLoad: Sendable {
    package var target: WebSocketURL
    /// The bootstrap's process; nil if it is not known.
    package var process: ObservedProcess?
    /// A bare echo server, which takes turns with the bootstrap.
    package var bare: MeasuredServer
    /// One measurement for each: how many joins are under way at a time.
    package var inFlight: [Int]
    /// Measured joins at each level, over all rounds, after the warm-up.
    package var total: Int
    package var rounds: Int

    package init(
        target: WebSocketURL,
        process: ObservedProcess?,
        bare: MeasuredServer,
        inFlight: [Int],
        total: Int,
        rounds: Int = LoadDefaults.rounds
    ) {
        self.target = target
        self.process = process
        self.bare = bare
        self.inFlight = inFlight
        self.total = total
        self.rounds = rounds
    }

    /// A first peer joins and stays, then the levels run one after the other.
    package func run(_ context: LoadContext) async throws -> JoinLoadReport {
        let firstPeer = try await FirstPeer.join(target, eventLoop: context.group.next(), clock: context.clock)
        defer { firstPeer.leave() }
        let joins = try Contender.joins(at: target, process, context)
        let cycles = try Contender.cycles(at: bare, context)
        var report = JoinLoadReport(target: target.description, levels: [])
        for inFlight in inFlight {
            let watch = MachineWatch(context)
            let sides = await Contender.run(
                [joins, cycles],
                total: total,
                rounds: rounds,
                inFlight: inFlight,
                context: context
            )
            let noise = watch.noise(roundsOf: sides[1])
            report.levels.append(.init(inFlight: inFlight, joins: sides[0], bare: sides[1], noise: noise))
        }
        return report
    }
}

extension Contender {
    /// Joins that want a helper. The network must have begun.
    static func joins(at url: WebSocketURL, _ process: ObservedProcess?, _ context: LoadContext) throws -> Contender {
        let target = try LoadTarget(url)
        return Contender(server: process) { [clock = context.clock] eventLoop, end in
            let script = JoinScript(node: NewcomerID.next(), goal: .helper)
            LoadSocket.play(script, at: target, on: eventLoop, clock: clock, end: end)
        }
    }

    /// Connect, upgrade, echo as much as a newcomer says in a join, close.
    static func cycles(at bare: MeasuredServer, _ context: LoadContext) throws -> Contender {
        let target = try LoadTarget(bare.url)
        let script = EchoScript(payload: EchoPayload.join)
        return Contender(server: bare.process) { [clock = context.clock] eventLoop, end in
            LoadSocket.play(script, at: target, on: eventLoop, clock: clock, end: end)
        }
    }
}
