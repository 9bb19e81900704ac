import DHTTestKit
import Kademlia
import Testing
import Timekeeping

/// The rules of one bucket once more, as plainly as they can be said.
private struct BucketModel {
    struct Member: Equatable {
        var id: NodeID
        var contact: Int
        var lastSeen: Instant?
        var group: NetworkGroup?
    }

    let size: Int
    let spare: Int
    let share: Int
    var entries: [Member] = []
    var waiting: [Member] = []

    private func members(of group: NetworkGroup) -> Int { (entries + waiting).count { $0.group == group } }

    mutating func seen(_ report: Member) -> RoutingTable<Int>.OnReport {
        var member = report
        let known = entries.first { $0.id == member.id }
        if let known { member.group = member.group ?? known.group }
        entries.removeAll { $0.id == member.id }
        waiting.removeAll { $0.id == member.id }
        defer { fill() }
        if let group = member.group, share > 0 {
            while members(of: group) >= share {
                if let spare = waiting.firstIndex(where: { $0.group == group }) {
                    waiting.remove(at: spare)
                } else if let rumour = entries.firstIndex(where: { $0.group == group && $0.lastSeen == nil }) {
                    entries.remove(at: rumour)
                } else {
                    return .crowded
                }
            }
        }
        if known != nil {
            entries.append(member)
            return .updated
        }
        if entries.count == size, let rumour = entries.firstIndex(where: { $0.lastSeen == nil }) {
            entries.remove(at: rumour)
        }
        if entries.count < size {
            entries.append(member)
            return .inserted
        }
        waiting = (waiting + [member]).suffix(spare)
        return .full(oldest: entries[0].id)
    }

    mutating func heardOf(_ member: Member) -> RoutingTable<Int>.OnReport {
        let isCrowded = member.group.map { share > 0 && members(of: $0) >= share } ?? false
        if let index = entries.firstIndex(where: { $0.id == member.id }) {
            guard entries[index].lastSeen == nil else { return .updated }
            let moves = member.group != nil && member.group != entries[index].group
            if moves && isCrowded { return .crowded }
            entries[index].contact = member.contact
            entries[index].group = member.group ?? entries[index].group
            return .updated
        }
        if waiting.contains(where: { $0.id == member.id }) { return .refused }
        if isCrowded { return .crowded }
        if entries.count < size {
            entries.insert(member, at: 0)
            return .inserted
        }
        if waiting.count < spare { waiting.insert(member, at: 0) }
        return .refused
    }

    mutating func heard(_ id: NodeID, at now: Instant) {
        guard let index = entries.firstIndex(where: { $0.id == id }) else { return }
        var member = entries.remove(at: index)
        member.lastSeen = now
        entries.append(member)
    }

    mutating func failed(_ id: NodeID) {
        let wasEntry = entries.contains { $0.id == id }
        entries.removeAll { $0.id == id }
        if !wasEntry { waiting.removeAll { $0.id == id } }
        fill()
    }

    private mutating func fill() {
        while entries.count < size, let last = waiting.popLast() {
            entries.insert(last, at: last.lastSeen == nil ? 0 : entries.count)
        }
    }
}

@Suite struct RoutingTableModelTests {
    @Test(arguments: SeededGenerator.seeds(4), [0, 1, 2]) func bucketDoesWhatTheModelSays(seed: UInt64, share: Int) {
        print("routing table model seed \(seed), \(share) per network")
        var generator = SeededGenerator(seed: seed)
        var table = RoutingTable<Int>(localID: 0, bucketSize: 4, replacementsPerBucket: 3, entriesPerGroup: share)
        var model = BucketModel(size: 4, spare: 3, share: share)
        let groups = (0..<4).map { NetworkGroup(host: "192.0.\($0).1") } + [nil]
        var reports: Set<String> = []
        for step in 0..<1_000 {
            let id = NodeID(integerLiteral: UInt32.random(in: 0x80...0x8b, using: &generator))
            let now = Instant.zero + .seconds(step)
            let group = groups[Int.random(in: groups.indices, using: &generator)]
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<5:
                let report = table.seen(id, contact: step, group: group, at: now)
                let expected = model.seen(.init(id: id, contact: step, lastSeen: now, group: group))
                guard report == expected else { return record("seen \(id): \(report), not \(expected)", step) }
                reports.insert(name(report))
            case 5..<8:
                let report = table.heardOf(id, contact: step, group: group)
                let expected = model.heardOf(.init(id: id, contact: step, lastSeen: nil, group: group))
                guard report == expected else { return record("heardOf \(id): \(report), not \(expected)", step) }
                reports.insert(name(report))
            case 8:
                table.heard(id, at: now)
                model.heard(id, at: now)
            default:
                table.failed(id)
                model.failed(id)
            }
            // Walking all buckets costs more than all else here; reports are compared every time.
            guard step % 9 == 0 else { continue }
            let entries = table.entries.map {
                BucketModel.Member(id: $0.id, contact: $0.contact, lastSeen: $0.lastSeen, group: $0.group)
            }
            guard entries == model.entries, table.count == entries.count,
                table.fullestBucket.replacements == model.waiting.count
            else { return record("\(entries), not \(model.entries) and \(model.waiting)", step) }
        }
        let all: Set = ["inserted", "updated", "full", "refused", "crowded"]
        #expect(reports == (share == 0 ? all.subtracting(["crowded"]) : all), "the traffic must reach every case")
    }

    @Test(arguments: SeededGenerator.seeds(4)) func noBucketHoldsMoreThanItsShareOfANetwork(seed: UInt64) {
        print("routing table share seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        let local = NodeID.random(using: &generator)
        var table = RoutingTable<Int>(localID: local)
        var known = [local]
        let groups = (0..<30).map { NetworkGroup(host: "2001:db8:\($0)::1") } + [nil]
        for step in 0..<2_000 {
            let isKnown = Int.random(in: 0..<3, using: &generator) == 0
            let id =
                isKnown
                ? known[Int.random(in: known.indices, using: &generator)]
                : NodeID.random(inBucket: Int.random(in: 150...159, using: &generator), of: local, using: &generator)
            if !isKnown { known.append(id) }
            let group = groups[Int.random(in: groups.indices, using: &generator)]
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<6: _ = table.seen(id, contact: step, group: group, at: .zero + .seconds(step))
            case 6..<8: _ = table.heardOf(id, contact: step, group: group)
            default: table.failed(id)
            }
            guard step % 50 == 49 else { continue }
            var shares: [String: Int] = [:]
            for entry in table.entries {
                guard let group = entry.group, let bucket = local.distance(to: entry.id).bucketIndex else { continue }
                shares["\(bucket) \(group)", default: 0] += 1
            }
            #expect(shares.values.allSatisfy { $0 <= KademliaDefaults.entriesPerGroup })
        }
        #expect(table.fullestBucket.entries == KademliaDefaults.bucketSize, "the traffic must fill a bucket")
    }

    private func record(_ difference: String, _ step: Int) {
        Issue.record("step \(step): \(difference)")
    }

    private func name(_ report: RoutingTable<Int>.OnReport) -> String {
        switch report {
        case .inserted: "inserted"
        case .updated: "updated"
        case .full: "full"
        case .refused: "refused"
        case .crowded: "crowded"
        case .isSelf: "isSelf"
        }
    }
}
