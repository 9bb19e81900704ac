import Timekeeping

extension RoutingTable {
    /// Nodes of one range of distance, the longest unheard first.
    struct Bucket: Sendable {
        private(set) var entries: [Entry] = []
        /// Nodes that found the bucket full, the freshest last.
        private(set) var replacements: [Entry] = []
        /// When anybody in the bucket was heard last.
        var lastActivity: Instant?

        mutating func seen(_ entry: Entry, bucketSize: Int, replacementLimit: Int) -> OnReport {
            if let index = entries.firstIndex(where: { $0.id == entry.id }) {
                entries.remove(at: index)
                entries.append(entry)
                return .updated
            }
            replacements.removeAll { $0.id == entry.id }
            guard entries.count >= bucketSize else {
                entries.append(entry)
                return .inserted
            }
            // Hearsay gives way to a node that was heard itself: it has no uptime to its credit.
            if let hearsay = entries.firstIndex(where: { $0.lastSeen == nil }) {
                entries.remove(at: hearsay)
                entries.append(entry)
                return .inserted
            }
            guard replacementLimit > 0, let oldest = entries.first?.id else { return .refused }
            if replacements.count >= replacementLimit { replacements.removeFirst() }
            replacements.append(entry)
            return .full(oldest: oldest)
        }

        mutating func heard(_ id: NodeID, at now: Instant) {
            guard let index = entries.firstIndex(where: { $0.id == id }) else { return }
            entries[index].lastSeen = now
            guard index != entries.endIndex - 1 else { return }
            entries.append(entries.remove(at: index))
        }

        mutating func heardOf(_ entry: Entry, bucketSize: Int, replacementLimit: Int) -> OnReport {
            if let index = entries.firstIndex(where: { $0.id == entry.id }) {
                // What a node said of itself is not overwritten by what others say of it.
                if entries[index].lastSeen == nil { entries[index].contact = entry.contact }
                return .updated
            }
            guard entries.count >= bucketSize else {
                // Before all that were heard themselves: the first to go.
                entries.insert(entry, at: 0)
                return .inserted
            }
            guard replacements.count < replacementLimit, !replacements.contains(where: { $0.id == entry.id }) else {
                return .refused
            }
            replacements.insert(entry, at: 0)
            return .refused
        }

        mutating func remove(_ id: NodeID) -> Bool {
            if let index = entries.firstIndex(where: { $0.id == id }) {
                entries.remove(at: index)
                if let freshest = replacements.popLast() {
                    entries.insert(freshest, at: freshest.lastSeen == nil ? 0 : entries.endIndex)
                }
                return true
            }
            replacements.removeAll { $0.id == id }
            return false
        }
    }
}
