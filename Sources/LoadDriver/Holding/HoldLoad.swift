import Telemetry
import Timekeeping
package import WebSocketTransport

/// A server to measure, and its process on this machine.
package struct MeasuredServer: Sendable {
    package var url: WebSocketURL
    package var process: ObservedProcess

    package init(url: WebSocketURL, process: ObservedProcess) {
        self.url = url
        self.process = process
    }
}

/// Measures what idle registered peers cost a bootstrap server, and what they cost the joins of others.
package struct HoldLoad {
    /// Opens idle connections, and returns when every one is open or has failed.
    package typealias Open = (WebSocketURL, HeldAs, HoldPlan.Share) async throws -> any PeerHolder

    /// They share the peers as the plan says.
    package var servers: [MeasuredServer]
    package var plan: HoldPlan
    /// Has a few peers only, so that joins there and at the first of the servers can take turns. nil: joins beside a few are
    /// measured at the first server before it has more; it then has these few besides its share.
    package var serverWithFew: MeasuredServer?
    /// A bare echo server, for as many connections as the first server has; nil: no ceiling is measured.
    package var echo: MeasuredServer?
    package var holding = HoldDefaults.holding
    /// nil: no joins are measured.
    package var joins: JoinRounds?

    package init(servers: [MeasuredServer], plan: HoldPlan) {
        self.servers = servers
        self.plan = plan
    }

    private typealias Held = (report: IdleReport, holders: [any PeerHolder])

    package func run(
        context: LoadContext,
        open: Open
    ) async throws -> HoldReport {
        var echoed: IdleReport?
        if let echo {
            let shares = plan.shares.filter { $0.server == 0 }
            let held = try await hold(
                shares,
                as: .echoed,
                at: [echo],
                before: [echo.process.reading()],
                context.clock,
                open
            )
            echoed = try await release(held)
        }
        let before = try servers.map { server throws(ObservedProcess.Unreadable) in try server.process.reading() }
        let few = HoldPlan.Share(server: 0, peers: HoldDefaults.few, firstPeer: 0)

        var beside: JoinsBeside.Side?
        var besideFew: (any PeerHolder)?
        if let joins, let first = servers.first, serverWithFew == nil {
            besideFew = try await open(first.url, .registered, few)
            beside = try await joins.measure(at: [(first, held: few.peers)], context: context).sides.first
        }
        var held = try await hold(
            plan.shares,
            as: .registered,
            at: servers,
            before: before,
            context.clock,
            open,
            besideFew
        )
        var joined: JoinsBeside?
        if let joins, let first = servers.first, let many = plan.atServers.first {
            if let serverWithFew {
                held.holders.append(try await open(serverWithFew.url, .registered, few))
                let measured = try await joins.measure(
                    at: [(serverWithFew, held: few.peers), (first, held: many)],
                    context: context
                )
                joined = JoinsBeside(
                    joins,
                    alternating: true,
                    few: measured.sides[0],
                    many: measured.sides[1],
                    noise: measured.noise
                )
            } else if let beside {
                let measured = try await joins.measure(at: [(first, held: many + few.peers)], context: context)
                joined = JoinsBeside(
                    joins,
                    alternating: false,
                    few: beside,
                    many: measured.sides[0],
                    noise: measured.noise
                )
            }
        }
        return HoldReport(
            target: servers.map(\.url.description),
            peers: plan.atServers.reduce(0, +),
            registered: try await release(held),
            echo: echoed,
            joins: joined
        )
    }

    /// - Parameter first: connections that are open already.
    private func hold(
        _ shares: [HoldPlan.Share],
        as kind: HeldAs,
        at servers: [MeasuredServer],
        before: [ObservedProcess.Reading],
        _ clock: SystemClock,
        _ open: Open,
        _ first: (any PeerHolder)? = nil
    ) async throws -> Held {
        var holders = first.map { [$0] } ?? []
        var counts = Array(repeating: 0, count: servers.count)
        counts[0] = first?.opened.held ?? 0
        for share in shares {
            let holder = try await open(servers[share.server].url, kind, share)
            holders.append(holder)
            counts[share.server] += holder.opened.held
        }
        let opened = try servers.map { server throws(ObservedProcess.Unreadable) in try server.process.reading() }
        let startedAt = clock.now()
        let busyBefore = try servers.map { server throws(ObservedProcess.Unreadable) in
            try server.process.processorTime()
        }
        try await Task.sleep(for: holding)
        let elapsed = clock.now() - startedAt
        let readings = try servers.indices.map { index throws(ObservedProcess.Unreadable) in
            let busy = try servers[index].process.processorTime() - busyBefore[index]
            return IdleReport.Server(
                connections: counts[index],
                empty: before[index],
                opened: opened[index],
                held: try servers[index].process.reading(),
                cpuLoad: elapsed > .zero ? busy / elapsed : nil
            )
        }
        return (
            IdleReport(
                asked: holders.reduce(0) { $0 + $1.opened.asked },
                opened: holders.map(\.opened),
                heldFor: elapsed,
                servers: readings,
                lost: [:]
            ), holders
        )
    }

    /// Closes the connections, and learns how many had been lost. Whatever was not opened after the report counts, too.
    private func release(_ held: Held) async throws -> IdleReport {
        var report = held.report
        report.failures = held.holders.reduce(into: [:]) { $0.merge($1.opened.failures, uniquingKeysWith: +) }
        for holder in held.holders { report.lost.merge(try await holder.release(), uniquingKeysWith: +) }
        return report
    }
}
