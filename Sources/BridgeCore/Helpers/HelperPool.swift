public import Kademlia
public import Timekeeping
public import WireMessages

/// All connected peers as helper candidates, sorted into groups before anybody asks, so that a choice costs the same with 25
/// candidates as with 3,000. What is chosen is described at ``HelperChoice``.
///
/// Whatever happens to a peer is told with ``update(_:_:)`` and puts it into its group at once. What time alone changes is
/// settled when a choice is made: rests and probations that are over wait in a queue of deadlines, and a candidate that has
/// fallen silent is put aside when it is drawn, until it is heard again. Each of these costs a few steps, once per cause.
///
/// Time only moves forward: an instant before the latest one seen counts as that one.
public struct HelperPool: Sendable {
    /// Where a candidate is filed.
    private struct Slot: Sendable {
        var group: HelperGroup?
        /// Its position among the group's members.
        var position = 0
        var changesAt: Instant?
    }

    /// In no particular order; removing one moves the last into its place.
    public private(set) var candidates: [HelperCandidate] = []
    private var slots: [Slot] = []
    private var places: [NodeID: Int] = [:]
    /// The places of every group's members.
    private var members = [[Int]](repeating: [], count: HelperGroup.count)
    /// For each row the bits of its groups that have members.
    private var occupied = [UInt8](repeating: 0, count: HelperGroup.rowCount)
    private var deadlines = DeadlineQueue<NodeID>()
    /// No deadline is before this one.
    private var nextDeadline: Instant?
    /// Up to when time has been settled.
    private var clock = Instant.zero
    private var gone = OutcomeBook()

    public init() {}

    public var count: Int { candidates.count }

    public subscript(id: NodeID) -> HelperCandidate? { places[id].map { candidates[$0] } }

    /// Where `candidates` has it; holds until the next removal.
    public func place(of id: NodeID) -> Int? { places[id] }

    /// Takes in a peer that connected, at the end of `candidates`, with the record it left behind.
    /// - Returns: false, and nothing happened, if it is here already.
    @discardableResult
    public mutating func insert(_ candidate: HelperCandidate) -> Bool {
        guard places[candidate.id] == nil else { return false }
        let place = candidates.count
        places[candidate.id] = place
        candidates.append(candidate)
        if let record = gone.take(candidate.id) { candidates[place].resume(record) }
        slots.append(Slot())
        file(place)
        return true
    }

    /// Takes out a peer that left; its record is kept for when it comes back.
    /// - Returns: the place it had, now that of the last one; nil if it was not here.
    @discardableResult
    public mutating func remove(_ id: NodeID) -> Int? {
        guard let place = places.removeValue(forKey: id) else { return nil }
        gone.keep(candidates[place].outcomes, of: id)
        leaveGroup(place)
        if slots[place].changesAt != nil { deadlines.cancel(id) }
        let last = candidates.count - 1
        if place != last {
            candidates.swapAt(place, last)
            slots.swapAt(place, last)
            places[candidates[place].id] = place
            if let group = slots[place].group { members[group.index][slots[place].position] = place }
        }
        candidates.removeLast()
        slots.removeLast()
        return place
    }

    /// Changes what is known of a peer; nothing happens if it is not here.
    public mutating func update(_ id: NodeID, _ change: (inout HelperCandidate) -> Void) {
        guard let place = places[id] else { return }
        change(&candidates[place])
        file(place)
    }

    /// The same for the candidate at `place`, together with something of the caller's.
    public mutating func update<Other>(
        at place: Int,
        with other: inout Other,
        _ change: (inout Other, inout HelperCandidate) -> Void
    ) {
        change(&other, &candidates[place])
        file(place)
    }

    /// It sent a message.
    public mutating func heard(_ id: NodeID, at now: Instant) {
        update(id) { $0.lastHeard = now }
    }

    /// A bootstrap reported what became of an introduction to that helper. If it has left, that is kept for when it comes
    /// back; so the caller must know that it made that introduction.
    public mutating func record(_ result: IntroductionResult, of id: NodeID, at now: Instant) {
        guard places[id] == nil else { return update(id) { $0.record(result, at: now) } }
        var record = gone[id] ?? OutcomeRecord()
        record.record(result, at: now)
        gone.keep(record, of: id)
    }

    /// Settles what is due. Choosing does so by itself.
    public mutating func advance(to now: Instant) {
        guard now > clock else { return }
        clock = now
        guard let next = nextDeadline, next <= now else { return }
        while let id = deadlines.popDue(at: now) {
            guard let place = places[id] else { continue }
            slots[place].changesAt = nil
            file(place)
        }
        nextDeadline = deadlines.next()
    }

    /// Whom to ask to invite that newcomer; nobody is told, and nothing is counted.
    /// - Parameter tried: helpers that are not wanted again, a few at most.
    /// - Returns: the helper, or nil when nobody qualifies.
    public mutating func choose(
        for newcomer: Newcomer,
        excluding tried: [NodeID] = [],
        at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> HelperCandidate? {
        advance(to: now)
        let unwanted = tried + [newcomer.id]
        let (sure, hope) = Self.groups(for: newcomer.reach)
        for condition in 0..<HelperGroup.Condition.allCases.count {
            let rows = condition * HelperGroup.rowsPerCondition..<(condition + 1) * HelperGroup.rowsPerCondition
            for reachable in [sure, hope] {
                for row in rows {
                    guard let first = draw(of: row, reachable, unwanted, using: &generator) else { continue }
                    let others = unwanted + [candidates[first].id]
                    guard let second = draw(of: row, reachable, others, using: &generator) else {
                        return candidates[first]
                    }
                    return candidates[cheaper(first, second)]
                }
            }
        }
        return nil
    }

    private func cheaper(_ one: Int, _ other: Int) -> Int {
        let costs = (
            HelperChoice.cost(of: candidates[one], at: clock), HelperChoice.cost(of: candidates[other], at: clock)
        )
        return costs.1 < costs.0 ? other : one
    }

    /// The groups of a row in whose members a newcomer has hopes, as bits.
    private static func groups(for newcomer: Reach) -> (sure: UInt8, hope: UInt8) {
        var (sure, hope): (UInt8, UInt8) = (0, 0)
        for (index, helper) in Reach.allCases.enumerated() {
            switch Prospect(of: helper, with: newcomer) {
            case .sure: sure |= 1 << UInt8(index)
            case .hope: hope |= 1 << UInt8(index)
            case .none: break
            }
        }
        return (sure, hope)
    }

    // MARK: Drawing

    /// The place of one at random out of some groups of a row; nil if nobody in them will do.
    private mutating func draw(
        of row: Int,
        _ reachable: UInt8,
        _ unwanted: [NodeID],
        using generator: inout some RandomNumberGenerator
    ) -> Int? {
        var drawn = 0
        while true {
            let groups = occupied[row] & reachable
            guard groups != 0 else { return nil }
            let count = size(of: row, groups)
            let start = Int.random(in: 0..<count, using: &generator)
            guard count > unwanted.count, drawn < BridgeDefaults.unwantedDraws else {
                return search(row, groups, from: start, count, unwanted)
            }
            let place = member(start, of: row, groups)
            if candidates[place].isSilent(at: clock) {
                // One less to draw from, so this comes to an end.
                leaveGroup(place)
            } else if unwanted.contains(candidates[place].id) {
                drawn += 1
            } else {
                return place
            }
        }
    }

    private func size(of row: Int, _ groups: UInt8) -> Int {
        var count = 0
        var left = groups
        while left != 0 {
            count += members[row * HelperGroup.groupsPerRow + left.trailingZeroBitCount].count
            left &= left - 1
        }
        return count
    }

    private func member(_ number: Int, of row: Int, _ groups: UInt8) -> Int {
        var number = number
        var left = groups
        while true {
            let group = row * HelperGroup.groupsPerRow + left.trailingZeroBitCount
            left &= left - 1
            guard number >= members[group].count, left != 0 else { return members[group][number] }
            number -= members[group].count
        }
    }

    /// Looks through groups from a random start. Only for few members, or very bad luck.
    private func search(_ row: Int, _ groups: UInt8, from start: Int, _ count: Int, _ unwanted: [NodeID]) -> Int? {
        for number in 0..<count {
            let place = member((start + number) % count, of: row, groups)
            if !candidates[place].isSilent(at: clock), !unwanted.contains(candidates[place].id) { return place }
        }
        return nil
    }

    // MARK: Filing

    private mutating func file(_ place: Int) {
        let standing = HelperStanding(of: candidates[place], at: clock)
        if slots[place].changesAt != standing.changesAt {
            slots[place].changesAt = standing.changesAt
            if let instant = standing.changesAt {
                deadlines.set(candidates[place].id, at: instant)
                nextDeadline = min(nextDeadline ?? instant, instant)
            } else {
                deadlines.cancel(candidates[place].id)
            }
        }
        guard slots[place].group != standing.group else { return }
        leaveGroup(place)
        guard let group = standing.group else { return }
        slots[place].group = group
        slots[place].position = members[group.index].count
        members[group.index].append(place)
        occupied[group.row] |= group.bit
    }

    /// The group's last member moves to where it was.
    private mutating func leaveGroup(_ place: Int) {
        guard let group = slots[place].group else { return }
        slots[place].group = nil
        let position = slots[place].position
        let last = members[group.index].removeLast()
        if last != place {
            members[group.index][position] = last
            slots[last].position = position
        }
        if members[group.index].isEmpty { occupied[group.row] &= ~group.bit }
    }
}
