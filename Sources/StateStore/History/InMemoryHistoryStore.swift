package import Observation
import Synchronization

/// A history that ends with the process: for tests, and for a server that cannot keep one.
package final class InMemoryHistoryStore: HistoryStore {
    private struct State {
        var events: [OperatorEvent] = []
        var joins: [String: JoinTimeline] = [:]
        /// Oldest first.
        var order: [String] = []
    }

    private let bounds: HistoryBounds
    private let state = Mutex(State())

    package init(bounds: HistoryBounds = HistoryBounds()) {
        self.bounds = bounds
    }

    package func append(events: [OperatorEvent]) {
        state.withLock { state in
            let ids = Set(events.map(\.id))
            state.events.removeAll { ids.contains($0.id) }
            state.events.append(contentsOf: events)
            state.events.sort { $0.id < $1.id }
            let oldest = (state.events.last?.id ?? 0) - Int64(bounds.events)
            state.events.removeAll { $0.id <= oldest }
        }
    }

    package func lastEventID() -> Int64 {
        state.withLock { $0.events.last?.id ?? 0 }
    }

    package func events(
        from: Int64?,
        until: Int64?,
        kinds: [OperatorEvent.Kind]?,
        limit: Int
    ) -> [OperatorEvent] {
        state.withLock { state in
            let fitting = state.events.filter { event in
                event.at >= from ?? .min && event.at < until ?? .max && kinds?.contains(event.kind) ?? true
            }
            return fitting.suffix(min(max(0, limit), HistoryBounds.maxAnswer))
        }
    }

    package func record(joins: [JoinTimeline]) {
        state.withLock { state in
            for join in joins where state.joins.updateValue(join, forKey: join.id) == nil {
                state.order.append(join.id)
            }
            let excess = state.order.count - bounds.joins
            guard excess > 0 else { return }
            for id in state.order.prefix(excess) { state.joins[id] = nil }
            state.order.removeFirst(excess)
        }
    }

    package func join(_ id: String) -> JoinTimeline? {
        state.withLock { $0.joins[id] }
    }
}
