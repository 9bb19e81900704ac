package import Kademlia
import Synchronization

/// A ledger that forgets with the process, for tests and for servers that never start a network.
package final class InMemoryGenesisLedger: GenesisLedger {
    private let decision: Mutex<NodeID?>

    package init(genesis: NodeID? = nil) {
        decision = Mutex(genesis)
    }

    package func genesis() -> NodeID? {
        decision.withLock { $0 }
    }

    package func recordGenesis(
        _ node: NodeID,
        replacing previous: NodeID?,
        at unixMilliseconds: Int64
    ) -> GenesisDecision {
        decision.withLock { decision in
            if let decision, decision != previous { return .alreadyDecided(decision) }
            decision = node
            return .recorded
        }
    }
}
