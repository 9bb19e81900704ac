import Kademlia
import NIOCore
import Synchronization
import Telemetry
import Timekeeping
import WebSocketTransport

/// Joins at a constant rate for a long time. Each newcomer stays as a member until the population is full and it is the oldest,
/// and leaves then. What the server uses meanwhile should not grow.
package struct SoakLoad: Sendable {
    package var server: MeasuredServer
    /// Joins a second.
    package var rate = HoldDefaults.soakRate
    package var duration = HoldDefaults.soakTime
    package var population = HoldDefaults.population
    package var sampleInterval = HoldDefaults.sampleInterval

    package init(server: MeasuredServer) {
        self.server = server
    }

    package func run(_ context: LoadContext) async throws -> SoakReport {
        let (group, clock) = (context.group, context.clock)
        let target = try LoadTarget(server.url)
        let firstPeer = try await FirstPeer.join(server.url, eventLoop: group.next(), clock: clock)
        defer { firstPeer.leave() }
        let members = Membership(limit: population)
        let machine = MachineWatch(context)
        let startedAt = clock.now()
        let busyBefore = try server.process.processorTime()
        let watch = ServerWatch(process: server.process, interval: sampleInterval, clock: clock)
        let (result, samples) = try await watch.during({ members.isFull }) {
            await OpenLoop.run(rate: rate, for: duration, eventLoop: group.next(), clock: clock) { end in
                join(members, at: target, on: group.next(), clock: clock, end: end)
            }
        }
        let busy = try server.process.processorTime() - busyBefore
        let elapsed = clock.now() - startedAt
        let (left, lost) = members.disperse()
        let joins = Measurement(result.tally, warmUp: LoadTally())
        let trend = SoakTrend(samples, population: population)
        return SoakReport(
            target: server.url.description,
            rate: rate,
            population: population,
            joins: joins,
            latestStartMs: result.latestStart.fractionalMilliseconds,
            lost: lost,
            left: left,
            cpuMicrosecondsPerJoin: joins.succeeded > 0 ? busy / .microseconds(1) / Double(joins.succeeded) : nil,
            cpuLoad: elapsed > .zero ? busy / elapsed : nil,
            trend: trend,
            noise: machine.noise(roundSpread: nil),
            flat: trend?.flat ?? false
        )
    }

    private func join(
        _ members: Membership,
        at target: LoadTarget,
        on eventLoop: any EventLoop,
        clock: SystemClock,
        end: @escaping @Sendable (LoadOutcome) -> Void
    ) {
        LoadSocket.open(
            JoinScript(node: NewcomerID.next(), goal: .helper),
            at: target,
            from: nil,
            on: eventLoop,
            clock: clock,
            lost: { members.lost($0) }
        ) { socket, outcome in
            if case .succeeded = outcome { members.add(socket) }
            end(outcome)
        }
    }
}

/// The newcomers that have joined and stay, the oldest first.
private final class Membership: Sendable {
    private struct State: Sendable {
        var members: [LoadSocket] = []
        var wasFull = false
        var left = 0
        var losses = LoadTally()
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = limit
    }

    /// The population has been complete, and stays so but for those that are lost.
    var isFull: Bool { state.withLock(\.wasFull) }

    /// The oldest makes room.
    func add(_ newcomer: LoadSocket) {
        let oldest = state.withLock { state -> LoadSocket? in
            state.members.append(newcomer)
            if state.members.count >= limit { state.wasFull = true }
            guard state.members.count > limit else { return nil }
            state.left += 1
            return state.members.removeFirst()
        }
        oldest?.leave()
    }

    func lost(_ reason: String) {
        // Counted as failures are, which bounds the reasons. It keeps its place until it is the oldest.
        state.withLock { $0.losses.record(.failed(reason)) }
    }

    /// Lets everybody go.
    ///
    /// - Returns: how many had left in order before, and how many were lost, by reason.
    func disperse() -> (left: Int, lost: [String: Int]) {
        let (members, left, lost) = state.withLock { state in
            defer { state.members = [] }
            return (state.members, state.left, state.losses.failures)
        }
        for member in members { member.leave() }
        return (left, lost)
    }
}
