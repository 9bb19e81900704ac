import HeapModule

/// What is due when: a heap of keys by instant, in which the owner replaces and cancels by key.
///
/// Cancelling leaves the old heap entry in place and makes it stale; stale entries are dropped when they surface, and the
/// heap is rebuilt once they outnumber the live ones, so memory follows the number of live deadlines.
package struct DeadlineQueue<Key: Hashable & Sendable>: Sendable {
    private struct Entry: Comparable, Sendable {
        var instant: Instant
        /// Breaks ties in order of arrival, so that two runs with one seed fire in one order.
        var sequence: UInt64
        var key: Key

        static func < (left: Entry, right: Entry) -> Bool {
            (left.instant, left.sequence) < (right.instant, right.sequence)
        }

        static func == (left: Entry, right: Entry) -> Bool {
            left.sequence == right.sequence
        }
    }

    private var heap = Heap<Entry>()
    private var live: [Key: UInt64] = [:]
    private var nextSequence: UInt64 = 0

    package init() {}

    /// How many keys have a deadline.
    package var count: Int { live.count }

    /// Whether `key` has a deadline.
    package func contains(_ key: Key) -> Bool { live[key] != nil }

    /// Sets the deadline of `key`, replacing the one it had.
    package mutating func set(_ key: Key, at instant: Instant) {
        nextSequence &+= 1
        live[key] = nextSequence
        heap.insert(Entry(instant: instant, sequence: nextSequence, key: key))
        compactIfMostlyStale()
    }

    /// Removes the deadline of `key`, if it has one.
    package mutating func cancel(_ key: Key) {
        live[key] = nil
        compactIfMostlyStale()
    }

    /// The earliest deadline, or nil when nothing is due.
    package mutating func next() -> Instant? {
        dropStale()
        return heap.min?.instant
    }

    /// Removes and returns the earliest key whose deadline is at or before `now`.
    package mutating func popDue(at now: Instant) -> Key? {
        dropStale()
        guard let first = heap.min, first.instant <= now else { return nil }
        heap.removeMin()
        live[first.key] = nil
        return first.key
    }

    private mutating func dropStale() {
        while let first = heap.min, live[first.key] != first.sequence {
            heap.removeMin()
        }
    }

    private mutating func compactIfMostlyStale() {
        guard heap.count > 64, heap.count > 2 * live.count else { return }
        heap = Heap(heap.unordered.filter { live[$0.key] == $0.sequence })
    }
}
