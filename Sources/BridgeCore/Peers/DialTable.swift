import Kademlia
import Timekeeping

/// The peers we are about to dial or are dialling: one entry per id, so never two attempts (protocol.md 4.7 rule 1).
struct DialTable: Sendable {
    enum Phase: Sendable, Equatable {
        /// The timer will say when.
        case waiting
        /// The socket is being opened, or our hello is out on it.
        case underWay
    }

    private var entries: [NodeID: (dial: Connection.Dial, phase: Phase)] = [:]

    var count: Int { entries.count }

    func isWaiting(_ id: NodeID) -> Bool { entries[id]?.phase == .waiting }

    func dial(_ id: NodeID) -> Connection.Dial? { entries[id]?.dial }

    /// - Returns: false when there is an entry already, too many attempts were made, or the table is full.
    mutating func schedule(_ dial: Connection.Dial, of id: NodeID) -> Bool {
        guard entries[id] == nil, dial.attempts <= BridgeDefaults.dialAttempts,
            entries.count < BridgeDefaults.maximumDials
        else { return false }
        entries[id] = (dial, .waiting)
        return true
    }

    /// The wait is over; returns where to dial.
    mutating func begin(_ id: NodeID) -> Connection.Dial? {
        guard let entry = entries[id], entry.phase == .waiting else { return nil }
        entries[id] = (entry.dial, .underWay)
        return entry.dial
    }

    mutating func remove(_ id: NodeID) {
        entries[id] = nil
    }
}
