import Timekeeping

extension RoutingTable {
    /// How much one bucket holds.
    struct Shape: Sendable {
        var bucketSize: Int
        var replacements: Int
        /// Nodes of one network, replacements included; 0 for any number.
        var perGroup: Int
    }

    /// Nodes of one range of distance, the longest unheard first.
    ///
    /// Two things always hold. Entries and replacements of one network together are at most `perGroup`, so that a
    /// replacement may move up whoever left. And there are replacements only while the entries are full.
    struct Bucket: Sendable {
        private(set) var entries: [Entry] = []
        /// Nodes that found the bucket full, the freshest last.
        private(set) var replacements: [Entry] = []
        /// When an entry was heard last, or the range was looked up.
        var lastActivity: Instant?

        mutating func seen(_ entry: Entry, shape: Shape) -> OnReport {
            if let index = entries.firstIndex(where: { $0.id == entry.id }) {
                return seenAgain(entry, at: index, shape: shape)
            }
            replacements.removeAll { $0.id == entry.id }
            guard makeRoom(for: entry, shape: shape) else { return .crowded }
            guard entries.count >= shape.bucketSize else {
                entries.append(entry)
                return .inserted
            }
            // Hearsay gives way to a node that was heard itself: it has no uptime to its credit.
            if let hearsay = entries.firstIndex(where: { $0.lastSeen == nil }) {
                entries.remove(at: hearsay)
                entries.append(entry)
                return .inserted
            }
            guard shape.replacements > 0, let oldest = entries.first?.id else { return .refused }
            if replacements.count >= shape.replacements { replacements.removeFirst() }
            replacements.append(entry)
            return .full(oldest: oldest)
        }

        private mutating func seenAgain(_ report: Entry, at index: Int, shape: Shape) -> OnReport {
            var entry = report
            let known = entries[index].group
            // Not to say where one is does not free a place.
            entry.group = report.group ?? known
            if entry.group == known {
                entries.remove(at: index)
                entries.append(entry)
                return .updated
            }
            // It has moved. Its old place is given up first: it counts in the new network only.
            entries.remove(at: index)
            let hasRoom = makeRoom(for: entry, shape: shape)
            if hasRoom { entries.append(entry) }
            refill(shape)
            return hasRoom ? .updated : .crowded
        }

        /// Makes sure that `entry`, which was heard itself and is not in the bucket, does not exceed its network's
        /// share: a node of that network that others only spoke of gives way, and so do its replacements, the longest
        /// unheard first.
        /// - Returns: false when nobody may give way.
        private mutating func makeRoom(for entry: Entry, shape: Shape) -> Bool {
            guard let group = entry.group, shape.perGroup > 0 else { return true }
            var share = entries.count { $0.group == group }
            if share >= shape.perGroup {
                guard let hearsay = entries.firstIndex(where: { $0.group == group && $0.lastSeen == nil }) else {
                    return false
                }
                entries.remove(at: hearsay)
                share -= 1
            }
            while share + replacements.count(where: { $0.group == group }) >= shape.perGroup,
                let oldest = replacements.firstIndex(where: { $0.group == group })
            {
                replacements.remove(at: oldest)
            }
            return true
        }

        /// - Returns: whether the node is an entry.
        mutating func heard(_ id: NodeID, at now: Instant) -> Bool {
            guard let index = entries.firstIndex(where: { $0.id == id }) else { return false }
            entries[index].lastSeen = now
            guard index != entries.endIndex - 1 else { return true }
            entries.append(entries.remove(at: index))
            return true
        }

        mutating func heardOf(_ entry: Entry, shape: Shape) -> OnReport {
            if let index = entries.firstIndex(where: { $0.id == entry.id }) {
                // What a node said of itself is not overwritten by what others say of it.
                guard entries[index].lastSeen == nil else { return .updated }
                if let group = entry.group, group != entries[index].group {
                    guard hasRoom(for: group, shape: shape) else { return .crowded }
                    entries[index].group = group
                }
                entries[index].contact = entry.contact
                return .updated
            }
            guard !replacements.contains(where: { $0.id == entry.id }) else { return .refused }
            if let group = entry.group, !hasRoom(for: group, shape: shape) { return .crowded }
            guard entries.count >= shape.bucketSize else {
                // Before all that were heard themselves: the first to go.
                entries.insert(entry, at: 0)
                return .inserted
            }
            guard replacements.count < shape.replacements else { return .refused }
            replacements.insert(entry, at: 0)
            return .refused
        }

        /// Whether one more node of `group` fits without anybody giving way.
        private func hasRoom(for group: NetworkGroup, shape: Shape) -> Bool {
            guard shape.perGroup > 0 else { return true }
            let share = entries.count { $0.group == group } + replacements.count { $0.group == group }
            return share < shape.perGroup
        }

        mutating func remove(_ id: NodeID, shape: Shape) -> Bool {
            if let index = entries.firstIndex(where: { $0.id == id }) {
                entries.remove(at: index)
                refill(shape)
                return true
            }
            replacements.removeAll { $0.id == id }
            return false
        }

        /// The freshest replacements move up into empty places. Their networks have room: they were counted already.
        private mutating func refill(_ shape: Shape) {
            while entries.count < shape.bucketSize, let freshest = replacements.popLast() {
                entries.insert(freshest, at: freshest.lastSeen == nil ? 0 : entries.endIndex)
            }
        }
    }
}
