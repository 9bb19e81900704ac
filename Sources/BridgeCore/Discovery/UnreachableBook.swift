import Kademlia
import Timekeeping

/// Nodes that could not be dialled, and when they may be tried again: each failure in a row doubles the wait.
struct UnreachableBook: Sendable {
    private struct Failure: Sendable {
        var count: Int
        var at: Instant
    }

    private var failures = RecentBook<Failure>(capacity: BridgeDefaults.rememberedFailures)

    func mayTry(_ id: NodeID, at now: Instant) -> Bool {
        guard let failure = failures[id] else { return true }
        let doublings = min(failure.count - 1, 10)
        let wait = BridgeDefaults.unreachableWait * (1 << doublings)
        return now - failure.at >= min(wait, BridgeDefaults.unreachableWaitCap)
    }

    /// - Returns: how many failures in a row there are now.
    mutating func failed(_ id: NodeID, at now: Instant) -> Int {
        let count = (failures[id]?.count ?? 0) + 1
        failures.write(Failure(count: count, at: now), of: id)
        return count
    }

    /// It was reached after all.
    mutating func reached(_ id: NodeID) {
        failures.take(id)
    }
}
