import Synchronization

/// Keeps links of bootstraps to one bridge apart in time: an existing bridge mixes up two of one millisecond (protocol.md 3.2.1).
final class DialSpacing: Sendable {
    private let next = Mutex(ContinuousClock.now)

    /// Waits for a moment of one's own.
    func turn() async throws {
        let moment = next.withLock { next in
            let moment = max(next, .now)
            next = moment.advanced(by: ConformanceDefaults.linkSpacing)
            return moment
        }
        try await Task.sleep(until: moment, clock: .continuous)
    }
}
