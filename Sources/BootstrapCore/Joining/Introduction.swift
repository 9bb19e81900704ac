import Kademlia
import Timekeeping
import WireMessages

/// A helper that a bridge named for a newcomer, from our answer to the newcomer until it shows what became of it.
///
///     named ──helper invites──▶ invited ──newcomer accepts──▶ accepted ──helper says linked──▶ vouched
///       │ no invitation in time    │ newcomer's word             │ newcomer's word, or it asks again │ newcomer stays quiet
///       ▼                          ▼                             ▼                                   ▼
///     silent                 connected, failed             connected, failed               connected (failed, if it asks)
///
/// It also ends without a word: when the newcomer is gone, and when its time is up.
struct Introduction: Sendable {
    enum Progress: Sendable, Equatable {
        case named
        /// The helper says that it is linked to the newcomer, though it invited nobody. That may be so, and may be a way to
        /// look good: it counts as nothing.
        case claimed
        case invited
        /// - Parameter isProbed: whether the helper was asked how it went.
        case accepted(at: Instant, isProbed: Bool)
        /// As accepted; and the helper says that they are linked.
        case vouched(acceptedAt: Instant)
    }

    /// Of the question to the bridge that named the helper, as its link carried it.
    let requestID: WireRequestID
    let bridge: NodeID
    let newcomer: NodeID
    let helper: NodeID
    let namedAt: Instant
    var progress: Progress
    /// The request that the helper has not answered. Void once it invites: `invitation_sent` is then no news.
    var openRequest: WireRequestID?

    /// What it ends as when another takes its place; nil if that says nothing about its helper.
    var resultIfReplaced: IntroductionResult? {
        switch progress {
        case .named, .claimed: .silent
        case .invited: .failed
        case .accepted, .vouched: nil
        }
    }

    /// Whether what the newcomer says of a connection is about this one: it cannot have come from a helper that never invited.
    var isUnderWay: Bool {
        switch progress {
        case .named, .claimed: false
        case .invited, .accepted, .vouched: true
        }
    }

    /// When the newcomer accepted, if it did.
    var acceptedAt: Instant? {
        switch progress {
        case .named, .claimed, .invited: nil
        case .accepted(let instant, _), .vouched(let instant): instant
        }
    }
}
