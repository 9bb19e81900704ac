import Scheduling
import Timekeeping

extension LinkPool {
    typealias Attempt = PoolAttempt

    /// A request between `submit` and `finish`.
    struct PendingRequest: Sendable {
        /// In the waiting line, where it gives up at this instant; nil: it is with a bridge.
        var waitsUntil: Instant?

        let id: RequestID
        let sequence: UInt64
        let request: Ticket
        let source: SourceID
        let acceptedAt: Instant
        let deadline: Instant
        var firstSent: Instant?
        /// The bridges that have it now: one, or two when it is hedged.
        var attempts: [Attempt] = []
        /// The bridges whose answer counts, on whichever link it comes: who was asked and has not refused, in time or late. By
        /// their own ids, because another bridge may live at an address by then, and one bridge may be reached in two ways.
        var asked: [String] = []
        /// Who is not to be asked again.
        var spent: [EndpointID] = []
        /// Failed attempts that count towards the limit.
        var failures = 0
        /// How many bridges were asked in all.
        var asks = 0
        /// How often it left a lost link.
        var moves = 0
        var hedgeAt: Instant?
        /// A bridge's refusal, kept for the degradation ladder in case nobody does better.
        var refusal: Ticket?
        var retryAfter: Duration?
        var sawUnusable = false
        var trail = RequestTrail()

        init(
            id: RequestID,
            sequence: UInt64,
            request: Ticket,
            source: SourceID,
            acceptedAt: Instant,
            deadline: Instant
        ) {
            self.id = id
            self.sequence = sequence
            self.request = request
            self.source = source
            self.acceptedAt = acceptedAt
            self.deadline = deadline
        }

        mutating func rename(_ old: EndpointID, to new: EndpointID) {
            for index in attempts.indices where attempts[index].endpoint == old { attempts[index].endpoint = new }
            spent = spent.map { $0 == old ? new : $0 }
            trail.rename(old, to: new)
        }

        /// When its timer is due.
        var nextInstant: Instant {
            if let waitsUntil { return min(waitsUntil, deadline) }
            var next = deadline
            for attempt in attempts { next = min(next, attempt.timesOutAt) }
            if let hedgeAt { next = min(next, hedgeAt) }
            return next
        }
    }
}
