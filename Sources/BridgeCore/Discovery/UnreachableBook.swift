import DequeModule
import Kademlia
import Timekeeping

/// Nodes that could not be dialled, and when they may be tried again: each failure in a row doubles the wait. Bounded; the
/// oldest failures are forgotten first.
struct UnreachableBook: Sendable {
    private struct Failure: Sendable {
        var count: Int
        var at: Instant
    }

    private var failures: [NodeID: Failure] = [:]
    /// In order of failing; a node that failed again stands in it twice, and only the later one counts.
    private var order = Deque<(id: NodeID, at: Instant)>()

    func mayTry(_ id: NodeID, at now: Instant) -> Bool {
        guard let failure = failures[id] else { return true }
        let doublings = min(failure.count - 1, 10)
        let wait = BridgeDefaults.unreachableWait * (1 << doublings)
        return now - failure.at >= min(wait, BridgeDefaults.unreachableWaitCap)
    }

    /// - Returns: how many failures in a row there are now.
    mutating func failed(_ id: NodeID, at now: Instant) -> Int {
        let count = (failures[id]?.count ?? 0) + 1
        failures[id] = Failure(count: count, at: now)
        order.append((id, now))
        while order.count > BridgeDefaults.rememberedFailures {
            let oldest = order.removeFirst()
            if failures[oldest.id]?.at == oldest.at { failures[oldest.id] = nil }
        }
        return count
    }

    /// It was reached after all.
    mutating func reached(_ id: NodeID) {
        failures[id] = nil
    }
}
