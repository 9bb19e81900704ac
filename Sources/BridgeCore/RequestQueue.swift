import DequeModule
import Timekeeping
import WireMessages

/// The onboarding requests that wait, first come, first served. The owner bounds their number.
///
/// A request that is cancelled stays in its place and is passed over when its turn comes, so that cancelling does not cost a
/// search. Such leftovers are swept out before they outnumber the live ones.
struct RequestQueue: Sendable {
    struct Waiting: Sendable {
        var connection: ConnectionID
        var request: GetOnboardingPeer
        /// When nobody waits for the answer any more.
        var deadline: Instant
        fileprivate var ticket: UInt64 = 0

        init(connection: ConnectionID, request: GetOnboardingPeer, deadline: Instant) {
            self.connection = connection
            self.request = request
            self.deadline = deadline
        }
    }

    /// An id is chosen by the other end, so it means something on its own connection only.
    private struct Key: Hashable, Sendable {
        var connection: ConnectionID
        var request: WireRequestID
    }

    private var waiting = Deque<Waiting>()
    private var cancelled: Set<UInt64> = []
    /// Only of requests that can be cancelled: existing bootstraps need not pay for it.
    private var tickets: [Key: UInt64] = [:]
    private var lastTicket: UInt64 = 0

    /// Leftovers up to this number are not worth sweeping.
    private static let sweepThreshold = 64

    /// How many requests wait, cancelled ones not counted.
    var count: Int { waiting.count - cancelled.count }
    var isEmpty: Bool { count == 0 }

    /// - Parameter isCancellable: whether `cancel` will find it.
    mutating func append(_ request: Waiting, isCancellable: Bool) {
        lastTicket += 1
        var request = request
        request.ticket = lastTicket
        if isCancellable { tickets[Self.key(of: request)] = lastTicket }
        waiting.append(request)
    }

    /// Takes out the request with that id which this connection sent last.
    /// - Returns: false when none waits.
    mutating func cancel(_ request: WireRequestID, of connection: ConnectionID) -> Bool {
        guard let ticket = tickets.removeValue(forKey: Key(connection: connection, request: request)) else {
            return false
        }
        cancelled.insert(ticket)
        if cancelled.count > Self.sweepThreshold, cancelled.count > waiting.count / 2 {
            waiting.removeAll { cancelled.contains($0.ticket) }
            cancelled.removeAll()
        }
        return true
    }

    mutating func popFirst() -> Waiting? {
        while let first = waiting.popFirst() {
            if cancelled.remove(first.ticket) != nil { continue }
            let key = Self.key(of: first)
            if tickets[key] == first.ticket { tickets[key] = nil }
            return first
        }
        return nil
    }

    private static func key(of waiting: Waiting) -> Key {
        Key(connection: waiting.connection, request: waiting.request.requestID)
    }
}
