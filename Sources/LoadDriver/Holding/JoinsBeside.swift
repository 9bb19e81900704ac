import NIOCore

/// How joins beside idle peers are measured.
package struct JoinRounds: Sendable {
    /// Joins of one round.
    package var count = HoldDefaults.joins
    package var rounds = HoldDefaults.rounds
    package var inFlight = HoldDefaults.inFlight

    package init() {}

    /// Joins at one or more servers that take turns, after a warm-up of each. A first peer joins each network, so that others are
    /// led to a helper.
    func measure(
        at servers: [(MeasuredServer, held: Int)],
        context: LoadContext
    ) async throws -> JoinsMeasured {
        var firstPeers: [FirstPeer] = []
        defer {
            for peer in firstPeers { peer.leave() }
        }
        var contenders: [Contender] = []
        for (server, _) in servers {
            let peer = try await FirstPeer.join(server.url, eventLoop: context.group.next(), clock: context.clock)
            firstPeers.append(peer)
            contenders.append(try .joins(at: server.url, server.process, context))
        }
        let watch = MachineWatch(context)
        let sides = await Contender.run(
            contenders,
            total: count * rounds,
            rounds: rounds,
            inFlight: inFlight,
            context: context
        )
        return JoinsMeasured(
            sides: zip(servers, sides).map { JoinsBeside.Side(held: $0.held, joins: $1) },
            noise: watch.noise(roundSpread: sides.compactMap(\.spread).max())
        )
    }
}

/// What came of joins that took turns, and what else the machine did meanwhile.
struct JoinsMeasured {
    var sides: [JoinsBeside.Side]
    var noise: MachineNoise
}

/// Joins at a server with few peers against the same at one with many.
package struct JoinsBeside: Sendable, Encodable {
    package struct Side: Sendable, Encodable {
        /// Peers that are registered meanwhile.
        package var held: Int
        package var joins: MeasuredSide
    }

    /// Beside many, over beside few; nil where a side has no figure.
    package struct Ratio: Sendable, Encodable {
        /// Processor time of the server for each join.
        package var cpuPerJoin: RatioEstimate?
        /// Median latency.
        package var p50: RatioEstimate?
    }

    package var inFlight: Int
    /// Whether the two sides took turns, as two servers allow. Otherwise the machine may have changed in between.
    package var alternating: Bool
    package var few: Side
    package var many: Side
    package var ratio: Ratio
    package let target = HoldDefaults.joinTarget
    package var withinTarget: Bool
    /// While joins beside many were measured.
    package var noise: MachineNoise

    init(_ rounds: JoinRounds, alternating: Bool, few: Side, many: Side, noise: MachineNoise) {
        self.noise = noise
        inFlight = rounds.inFlight
        self.alternating = alternating
        self.few = few
        self.many = many
        let ratio = Ratio(
            cpuPerJoin: RatioEstimate(processorOf: many.joins, over: few.joins),
            p50: RatioEstimate(medianOf: many.joins, over: few.joins)
        )
        self.ratio = ratio
        withinTarget = [ratio.cpuPerJoin, ratio.p50].allSatisfy {
            $0.map { $0.value <= HoldDefaults.joinTarget } ?? false
        }
    }

    package var failed: Int { few.joins.all.failedInAll + many.joins.all.failedInAll }
}
