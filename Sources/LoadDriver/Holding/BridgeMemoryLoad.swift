import Kademlia
package import Logging
package import NIOCore
import Synchronization
package import Telemetry
import Timekeeping
import WebSocketTransport

/// Measures by how much a bridge's memory grows with many requests in flight: over one link, and over one connection each.
/// Each round has a bridge process of its own, and the two kinds take turns.
package struct BridgeMemoryLoad {
    /// A bridge for one round.
    package struct Bridge {
        package var server: MeasuredServer
        package var stop: () -> Void

        package init(server: MeasuredServer, stop: @escaping () -> Void) {
            self.server = server
            self.stop = stop
        }
    }

    package var secret: Secret
    package var requests: Int
    package var rounds: Int
    /// Requests that each bridge answers before it counts as idle.
    package var warmUp = HoldDefaults.warmUp
    /// Members of the DHT that the bridge can name.
    package var helpers = HoldDefaults.helpers

    package init(secret: Secret, requests: Int, rounds: Int) {
        self.secret = secret
        self.requests = requests
        self.rounds = rounds
    }

    package func run(
        group: any EventLoopGroup,
        clock: SystemClock,
        logger: Logger,
        start: () async throws -> Bridge
    ) async throws -> BridgeMemoryReport {
        var persistent: [BridgeMemoryReport.Round] = []
        var perConnection: [BridgeMemoryReport.Round] = []
        for number in 0..<rounds {
            // Whoever went first goes last in the next round.
            for isPersistent in number.isMultiple(of: 2) ? [true, false] : [false, true] {
                let bridge = try await start()
                defer { bridge.stop() }
                var helpers: [HelperPeer] = []
                defer {
                    for helper in helpers { helper.leave() }
                }
                for _ in 0..<self.helpers {
                    helpers.append(try await HelperPeer.join(bridge.server.url, group: group, logger: logger))
                }
                let round = BridgeMemoryRound(
                    server: bridge.server,
                    secret: secret,
                    requests: requests,
                    warmUpRequests: warmUp,
                    group: group,
                    clock: clock,
                    logger: logger
                )
                if isPersistent {
                    persistent.append(try await round.persistent())
                } else {
                    perConnection.append(try await round.perConnection())
                }
            }
        }
        return BridgeMemoryReport(requests: requests, persistent: persistent, perConnection: perConnection)
    }
}

/// One bridge process, from idle to the peak.
private struct BridgeMemoryRound {
    let server: MeasuredServer
    let secret: Secret
    let requests: Int
    let warmUpRequests: Int
    let group: any EventLoopGroup
    let clock: SystemClock
    let logger: Logger

    func persistent() async throws -> BridgeMemoryReport.Round {
        let warmUp = try await warmUp()
        let idle = try server.process.residentBytes()
        let link = link(window: requests)
        defer { link.close() }
        try await link.open()
        let linked = try server.process.residentBytes()
        return try await measure(requests, idle: idle, linked: linked, warmUp: warmUp) { end in link.ask(end: end) }
    }

    func perConnection() async throws -> BridgeMemoryReport.Round {
        let warmUp = try await warmUp()
        let idle = try server.process.residentBytes()
        let waiting = Mutex<[LoadSocket]>([])
        defer {
            for socket in waiting.withLock({ $0 }) { socket.leave() }
        }
        let opened = try await authenticate(requests) { socket in waiting.withLock { $0.append(socket) } }
        let linked = try server.process.residentBytes()
        let next = Atomic(0)
        var warmUps = warmUp
        for (reason, count) in opened.failures {
            for _ in 0..<count { warmUps.record(.failed(reason)) }
        }
        return try await measure(opened.succeeded, idle: idle, linked: linked, warmUp: warmUps) { end in
            let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
            let socket = waiting.withLock { $0.indices.contains(index) ? $0[index] : nil }
            guard let socket else { return end(.failed("no connection")) }
            socket.play(AskScript(newcomer: NewcomerID.next())) { _, outcome in end(outcome) }
        }
    }

    /// Sends all requests at once, and reads the memory until all are answered.
    private func measure(
        _ requests: Int,
        idle: Int,
        linked: Int,
        warmUp: LoadTally,
        _ ask: @escaping ClosedLoop.Operation
    ) async throws -> BridgeMemoryReport.Round {
        let watch = ServerWatch(process: server.process, interval: HoldDefaults.peakInterval, clock: clock)
        let (tally, peak, readings) = try await watch.peak {
            await ClosedLoop.run(total: requests, inFlight: requests, clock: clock, operation: ask)
        }
        return BridgeMemoryReport.Round(
            idleBytes: idle,
            linkedBytes: linked,
            peakBytes: peak,
            readings: readings,
            requests: Measurement(tally, warmUp: warmUp)
        )
    }

    /// Requests of both kinds, few at a time, on connections that are closed again.
    private func warmUp() async throws -> LoadTally {
        let window = HoldDefaults.warmUpWindow
        let open = try server.process.reading().descriptors
        let link = link(window: window)
        try await link.open()
        var tally = await ClosedLoop.run(total: warmUpRequests, inFlight: window, clock: clock) { end in
            link.ask(end: end)
        }
        link.close()
        let target = try LoadTarget(server.url)
        tally.add(
            await ClosedLoop.run(total: window, inFlight: window, clock: clock) { end in
                let script = RequestScript(secret: secret, newcomer: NewcomerID.next())
                LoadSocket.play(script, at: target, on: group.next(), clock: clock, end: end)
            }
        )
        // An idle bridge has seen them go.
        let deadline = clock.now() + HoldDefaults.closing
        while try server.process.reading().descriptors > open, clock.now() < deadline {
            try await Task.sleep(for: .milliseconds(5))
        }
        return tally
    }

    private func authenticate(
        _ count: Int,
        _ use: @escaping @Sendable (LoadSocket) -> Void
    ) async throws -> LoadTally {
        let target = try LoadTarget(server.url)
        return await ClosedLoop.run(total: count, inFlight: min(count, HoldDefaults.opening), clock: clock) { end in
            LoadSocket.open(
                AuthenticateScript(secret: secret),
                at: target,
                from: nil,
                on: group.next(),
                clock: clock,
                lost: { _ in }
            ) { socket, outcome in
                if case .succeeded = outcome { use(socket) }
                end(outcome)
            }
        }
    }

    private func link(window: Int) -> PersistentLink {
        PersistentLink(server.url, secret: secret, window: window, group: group, clock: clock, logger: logger)
    }
}
