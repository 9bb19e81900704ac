import Synchronization

/// A count that only grows, and any number of tasks that wait until it has come to where they need it.
final class Milestones: Sendable {
    private struct Waiter {
        var count: Int
        var continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var reached = 0
        var waiters: [UInt64: Waiter] = [:]
        var lastID: UInt64 = 0
    }

    private let state = Mutex(State())

    /// It is at `count` now. Less than before means nothing.
    func reach(_ count: Int) {
        let due = state.withLock { state -> [Waiter] in
            guard count > state.reached else { return [] }
            state.reached = count
            let due = state.waiters.filter { $0.value.count <= count }
            for id in due.keys { state.waiters[id] = nil }
            return Array(due.values)
        }
        for waiter in due { waiter.continuation.resume() }
    }

    /// Nobody waits any more, whatever for.
    func end() { reach(.max) }

    /// Returns when the count is at least `count`, or when the calling task was cancelled.
    func wait(for count: Int) async {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    guard state.reached < count, !Task.isCancelled else { return true }
                    state.waiters[id] = Waiter(count: count, continuation: continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.continuation.resume()
        }
    }
}

/// What tasks wait for with a swarm.
final class SwarmProgress: Sendable {
    /// 1 once every first peer's join has ended.
    let settlement = Milestones()
    /// Newcomers whose join has ended.
    let replacements = Milestones()

    func end() {
        settlement.end()
        replacements.end()
    }
}
