import Logging
import ServiceLifecycle
import Synchronization

/// Runs a service while a progress view follows it, until `duration` is over, the service ends, or a signal asks for it.
///
/// - Parameter observe: what the report needs, and what the view shows of it, at one moment.
/// - Returns: what was observed last while everything ran.
func runWithProgress<Observation: Sendable>(
    _ service: any Service,
    for duration: Duration?,
    logger: Logger,
    observe: @escaping @Sendable () -> (report: Observation, shown: UpSnapshot)
) async throws -> Observation {
    let follower = Follower(duration: duration, observe: observe)
    // The group ends its services from the last to the first, so the follower has its last look before anything stops.
    try await runUntilSignalled([service, follower], logger: logger)
    return follower.last ?? observe().report
}

/// Looks at a network again and again and shows what it sees; ends when its time is over, which ends the group.
private final class Follower<Observation: Sendable>: Service, Sendable {
    private let duration: Duration?
    private let observe: @Sendable () -> (report: Observation, shown: UpSnapshot)
    private let observed = Mutex<Observation?>(nil)

    init(duration: Duration?, observe: @escaping @Sendable () -> (report: Observation, shown: UpSnapshot)) {
        self.duration = duration
        self.observe = observe
    }

    var last: Observation? { observed.withLock { $0 } }

    func run() async throws {
        var view = ProgressView()
        let end = duration.map { ContinuousClock.now + $0 }
        while true {
            let (report, shown) = observe()
            view.show(shown)
            observed.withLock { $0 = report }
            if let end, end <= .now { return }
            let next = ContinuousClock.now + view.interval
            do {
                try await cancelWhenGracefulShutdown {
                    try await Task.sleep(until: min(next, end ?? next), clock: .continuous)
                }
            } catch {
                observed.withLock { $0 = observe().report }
                return
            }
        }
    }
}
