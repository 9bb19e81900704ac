import NIOCore

/// Something on an event loop that has deadlines.
protocol SweptConnection: AnyObject {
    /// Where the sweeper keeps it; for the sweeper only.
    var sweepIndex: Int { get set }
    func sweep(at now: NIODeadline)
    /// The server is shutting down: end this connection politely, as soon as it can be.
    func drain()
    func abort()
}

/// Looks after the deadlines of all connections of one event loop, and knows them all.
///
/// One timer for all: a scheduled task per connection would cost each idle one several hundred bytes. Deadlines are noticed at most
/// one `interval` late. Lives on its event loop and may only be used there.
final class ConnectionSweeper {
    private enum Phase {
        case serving
        case draining
        /// Whoever is still there, or comes, is aborted.
        case aborting
    }

    let eventLoop: any EventLoop
    let limits: WebSocketLimits
    private let interval: TimeAmount
    private var connections: [any SweptConnection] = []
    private var isScheduled = false
    private var phase = Phase.serving
    private var emptied: EventLoopPromise<Void>?

    init(eventLoop: any EventLoop, limits: WebSocketLimits) {
        self.eventLoop = eventLoop
        self.limits = limits
        self.interval = Self.interval(for: limits)
    }

    /// A quarter of the shortest deadline, but no more often than every 5 ms and no less often than twice a second.
    private static func interval(for limits: WebSocketLimits) -> TimeAmount {
        let all = [
            limits.handshakeTimeout, limits.unwritableTimeout, limits.closeTimeout, limits.pingInterval,
            limits.pongTimeout,
        ]
        let shortest = all.compactMap { $0 }.min() ?? .seconds(2)
        return TimeAmount(min(max(shortest / 4, .milliseconds(5)), .milliseconds(500)))
    }

    func add(_ connection: any SweptConnection) {
        connection.sweepIndex = self.connections.count
        self.connections.append(connection)
        self.schedule()
        switch self.phase {
        case .serving: break
        case .draining: connection.drain()
        case .aborting: connection.abort()
        }
    }

    func remove(_ connection: any SweptConnection) {
        let index = connection.sweepIndex
        guard index < self.connections.count, self.connections[index] === connection else { return }
        let last = self.connections.removeLast()
        if last !== connection {
            self.connections[index] = last
            last.sweepIndex = index
        }
        if self.connections.isEmpty {
            // A long-lived process gives back what one busy hour took.
            self.connections = []
            self.emptied?.succeed()
            self.emptied = nil
        }
    }

    /// Ends all connections politely, and those that come later too. The future succeeds when none is left.
    func drain() -> EventLoopFuture<Void> {
        self.phase = .draining
        self.forEach { $0.drain() }
        if self.connections.isEmpty { return self.eventLoop.makeSucceededVoidFuture() }
        let promise = self.emptied ?? self.eventLoop.makePromise()
        self.emptied = promise
        return promise.futureResult
    }

    func abort() {
        self.phase = .aborting
        self.forEach { $0.abort() }
    }

    private func schedule() {
        guard !self.isScheduled, !self.connections.isEmpty else { return }
        self.isScheduled = true
        self.eventLoop.assumeIsolated().scheduleTask(in: self.interval) {
            self.isScheduled = false
            let now = self.eventLoop.now
            self.forEach { $0.sweep(at: now) }
            self.schedule()
        }
    }

    /// From the end, because a connection may remove itself on the way, and the last one then takes its place.
    private func forEach(_ body: (any SweptConnection) -> Void) {
        var index = self.connections.count - 1
        while index >= 0 {
            if index < self.connections.count { body(self.connections[index]) }
            index -= 1
        }
    }
}

extension TimeAmount {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
