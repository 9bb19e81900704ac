import Kademlia
package import Logging
package import NIOCore
package import Telemetry
package import WebSocketTransport

/// Measures joins at a bootstrap. One join is a new socket, the upgrade, `register` and `get_peers_or_genesis`, both
/// answers, and the close.
package struct JoinLoad: Sendable {
    package var target: WebSocketURL
    /// One measurement for each: how many joins are under way at a time.
    package var inFlight: [Int]
    /// Measured joins at each level, after the warm-up.
    package var total: Int

    package init(target: WebSocketURL, inFlight: [Int], total: Int) {
        self.target = target
        self.inFlight = inFlight
        self.total = total
    }

    /// A first peer joins and stays, then the levels run one after the other.
    package func run(
        group: any EventLoopGroup,
        clock: SystemClock,
        logger: Logger
    ) async throws -> JoinLoadReport {
        let client = WebSocketClient(group: group, logger: logger)
        let firstPeer = try await FirstPeer.join(target, client: client, eventLoop: group.next())
        defer { firstPeer.leave() }
        var report = JoinLoadReport(target: target.description, levels: [])
        for inFlight in inFlight {
            let join: ClosedLoop.Operation = { end in
                var generator = SystemRandomNumberGenerator()
                let script = JoinScript(node: .random(using: &generator), goal: .helper)
                ScriptedConnection.play(script, at: target, client: client, clock: clock, end: end)
            }
            let warmUp = await ClosedLoop.run(
                total: LoadDefaults.warmUp(total: total, inFlight: inFlight),
                inFlight: inFlight,
                clock: clock,
                operation: join
            )
            let tally = await ClosedLoop.run(total: total, inFlight: inFlight, clock: clock, operation: join)
            report.levels.append(.init(inFlight: inFlight, joins: Measurement(tally, warmUp: warmUp)))
        }
        return report
    }
}
