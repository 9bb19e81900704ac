import Kademlia
package import Logging
import NIOCore
package import Telemetry
package import WebSocketTransport

/// Measures onboarding requests at a bridge: over one persistent link, as the pool keeps it, against one connection per
/// request. Both in one run, in alternating rounds, because only their ratio survives a busy machine.
package struct RequestLoad: Sendable {
    package var target: WebSocketURL
    /// The bridge's process; nil if it is not known.
    package var process: ObservedProcess?
    package var secret: Secret
    /// One comparison for each: how many requests are under way at a time.
    package var windows: [Int]
    /// Measured requests over a connection each for each window, over all rounds. Over one link it is ten times as many.
    package var total: Int
    package var rounds: Int

    package init(
        target: WebSocketURL,
        process: ObservedProcess?,
        secret: Secret,
        windows: [Int],
        total: Int,
        rounds: Int = LoadDefaults.rounds
    ) {
        self.target = target
        self.process = process
        self.secret = secret
        self.windows = windows
        self.total = total
        self.rounds = rounds
    }

    package func run(_ context: LoadContext, logger: Logger) async throws -> RequestLoadReport {
        let perConnection = try perConnection(context)
        var report = RequestLoadReport(target: target.description, windows: [])
        for window in windows {
            let link = PersistentLink(
                target,
                secret: secret,
                window: window,
                group: context.group,
                clock: context.clock,
                logger: logger
            )
            defer { link.close() }
            try await link.open()
            let watch = MachineWatch(context)
            let overLink = Contender(turns: LoadDefaults.linkTurns, server: process) { _, end in link.ask(end: end) }
            let sides = await Contender.run(
                [overLink, perConnection],
                total: total,
                rounds: rounds,
                inFlight: window,
                context: context
            )
            report.windows.append(
                RequestLoadReport.Window(
                    window: window,
                    persistent: sides[0],
                    perConnection: sides[1],
                    linksOpened: link.linksOpened,
                    noise: watch.noise(roundsOf: sides[0])
                )
            )
        }
        return report
    }

    private func perConnection(_ context: LoadContext) throws -> Contender {
        let target = try LoadTarget(target)
        return Contender(server: process) { [secret, clock = context.clock] eventLoop, end in
            let script = RequestScript(secret: secret, newcomer: NewcomerID.next())
            LoadSocket.play(script, at: target, on: eventLoop, clock: clock, end: end)
        }
    }
}
