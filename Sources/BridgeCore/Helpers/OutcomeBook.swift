import DequeModule
import Kademlia

/// The records of helpers that left, so that one that stays silent is not washed clean by connecting again. Bounded; the
/// oldest go first.
struct OutcomeBook: Sendable {
    private var records: [NodeID: (record: OutcomeRecord, ticket: UInt64)] = [:]
    /// In order of writing. What was taken out or written again leaves its old place behind, which means nothing any more.
    private var order = Deque<(id: NodeID, ticket: UInt64)>()
    private var lastTicket: UInt64 = 0

    var count: Int { records.count }

    subscript(id: NodeID) -> OutcomeRecord? { records[id]?.record }

    mutating func keep(_ record: OutcomeRecord, of id: NodeID) {
        // A record with nothing in it is what everybody starts with.
        guard record != OutcomeRecord() else { return }
        lastTicket += 1
        records[id] = (record, lastTicket)
        order.append((id, lastTicket))
        while records.count > BridgeDefaults.rememberedOutcomes { dropFirst() }
        // Sweeping at twice the bound costs nothing on average, and one helper that comes and goes pushes nobody out.
        if order.count > 2 * BridgeDefaults.rememberedOutcomes {
            order.removeAll { records[$0.id]?.ticket != $0.ticket }
        }
    }

    mutating func take(_ id: NodeID) -> OutcomeRecord? {
        records.removeValue(forKey: id)?.record
    }

    private mutating func dropFirst() {
        guard let oldest = order.popFirst(), records[oldest.id]?.ticket == oldest.ticket else { return }
        records[oldest.id] = nil
    }
}
