public import DequeModule
public import HeapModule

/// A bounded waiting line that serves its sources in turn: whoever asks a thousand times waits behind its own questions, not
/// others behind them. Each source's own elements stay in order. No step costs more the longer the line is, but for
/// withdrawing an element from the middle of its source's line, and for the choice of a loser, which takes logarithmic time.
///
/// The methods are inlinable because each owner has elements of its own, in another module.
public struct FairQueue<Element: Hashable & Sendable>: Sendable {
    /// What `offer`'s caller says of an element.
    public enum Reply {
        /// Taken; it leaves the line.
        case take
        /// Not this one now; try another source's.
        case skip
        /// Nothing more can be taken.
        case stop
    }

    /// A source as long as its line was at some time; among equals the one that was so first.
    @usableFromInline
    struct Rank: Comparable, Sendable {
        @usableFromInline var length: Int
        @usableFromInline var order: UInt64
        @usableFromInline var source: SourceID

        @inlinable
        init(length: Int, order: UInt64, source: SourceID) {
            self.length = length
            self.order = order
            self.source = source
        }

        @inlinable
        static func < (left: Rank, right: Rank) -> Bool {
            (left.length, right.order) < (right.length, left.order)
        }
    }

    public let capacity: Int
    @usableFromInline var size = 0
    /// A line that became empty by a withdrawal stays until its turn comes.
    @usableFromInline var lines: [SourceID: Deque<Element>] = [:]
    /// Each source of `lines` once.
    @usableFromInline var turns = Deque<SourceID>()
    /// Kept only since the line was full, and until it is half empty. Every line is in it with its length or a longer one.
    @usableFromInline var ranking: Heap<Rank>?
    @usableFromInline var nextOrder: UInt64 = 0

    @inlinable
    public init(capacity: Int) {
        self.capacity = capacity
    }

    @inlinable
    public var count: Int { size }

    @inlinable
    public var isEmpty: Bool { size == 0 }

    /// Adds an element. When the line is full, the source with the longest line loses its newest element, which may be this
    /// very one: so a source can fill what nobody else wants, and no more.
    ///
    /// - Returns: who has no place, if somebody has not.
    @inlinable
    public mutating func append(_ element: Element, of source: SourceID) -> Element? {
        guard size >= capacity else {
            push(element, source)
            return nil
        }
        let own = lines[source]?.count ?? 0
        guard let longest = findLongest(), own + 1 < longest.length, let loser = lines[longest.source]?.popLast() else {
            return element
        }
        size -= 1
        push(element, source)
        return loser
    }

    /// Offers the first element of one source after the other, each source at most once.
    ///
    /// - Parameter limit: how many may be skipped at most: their own timers look after them.
    @inlinable
    public mutating func offer(skippingAtMost limit: Int, _ reply: (Element) -> Reply) {
        var skipped = 0
        for _ in 0..<turns.count {
            guard let source = turns.first else { return }
            guard let element = lines[source]?.first else {
                turns.removeFirst()
                lines[source] = nil
                continue
            }
            switch reply(element) {
            case .take:
                lines[source]?.removeFirst()
                turns.removeFirst()
                if lines[source]?.isEmpty == true {
                    lines[source] = nil
                } else {
                    turns.append(source)
                }
                shrank()
                return
            case .skip:
                turns.removeFirst()
                turns.append(source)
                skipped += 1
                if skipped > limit { return }
            case .stop:
                return
            }
        }
    }

    /// Withdraws an element that waits.
    @inlinable
    public mutating func remove(_ element: Element, of source: SourceID) {
        guard let index = lines[source]?.firstIndex(of: element) else { return }
        lines[source]?.remove(at: index)
        shrank()
        // Withdrawals alone must not make a crowd of empty lines.
        if turns.count > 2 * capacity + 16 {
            lines = lines.filter { !$0.value.isEmpty }
            turns.removeAll { lines[$0] == nil }
        }
    }

    @inlinable
    mutating func push(_ element: Element, _ source: SourceID) {
        if lines[source] == nil { turns.append(source) }
        lines[source, default: []].append(element)
        size += 1
        rank(source)
        if let ranks = ranking?.count, ranks > 4 * turns.count + 16 { ranking = nil }
    }

    @inlinable
    mutating func shrank() {
        size -= 1
        if size < capacity / 2 { ranking = nil }
    }

    // MARK: The longest line

    @inlinable
    mutating func rank(_ source: SourceID) {
        guard ranking != nil, let length = lines[source]?.count, length > 0 else { return }
        nextOrder += 1
        ranking?.insert(Rank(length: length, order: nextOrder, source: source))
    }

    /// A line that is shorter than its rank says gets its true rank when the false one comes up.
    @inlinable
    mutating func findLongest() -> Rank? {
        if ranking == nil {
            ranking = Heap()
            for source in turns { rank(source) }
        }
        while let top = ranking?.max {
            let length = lines[top.source]?.count ?? 0
            if length == top.length { return top }
            ranking?.removeMax()
            if length < top.length { rank(top.source) }
        }
        return nil
    }
}
