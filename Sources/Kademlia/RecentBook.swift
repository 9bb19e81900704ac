public import DequeModule

/// What is remembered of nodes that came up lately: at most `capacity` of them, of which those that were written longest ago go
/// first. A node that is written again takes its new place and pushes nobody out.
///
/// The methods are inlinable because each owner remembers something else, in another module.
public struct RecentBook<Value: Sendable>: Sendable {
    @usableFromInline var values: [NodeID: (value: Value, ticket: UInt64)] = [:]
    /// In order of writing. What was taken out or written again leaves its old place behind, which means nothing any more.
    @usableFromInline var order = Deque<(id: NodeID, ticket: UInt64)>()
    @usableFromInline var lastTicket: UInt64 = 0
    @usableFromInline let capacity: Int

    @inlinable
    public init(capacity: Int) {
        self.capacity = capacity
    }

    @inlinable
    public var count: Int { values.count }

    @inlinable
    public subscript(id: NodeID) -> Value? { values[id]?.value }

    /// Remembers this in place of what was remembered of the node before.
    @inlinable
    public mutating func write(_ value: Value, of id: NodeID) {
        lastTicket += 1
        values[id] = (value, lastTicket)
        order.append((id, lastTicket))
        while values.count > capacity { dropFirst() }
        // Sweeping at twice the bound costs nothing on average.
        if order.count > 2 * capacity { order.removeAll { values[$0.id]?.ticket != $0.ticket } }
    }

    /// Changes what is remembered, in its place; nothing happens for a node that is not.
    @inlinable
    public mutating func update(_ id: NodeID, _ change: (inout Value) -> Void) {
        guard var entry = values[id] else { return }
        change(&entry.value)
        values[id] = entry
    }

    /// Forgets a node.
    @discardableResult
    @inlinable
    public mutating func take(_ id: NodeID) -> Value? {
        values.removeValue(forKey: id)?.value
    }

    /// Forgets those written longest ago, up to the first of which `isOver` says no.
    @inlinable
    public mutating func forget(while isOver: (Value) -> Bool) {
        while let oldest = order.first {
            if let entry = values[oldest.id], entry.ticket == oldest.ticket, !isOver(entry.value) { return }
            dropFirst()
        }
    }

    @inlinable
    mutating func dropFirst() {
        guard let oldest = order.popFirst(), values[oldest.id]?.ticket == oldest.ticket else { return }
        values[oldest.id] = nil
    }
}
