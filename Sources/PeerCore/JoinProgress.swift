import Kademlia
import Timekeeping
import WireMessages

/// How far one peer's join has come, and what stands in its way.
struct JoinProgress: Equatable, Sendable {
    enum Stage: Equatable, Sendable {
        case idle
        /// Nobody to link to was named so far.
        case unanswered
        /// These were named; a link to one of them completes the join.
        case answered(helpers: [NodeID])
        /// Inside the DHT.
        case member
        case failed
    }

    /// A `get_peers_or_genesis` on its way.
    struct Question: Equatable, Sendable {
        var id: WireRequestID
        var attempt: Int
    }

    private(set) var stage = Stage.idle
    /// The one request in flight; another is put only when this one has ended.
    private(set) var question: Question?
    /// Which attempt the next question is (protocol.md 2.2).
    private(set) var nextAttempt = 1
    private(set) var firstAsked: Instant?
    /// What is reported if the join fails now.
    private(set) var obstacle = JoinFailure.bootstrapUnreachable
    /// A question waits for the client link to be back. It is not put before `registered`, as on any reopened link
    /// (protocol.md 2.1).
    private(set) var isQuestionWaiting = false
    private var asked = 0

    mutating func begin() {
        stage = .unanswered
    }

    /// - Returns: whether this is the first question of all.
    mutating func put(_ id: WireRequestID, at now: Instant) -> Bool {
        question = Question(id: id, attempt: nextAttempt)
        isQuestionWaiting = false
        asked += 1
        switch obstacle {
        case .bootstrapUnreachable, .unanswered: obstacle = .unanswered(attempts: asked)
        case .versionRefused, .refused, .nobodyNamed, .helperNotLinked: break
        }
        guard firstAsked == nil else { return false }
        firstAsked = now
        return true
    }

    /// The question got no answer, or an error.
    /// - Returns: whether there are attempts left.
    mutating func attemptFailed(_ failure: JoinFailure?) -> Bool {
        if let failure, !isNamed { obstacle = failure }
        let attempt = question?.attempt ?? nextAttempt
        question = nil
        guard attempt < PeerDefaults.requestAttempts else {
            nextAttempt = 1
            return false
        }
        nextAttempt = attempt + 1
        return true
    }

    /// The client link was lost with the question on its way; the same attempt is made again.
    mutating func questionLost() {
        guard question != nil else { return }
        question = nil
        isQuestionWaiting = true
    }

    /// There is something to ask, but no client link to ask on.
    mutating func waitToAsk() {
        isQuestionWaiting = true
    }

    /// An answer named nobody.
    mutating func answeredEmpty(status: String?) {
        question = nil
        nextAttempt = 1
        if !isNamed { obstacle = .nobodyNamed(status: status) }
    }

    /// An answer named `helpers`.
    /// - Returns: whether it was the first to name anybody.
    mutating func named(_ helpers: [NodeID]) -> Bool {
        question = nil
        nextAttempt = 1
        let isFirst = !isNamed
        switch stage {
        case .unanswered, .answered: stage = .answered(helpers: helpers)
        case .idle, .member, .failed: return false
        }
        if let helper = helpers.first { obstacle = .helperNotLinked(helper: helper) }
        return isFirst
    }

    mutating func succeeded() {
        question = nil
        stage = .member
    }

    mutating func fail() {
        question = nil
        stage = .failed
    }

    mutating func versionRefused(message: String?) {
        obstacle = .versionRefused(message: message)
    }

    private var isNamed: Bool {
        switch obstacle {
        case .helperNotLinked: true
        case .bootstrapUnreachable, .versionRefused, .unanswered, .refused, .nobodyNamed: false
        }
    }
}
