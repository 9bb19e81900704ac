import Synchronization

/// Something that happens once, for which any number of tasks can wait.
final class Settlement: Sendable {
    private enum State {
        case pending(waiters: [UInt64: CheckedContinuation<Void, Never>], lastID: UInt64)
        case settled
    }

    private let state = Mutex(State.pending(waiters: [:], lastID: 0))

    /// It has happened. Calling this again does nothing.
    func settle() {
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            switch state {
            case .pending(let waiters, _):
                state = .settled
                return Array(waiters.values)
            case .settled:
                return []
            }
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns when it has happened, or when the calling task was cancelled.
    func wait() async {
        let id: UInt64? = state.withLock { state in
            guard case .pending(let waiters, let lastID) = state else { return nil }
            state = .pending(waiters: waiters, lastID: lastID + 1)
            return lastID + 1
        }
        guard let id else { return }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    guard case .pending(var waiters, let lastID) = state, !Task.isCancelled else { return true }
                    waiters[id] = continuation
                    state = .pending(waiters: waiters, lastID: lastID)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
                guard case .pending(var waiters, let lastID) = state else { return nil }
                let waiter = waiters.removeValue(forKey: id)
                state = .pending(waiters: waiters, lastID: lastID)
                return waiter
            }
            waiter?.resume()
        }
    }
}
