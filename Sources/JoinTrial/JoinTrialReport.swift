import Observation

/// What one trial join saw: its steps in order, and what they come to.
package struct JoinTrialReport: Sendable, Equatable {
    package var steps: [Step]
    package var outcome: Outcome
    /// What the server says of the join; the id in it can be looked up there. nil from servers of the existing network.
    package var receipt: Receipt?
    /// Of everything, leaving included.
    package var duration: Duration

    package init(steps: [Step], outcome: Outcome, receipt: Receipt?, duration: Duration) {
        self.steps = steps
        self.outcome = outcome
        self.receipt = receipt
        self.duration = duration
    }

    package struct Receipt: Sendable, Equatable {
        package var id: String?
        /// Node id of the bridge that answered.
        package var bridge: String?
        /// How many bridges were asked.
        package var attempts: Int64
        package var queueMs: Int64
        package var totalMs: Int64

        package init(id: String?, bridge: String?, attempts: Int64, queueMs: Int64, totalMs: Int64) {
            self.id = id
            self.bridge = bridge
            self.attempts = attempts
            self.queueMs = queueMs
            self.totalMs = totalMs
        }
    }

    package enum Outcome: Sendable, Equatable {
        /// Led to a helper.
        case joined
        /// Would be, or was made, the first peer of a new network.
        case first
        /// Given peers to dial, but no helper.
        case degraded
        /// The server answered that it cannot help now. `code` is the server's word; `error` if it gave none.
        case turnedAway(code: String, retryAfterMs: Int64?)
        case failed(Hop)
    }

    /// The hops of a join, in the order in which they are made. The raw values are what JSON and metrics say.
    package enum Hop: String, Sendable, CaseIterable {
        /// The addresses of the host.
        case dns
        case tcp
        /// With `wss` only: certificate and name are verified.
        case tls
        /// The request to become a WebSocket.
        case upgrade
        case register
        /// The question for peers is sent.
        case ask
        case answer
        /// The helper's invitation comes, and it can be reached if it has an address that may be dialled.
        case helper
    }

    package struct Step: Sendable, Equatable {
        package var hop: Hop
        package var result: Result
        package var duration: Duration
        /// A sentence of what was seen, without its full stop. No control characters, at most `maxTextBytes`.
        package var seen: String
        /// What to do about it, with full stops; nil if there is nothing to do.
        package var advice: String?

        package init(_ hop: Hop, _ result: Result, _ duration: Duration, seen: String, advice: String? = nil) {
            self.hop = hop
            self.result = result
            self.duration = duration
            self.seen = BoundedText.clean(seen, maxBytes: Self.maxTextBytes)
            self.advice = advice.map { BoundedText.clean($0, maxBytes: Self.maxTextBytes) }
        }

        /// A few lines of a terminal; texts that come from outside are cut shorter before they are part of one.
        package static let maxTextBytes = 480
    }

    package enum Result: String, Sendable, CaseIterable {
        case ok
        case warning
        case failed
        case skipped
    }

    package var hasWarnings: Bool { steps.contains { $0.result == .warning } }

    /// The step that failed.
    package var failure: Step? { steps.first { $0.result == .failed } }
}
