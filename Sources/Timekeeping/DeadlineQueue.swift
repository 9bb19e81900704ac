public import HeapModule

/// What is due when: a heap of instants, in which the owner replaces and cancels by key.
///
/// Cancelling leaves the old heap entry in place and makes it stale; stale entries are dropped when they surface, and the
/// heap is rebuilt once they outnumber the live ones, so memory follows the number of live deadlines.
///
/// Every event of a server ends with `next`, so that costs no hashing: an entry names the slot of its key, and is stale if
/// the slot has moved on. The methods are inlinable because each owner has keys of its own, in another module.
public struct DeadlineQueue<Key: Hashable & Sendable>: Sendable {
    @usableFromInline
    struct Entry: Comparable, Sendable {
        @usableFromInline let instant: Instant
        /// Breaks ties in order of arrival, so that two runs with one seed fire in one order.
        @usableFromInline let sequence: UInt64
        @usableFromInline let slot: Int

        @inlinable
        init(instant: Instant, sequence: UInt64, slot: Int) {
            self.instant = instant
            self.sequence = sequence
            self.slot = slot
        }

        @inlinable
        static func < (left: Entry, right: Entry) -> Bool {
            left.instant == right.instant ? left.sequence < right.sequence : left.instant < right.instant
        }

        @inlinable
        static func == (left: Entry, right: Entry) -> Bool {
            left.sequence == right.sequence
        }
    }

    /// Where a key with a deadline is kept.
    @usableFromInline
    struct Slot: Sendable {
        /// nil while the slot is free.
        @usableFromInline var key: Key?
        /// Of its one entry that counts; 0 for none.
        @usableFromInline var sequence: UInt64 = 0

        @inlinable
        init(key: Key?) {
            self.key = key
        }
    }

    @usableFromInline var heap = Heap<Entry>()
    @usableFromInline var slotOf: [Key: Int] = [:]
    @usableFromInline var slots: [Slot] = []
    @usableFromInline var free: [Int] = []
    @usableFromInline var lastSequence: UInt64 = 0

    @inlinable
    public init() {}

    /// How many keys have a deadline.
    @inlinable
    public var count: Int { slotOf.count }

    /// Whether `key` has a deadline.
    @inlinable
    public func contains(_ key: Key) -> Bool { slotOf[key] != nil }

    /// Sets the deadline of `key`, replacing the one it had.
    @inlinable
    public mutating func set(_ key: Key, at instant: Instant) {
        lastSequence += 1
        let slot = slotOf[key] ?? takeSlot(for: key)
        slots[slot].sequence = lastSequence
        heap.insert(Entry(instant: instant, sequence: lastSequence, slot: slot))
        compactIfMostlyStale()
    }

    /// Removes the deadline of `key`, if it has one.
    @inlinable
    public mutating func cancel(_ key: Key) {
        guard let slot = slotOf.removeValue(forKey: key) else { return }
        giveBack(slot)
        compactIfMostlyStale()
    }

    /// The earliest deadline, or nil when nothing is due.
    @inlinable
    public mutating func next() -> Instant? {
        dropStale()
        return heap.min?.instant
    }

    /// Removes and returns the earliest key whose deadline is at or before `now`.
    @inlinable
    public mutating func popDue(at now: Instant) -> Key? {
        dropStale()
        guard let first = heap.min, first.instant <= now, let key = slots[first.slot].key else { return nil }
        heap.removeMin()
        slotOf[key] = nil
        giveBack(first.slot)
        return key
    }

    @inlinable
    mutating func takeSlot(for key: Key) -> Int {
        let slot: Int
        if let last = free.popLast() {
            slot = last
            slots[slot].key = key
        } else {
            slot = slots.count
            slots.append(Slot(key: key))
        }
        slotOf[key] = slot
        return slot
    }

    @inlinable
    mutating func giveBack(_ slot: Int) {
        slots[slot].key = nil
        slots[slot].sequence = 0
        free.append(slot)
    }

    @inlinable
    mutating func dropStale() {
        while let first = heap.min, slots[first.slot].sequence != first.sequence {
            heap.removeMin()
        }
    }

    @inlinable
    mutating func compactIfMostlyStale() {
        guard heap.count > 64, heap.count > 2 * slotOf.count else { return }
        let counting = heap.unordered.filter { slots[$0.slot].sequence == $0.sequence }
        guard slots.count > 64, slots.count > 2 * slotOf.count else {
            heap = Heap(counting)
            return
        }
        // A crowd has gone, and its slots go with it.
        var kept: [Slot] = []
        kept.reserveCapacity(counting.count)
        heap = Heap(
            counting.map { entry in
                let slot = slots[entry.slot]
                if let key = slot.key { slotOf[key] = kept.count }
                kept.append(slot)
                return Entry(instant: entry.instant, sequence: entry.sequence, slot: kept.count - 1)
            }
        )
        slots = kept
        free = []
    }
}
