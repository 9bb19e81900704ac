/// What must hold, by the ids of the list it was first written down in. I1 to I13 are looked at after every event; I14 is a
/// property of two runs; I15 to I18 are looked at once the faults have stopped.
package enum Invariant: String, Sendable, CaseIterable, Codable {
    /// By node id: at most one authenticated connection of the pool (one that it dialled to stay, or a native bridge's own),
    /// and at most one such dial under way to a bridge whose id is known. Two addresses that are not yet known to be one bridge
    /// may both be dialled; the second is closed when it authenticates.
    case oneLinkPerBridge = "I1"
    /// An accepted request has at most one outcome, and none after it was cancelled.
    case oneOutcome = "I2"
    /// An outcome belongs to its request: the caller's own value comes back, with an answer to this very id from a bridge to
    /// which it was put.
    case ownAnswer = "I3"
    /// A request is with one bridge at a time, with two if it is hedged. It is never put twice on one connection, nor to
    /// a bridge that has declined it. Failed attempts stay within the limit, and so do moves off lost links.
    case boundedAttempts = "I4"
    /// The line and each bridge's window keep their bounds, and the sums are right: what is pending waits or is in flight.
    case bounds = "I5"
    /// Request ids are never used again.
    case uniqueIDs = "I6"
    /// Nothing is said on a connection before it is authenticated or after it was closed, nothing that the bridge did not
    /// announce, and no request where the bridge does not listen.
    case saidInOrder = "I7"
    /// Every timer has an owner and every owner its timer; none is armed in the past. The pool's own books are looked at, too.
    case books = "I8"
    /// An answer from a bridge that was not asked changes nothing.
    case foreignAnswer = "I9"
    /// A bridge that was taken out of the configuration gets no new request on a connection we dialled, and no dial.
    case removedBridge = "I10"
    /// A draining pool accepts nothing, and says once that the last request has ended, not later than when its time is up.
    case draining = "I11"
    /// No request is written to a connection that takes no more bytes.
    case writability = "I12"
    /// Dials to one address keep their distance, and a long one after a refused secret.
    case dialPace = "I13"
    /// The same seed makes the same trace.
    case repeatable = "I14"
    /// A request's outcome comes by its deadline.
    case deadline = "I15"
    /// Once the faults have stopped, each bridge that is up becomes ready.
    case recovery = "I16"
    /// Strict round robin over a stable set of ready bridges.
    case roundRobin = "I17"
    /// Nothing is left over: requests, places in the line, windows, timers.
    case noResidue = "I18"
    /// What a request's receipt tells of its way is what happened: in order, each bridge that was asked, each that said no, and
    /// last the one that answered.
    case trail = "I19"
    /// The status word of each bridge is true, and whoever watches was told each change.
    case status = "S1"
}

/// A broken promise.
package struct Violation: Error, Sendable, Equatable, CustomStringConvertible {
    package var invariant: Invariant
    package var detail: String

    package init(_ invariant: Invariant, _ detail: String) {
        self.invariant = invariant
        self.detail = detail
    }

    package var description: String { "\(invariant.rawValue) \(invariant): \(detail)" }
}

/// Situations that a large run must have met, or it was too tame to prove anything.
package enum Rarity: String, Sendable, CaseIterable, Codable, CodingKeyRepresentable {
    case failoverSucceeded
    case moveSucceeded
    case lateAnswerDropped
    case foreignAnswerDropped
    case queueFull
    case greedySourceDisplaced
    case answerAndTimeoutInOneTick
    case reloadDuringDial
    case drainWithPending
    case drainTimeUp
    case allDownThenUp
    case ejected
    case readmitted
    case hedgeWon
    case suspectCleared
    case suspectClosed
    case aliasParked
    case aliasReleased
    case dialInFolded
    case currentEraAnswerViaOtherLink
    case statelessRequestServed
    case withdrawSent
    case budgetExhausted
    case secretRefused
    case bridgeReplaced
    case windowFull
    case errandServed
}
