import Kademlia
package import Logging
package import NIOCore
package import Telemetry
package import WebSocketTransport

/// Measures onboarding requests at a bridge: over one persistent link, as the pool keeps it, against one connection per
/// request. Both in one run, in alternating rounds, because only their ratio survives a busy machine.
package struct RequestLoad: Sendable {
    package var target: WebSocketURL
    package var secret: Secret
    /// One comparison for each: how many requests are under way at a time.
    package var windows: [Int]
    /// Measured requests of each kind for each window, over all rounds.
    package var total: Int

    package init(target: WebSocketURL, secret: Secret, windows: [Int], total: Int) {
        self.target = target
        self.secret = secret
        self.windows = windows
        self.total = total
    }

    package func run(
        group: any EventLoopGroup,
        clock: SystemClock,
        logger: Logger
    ) async throws -> RequestLoadReport {
        var report = RequestLoadReport(target: target.description, windows: [])
        for window in windows {
            let link = PersistentLink(
                target,
                secret: secret,
                window: window,
                group: group,
                clock: clock,
                logger: logger
            )
            defer { link.close() }
            try await link.open()
            var result = await compare(link, window: window, group: group, clock: clock, logger: logger)
            result.linksOpened = link.linksOpened
            report.windows.append(result)
        }
        return report
    }

    private func compare(
        _ link: PersistentLink,
        window: Int,
        group: any EventLoopGroup,
        clock: SystemClock,
        logger: Logger
    ) async -> RequestLoadReport.Window {
        let client = WebSocketClient(group: group, logger: logger)
        let persistent: ClosedLoop.Operation = { end in
            link.ask(end: end)
        }
        let perConnection: ClosedLoop.Operation = { end in
            var generator = SystemRandomNumberGenerator()
            let script = RequestScript(secret: secret, newcomer: .random(using: &generator))
            ScriptedConnection.play(script, at: target, client: client, clock: clock, end: end)
        }
        func measure(_ operation: @escaping ClosedLoop.Operation, _ count: Int) async -> LoadTally {
            await ClosedLoop.run(total: count, inFlight: window, clock: clock, operation: operation)
        }

        let warmUp = LoadDefaults.warmUp(total: total, inFlight: window)
        let warmUps = await (measure(persistent, warmUp), measure(perConnection, warmUp))
        var tallies = (LoadTally(), LoadTally())
        var ratios: [Double] = []
        for count in Self.shares(of: total, rounds: LoadDefaults.rounds) {
            let round = await (measure(persistent, count), measure(perConnection, count))
            if round.1.rate > 0 { ratios.append(round.0.rate / round.1.rate) }
            tallies.0.add(round.0)
            tallies.1.add(round.1)
        }
        return RequestLoadReport.Window(
            window: window,
            persistent: Measurement(tallies.0, warmUp: warmUps.0),
            perConnection: Measurement(tallies.1, warmUp: warmUps.1),
            throughputByRound: ratios
        )
    }

    /// Splits `total` into rounds that differ by one at most; a round without operations is left out.
    static func shares(of total: Int, rounds: Int) -> [Int] {
        (0..<rounds).map { total / rounds + ($0 < total % rounds ? 1 : 0) }.filter { $0 > 0 }
    }
}
