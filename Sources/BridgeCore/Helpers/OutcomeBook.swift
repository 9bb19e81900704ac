import Kademlia

/// The records of helpers that left, so that one that stays silent is not washed clean by connecting again.
struct OutcomeBook: Sendable {
    private var records = RecentBook<OutcomeRecord>(capacity: BridgeDefaults.rememberedOutcomes)

    subscript(id: NodeID) -> OutcomeRecord? { records[id] }

    mutating func keep(_ record: OutcomeRecord, of id: NodeID) {
        // A record with nothing in it is what everybody starts with.
        guard record != OutcomeRecord() else { return }
        records.write(record, of: id)
    }

    mutating func take(_ id: NodeID) -> OutcomeRecord? {
        records.take(id)
    }
}
