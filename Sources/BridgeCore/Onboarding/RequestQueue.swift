import Scheduling
import Timekeeping
import WireMessages

/// The onboarding requests that wait: first come, first served within one bootstrap, and in turns between several, so that
/// one that asks a thousand times at once waits behind its own questions.
struct RequestQueue: Sendable {
    struct Waiting: Sendable {
        var connection: ConnectionID
        var request: GetOnboardingPeer
        /// When nobody waits for the answer any more.
        var deadline: Instant
        /// Which bootstrap asks; several connections may be of one.
        var source: SourceID
    }

    /// An id is chosen by the other end, so it means something on its own connection only.
    private struct Key: Hashable, Sendable {
        var connection: ConnectionID
        var request: WireRequestID

        init(_ waiting: Waiting) {
            connection = waiting.connection
            request = waiting.request.requestID
        }

        init(connection: ConnectionID, request: WireRequestID) {
            self.connection = connection
            self.request = request
        }
    }

    private typealias Ticket = UInt64

    private var line: FairQueue<Ticket>
    private var waiting: [Ticket: Waiting] = [:]
    /// Only of requests that can be cancelled: existing bootstraps need not pay for it.
    private var tickets: [Key: Ticket] = [:]
    private var lastTicket: Ticket = 0

    init(capacity: Int) {
        line = FairQueue(capacity: capacity)
    }

    var count: Int { line.count }
    var isEmpty: Bool { line.isEmpty }

    /// - Parameter isCancellable: whether `cancel` will find it.
    /// - Returns: whose request has no place, if the queue is full: the newest of whoever has most in it, perhaps this one.
    mutating func append(_ request: Waiting, isCancellable: Bool) -> Waiting? {
        lastTicket += 1
        waiting[lastTicket] = request
        if isCancellable { tickets[Key(request)] = lastTicket }
        guard let loser = line.append(lastTicket, of: request.source) else { return nil }
        return release(loser)
    }

    /// Takes out the request with that id which this connection sent last.
    /// - Returns: false when none waits.
    mutating func cancel(_ request: WireRequestID, of connection: ConnectionID) -> Bool {
        guard let ticket = tickets[Key(connection: connection, request: request)], let gone = release(ticket) else {
            return false
        }
        line.remove(ticket, of: gone.source)
        return true
    }

    mutating func popFirst() -> Waiting? {
        var first: Ticket?
        line.offer(skippingAtMost: 0) { ticket in
            first = ticket
            return .take
        }
        return first.flatMap { release($0) }
    }

    private mutating func release(_ ticket: Ticket) -> Waiting? {
        guard let gone = waiting.removeValue(forKey: ticket) else { return nil }
        let key = Key(gone)
        if tickets[key] == ticket { tickets[key] = nil }
        return gone
    }
}
