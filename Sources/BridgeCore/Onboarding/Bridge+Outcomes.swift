import Timekeeping
import WireMessages

/// What became of introductions, where bootstraps say so.
extension Bridge {
    /// A bootstrap reports on an introduction of ours. What it says of others' is not our business.
    mutating func learned(_ outcome: IntroductionOutcome, on connection: ConnectionID, at now: Instant) {
        guard connections[connection]?.features.contains(.outcome) == true,
            let newcomer = newcomers[outcome.newNodeID], newcomer.helpers.contains(outcome.inviterPeerID)
        else {
            counters.outcomesIgnored += 1
            return
        }
        peers.record(outcome.outcome, of: outcome.inviterPeerID, at: now)
        switch outcome.outcome {
        case .accepted: counters.introductionsAccepted += 1
        case .connected: counters.introductionsConnected += 1
        case .failed: counters.introductionsFailed += 1
        case .silent: counters.introductionsSilent += 1
        }
        switch outcome.outcome {
        case .accepted:
            if newcomer.helper == outcome.inviterPeerID { newcomers.accepted(outcome.newNodeID, at: now) }
        case .connected: break
        case .failed, .silent:
            if newcomer.helper == outcome.inviterPeerID { newcomers.distrust(outcome.newNodeID) }
        }
    }
}
