package import NIOCore
import Synchronization

/// A state that changes by events, on event loops mostly, and that tasks wait on: each for a time of its own, and until it is
/// cancelled.
package final class Watched<State: Sendable>: Sendable {
    private struct Waiter: Sendable {
        /// True once it has taken what it waits for.
        var attempt: @Sendable (inout State) -> Bool
        var giveUp: @Sendable () -> Void
    }

    private struct Contents: Sendable {
        var state: State
        var waiters: [(ticket: Int, waiter: Waiter)] = []
        var lastTicket = 0
    }

    private let eventLoop: any EventLoop
    private let contents: Mutex<Contents>

    package init(_ state: State, on eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        contents = Mutex(Contents(state: state))
    }

    /// One event. Whoever waits looks at the result, in the order in which they came.
    package func update(_ change: (inout State) -> Void) {
        contents.withLock { contents in
            change(&contents.state)
            var state = contents.state
            contents.waiters.removeAll { $0.waiter.attempt(&state) }
            contents.state = state
        }
    }

    package func read<Value>(_ body: (State) -> Value) -> Value {
        contents.withLock { body($0.state) }
    }

    /// Waits until `take` finds something, and may remove it; nil after `limit`.
    ///
    /// - Throws: `CancellationError`.
    package func first<Value: Sendable>(
        within limit: Duration,
        _ take: @escaping @Sendable (inout State) -> Value?
    ) async throws -> Value? {
        let ticket = contents.withLock { contents in
            contents.lastTicket += 1
            return contents.lastTicket
        }
        let value: Value? = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Value?, Never>) in
                let isWaiting = contents.withLock { contents in
                    if let value = take(&contents.state) {
                        continuation.resume(returning: value)
                        return false
                    }
                    // A task that is cancelled after this look finds its waiter and ends it.
                    if Task.isCancelled {
                        continuation.resume(returning: nil)
                        return false
                    }
                    let waiter = Waiter(
                        attempt: { state in
                            guard let value = take(&state) else { return false }
                            continuation.resume(returning: value)
                            return true
                        },
                        giveUp: { continuation.resume(returning: nil) }
                    )
                    contents.waiters.append((ticket, waiter))
                    return true
                }
                if isWaiting { eventLoop.scheduleTask(in: TimeAmount(limit)) { self.giveUp(ticket) } }
            }
        } onCancel: {
            giveUp(ticket)
        }
        try Task.checkCancellation()
        return value
    }

    private func giveUp(_ ticket: Int) {
        let waiter = contents.withLock { contents -> Waiter? in
            guard let index = contents.waiters.firstIndex(where: { $0.ticket == ticket }) else { return nil }
            return contents.waiters.remove(at: index).waiter
        }
        waiter?.giveUp()
    }
}

extension EventLoopFuture where Value: Sendable {
    /// The value; nil if it is not there within `limit`, while whatever makes it goes on.
    ///
    /// - Throws: the future's error, or `CancellationError` at once when the task is cancelled.
    package func value(within limit: Duration) async throws -> Value? {
        let result = Watched<Result<Value, any Error>?>(nil, on: eventLoop)
        whenComplete { ended in result.update { $0 = ended } }
        return try await result.first(within: limit) { $0 }?.get()
    }
}
