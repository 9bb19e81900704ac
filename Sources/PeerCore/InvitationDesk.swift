import Kademlia
import OrderedCollections
import Timekeeping

/// Whom we have invited lately, and who waits for the client link to be invited.
struct InvitationDesk: Sendable {
    private var invited: OrderedDictionary<NodeID, Instant> = [:]
    private var waiting: [NodeID] = []

    /// Whether `newcomer` was invited within the last two minutes (protocol.md 2.7).
    func isPending(_ newcomer: NodeID, at now: Instant) -> Bool {
        guard let since = invited[newcomer] else { return false }
        return now - since < PeerDefaults.invitationMemory
    }

    mutating func remember(_ newcomer: NodeID, at now: Instant) {
        invited[newcomer] = nil
        while let oldest = invited.elements.first,
            invited.count >= PeerDefaults.rememberedInvitations || now - oldest.value >= PeerDefaults.invitationMemory
        {
            invited.removeFirst()
        }
        invited[newcomer] = now
    }

    /// Puts `newcomer` in line for the client link.
    /// - Returns: false when the line is full.
    mutating func wait(_ newcomer: NodeID) -> Bool {
        guard !waiting.contains(newcomer) else { return true }
        guard waiting.count < PeerDefaults.waitingInvitations else { return false }
        waiting.append(newcomer)
        return true
    }

    /// All in line, who leave it.
    mutating func takeWaiting() -> [NodeID] {
        defer { waiting.removeAll() }
        return waiting
    }

    /// The client link did not come back in time: the invitations are abandoned (protocol.md 2.2).
    mutating func dropWaiting() {
        for newcomer in waiting { invited[newcomer] = nil }
        waiting.removeAll()
    }
}
