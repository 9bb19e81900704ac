package import HTTPRoutes
package import Observation
import Telemetry
package import Timekeeping

extension BootstrapServer: BootstrapPageSource {
    package func moment() -> Moment { clock.moment() }

    package func overview(_ status: BootstrapStatus) -> [UInt8] {
        observatory.overview(status, at: clock.moment()).json(.whole)
    }

    package func overviewUpdates() -> AsyncStream<[UInt8]>? {
        // Whoever gets none must not take the lock that joins need.
        guard observatory.feed.hasRoom else { return nil }
        return observatory.updates(status())
    }

    package func events(_ query: EventQuery) throws -> [OperatorEvent] {
        try observatory.events(from: query.from, until: query.until, kinds: query.kinds, limit: query.limit)
    }

    package func joinPage(_ id: String) -> MonitorPage { journal.page(for: id) }
}
