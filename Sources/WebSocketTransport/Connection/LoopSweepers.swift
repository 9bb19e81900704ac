import NIOCore

/// One ``ConnectionSweeper`` for each event loop of a group.
struct LoopSweepers: Sendable {
    private let sweepers: [ObjectIdentifier: Sweeper]

    /// A sweeper that only its loop may touch. `NIOLoopBoundBox` can be made off the loop.
    private struct Sweeper: Sendable {
        let eventLoop: any EventLoop
        let bound: NIOLoopBoundBox<ConnectionSweeper>
    }

    init(group: any EventLoopGroup, limits: WebSocketLimits) {
        var sweepers: [ObjectIdentifier: Sweeper] = [:]
        for eventLoop in group.makeIterator() {
            let bound = NIOLoopBoundBox.makeBoxSendingValue(
                ConnectionSweeper(eventLoop: eventLoop, limits: limits),
                eventLoop: eventLoop
            )
            sweepers[ObjectIdentifier(eventLoop)] = Sweeper(eventLoop: eventLoop, bound: bound)
        }
        self.sweepers = sweepers
    }

    /// The sweeper of this loop, on which the caller must be; nil for a loop of another group.
    subscript(eventLoop: any EventLoop) -> ConnectionSweeper? {
        self.sweepers[ObjectIdentifier(eventLoop)]?.bound.value
    }

    func drainAll(on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
        EventLoopFuture.andAllSucceed(
            self.sweepers.values.map { sweeper in
                sweeper.eventLoop.flatSubmit { sweeper.bound.value.drain() }
            },
            on: eventLoop
        )
    }

    func abortAll() {
        for sweeper in self.sweepers.values {
            sweeper.eventLoop.execute { sweeper.bound.value.abort() }
        }
    }
}
