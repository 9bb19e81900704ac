import Kademlia
package import Logging
import NIOCore
package import Telemetry

/// Compares one persistent link per bridge with one connection per request, in the same program and the same run: joins
/// through two bootstrap servers that differ in nothing else, and requests at a bridge.
package struct CompareLoad: Sendable {
    /// A bootstrap server with a link to each bridge.
    package var persistent: MeasuredServer
    /// One with a connection for each request.
    package var stateless: MeasuredServer
    /// A bare echo server: the ceiling.
    package var bare: MeasuredServer
    package var bridge: MeasuredServer
    package var secret: Secret
    /// Joins and requests under way at a time.
    package var inFlight: Int
    /// Joins at each server, and requests over a connection each, over all rounds.
    package var total: Int
    package var rounds: Int

    package init(
        persistent: MeasuredServer,
        stateless: MeasuredServer,
        bare: MeasuredServer,
        bridge: MeasuredServer,
        secret: Secret,
        inFlight: Int,
        total: Int,
        rounds: Int
    ) {
        self.persistent = persistent
        self.stateless = stateless
        self.bare = bare
        self.bridge = bridge
        self.secret = secret
        self.inFlight = inFlight
        self.total = total
        self.rounds = rounds
    }

    /// - Parameter minOfCeiling: joins over one link must reach this share of the bare rate.
    package func run(_ context: LoadContext, logger: Logger, minOfCeiling: Double) async throws -> CompareReport {
        var firstPeers: [FirstPeer] = []
        defer { for peer in firstPeers { peer.leave() } }
        for server in [persistent, stateless] {
            firstPeers.append(
                try await FirstPeer.join(server.url, eventLoop: context.group.next(), clock: context.clock)
            )
        }
        let watch = MachineWatch(context)
        let sides = await Contender.run(
            [
                try .joins(at: persistent.url, persistent.process, context),
                try .joins(at: stateless.url, stateless.process, context),
                try .cycles(at: bare, context),
            ],
            total: total,
            rounds: rounds,
            inFlight: inFlight,
            context: context
        )
        let joins = CompareReport.Joins(
            inFlight: inFlight,
            persistent: sides[0],
            stateless: sides[1],
            bare: sides[2],
            noise: watch.noise(roundsOf: sides[2])
        )
        let requests = RequestLoad(
            target: bridge.url,
            process: bridge.process,
            secret: secret,
            windows: [inFlight],
            total: total,
            rounds: rounds
        )
        let windows = try await requests.run(context, logger: logger).windows
        return CompareReport(joins: joins, requests: windows, minOfCeiling: minOfCeiling)
    }
}
