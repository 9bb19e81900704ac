import Kademlia
import Timekeeping
import WireMessages

/// One attempt to have a helper told: counted up, never used again, so that a late report on an earlier attempt says nothing
/// about the present one.
public struct AssignmentID: Sendable, Hashable {
    public let value: UInt64

    public init(value: UInt64) {
        self.value = value
    }
}

/// A newcomer for whom a helper was chosen, and is being told.
///
///     queue ──chosen──► told ──sent──► answered
///                        │ ▲
///               not sent │ │ next candidate, three at most
///               or stuck ▼ │
///                       tried ──nobody left──► refused
struct Assignment: Sendable {
    /// Who waits for the result on which link.
    struct Waiter: Sendable {
        var connection: ConnectionID
        var request: GetOnboardingPeer
    }

    var newcomer: NodeID
    var introduction: Introduction
    /// The first one asked; the others asked for the same newcomer while the helper was being told.
    var waiters: [Waiter]
    var deadline: Instant
    /// The helper that is being told now.
    var helper: NodeID
    /// Who was named to this newcomer before, which has not got in.
    var earlier: [NodeID]
    /// Who could not be told.
    var tried: [NodeID] = []
}

/// Requests in work. The owner bounds their number.
struct AssignmentTable: Sendable {
    private var assignments: [AssignmentID: Assignment] = [:]
    private var ofNewcomer: [NodeID: AssignmentID] = [:]
    private var lastID: UInt64 = 0

    var count: Int { assignments.count }
    var isEmpty: Bool { assignments.isEmpty }

    subscript(id: AssignmentID) -> Assignment? { assignments[id] }

    mutating func insert(_ assignment: Assignment) -> AssignmentID {
        lastID += 1
        let id = AssignmentID(value: lastID)
        assignments[id] = assignment
        ofNewcomer[assignment.newcomer] = id
        return id
    }

    /// Lets a further request for a newcomer in work wait for the same result.
    /// - Returns: false if that newcomer is not in work, or enough wait for it.
    mutating func join(_ waiter: Assignment.Waiter, until deadline: Instant, newcomer: NodeID) -> Bool {
        guard let id = ofNewcomer[newcomer], var assignment = assignments[id],
            assignment.waiters.count < BridgeDefaults.waitersPerNewcomer
        else { return false }
        assignment.waiters.append(waiter)
        assignment.deadline = max(assignment.deadline, deadline)
        assignments[id] = assignment
        return true
    }

    @discardableResult
    mutating func remove(_ id: AssignmentID) -> Assignment? {
        guard let gone = assignments.removeValue(forKey: id) else { return nil }
        if ofNewcomer[gone.newcomer] == id { ofNewcomer[gone.newcomer] = nil }
        return gone
    }

    /// In order of arrival.
    var ids: [AssignmentID] { assignments.keys.sorted { $0.value < $1.value } }

    /// Nobody waits for that answer any more. The helper may have been told already, and is left to it.
    /// - Returns: false when that request is not in work.
    mutating func cancel(_ request: WireRequestID, of connection: ConnectionID) -> Bool {
        for (id, assignment) in assignments {
            guard
                let place = assignment.waiters.firstIndex(where: {
                    $0.connection == connection && $0.request.requestID == request
                })
            else { continue }
            assignments[id]?.waiters.remove(at: place)
            return true
        }
        return false
    }
}
