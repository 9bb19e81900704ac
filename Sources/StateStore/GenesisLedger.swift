package import Kademlia

/// Remembers which node started the network, across restarts: decided at most once for each state directory.
///
/// The calls may block on a disk; keep them off event loops.
package protocol GenesisLedger: Sendable {
    /// The decision, if there was one.
    func genesis() throws -> NodeID?

    /// Decides for `node` unless a decision was made before. When this returns `.recorded`, the decision survives a crash.
    ///
    /// - Parameter previous: the decision that this one takes the place of, if it still stands: whoever began the network before
    ///   is gone, and everybody else with it. Nil: only the first decision counts.
    func recordGenesis(
        _ node: NodeID,
        replacing previous: NodeID?,
        at unixMilliseconds: Int64
    ) throws -> GenesisDecision
}

extension GenesisLedger {
    package func recordGenesis(_ node: NodeID, at unixMilliseconds: Int64) throws -> GenesisDecision {
        try recordGenesis(node, replacing: nil, at: unixMilliseconds)
    }
}

package enum GenesisDecision: Sendable, Equatable {
    case recorded
    case alreadyDecided(NodeID)
}
