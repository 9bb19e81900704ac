import Timekeeping

extension Lookup {
    /// The nodes a lookup knows of, nearest to the target first, and how far it is with each.
    ///
    /// A sorted array: there are at most a few hundred (`maximumQueries` that were asked, and twice `candidates` that
    /// were not), and every question is about the nearest. Distance to the target identifies a node, so it is also the
    /// key.
    struct Candidates: Sendable {
        private enum State: Hashable, Sendable {
            case heard
            case waiting(until: Instant)
            /// It did not answer in time; it still may.
            case late
            case answered
            case failed
            /// Nothing was sent for want of a link.
            case skipped
        }

        private struct Candidate: Sendable {
            let id: NodeID
            let distance: Distance
            var state: State
        }

        /// What decides the next step.
        struct View {
            /// Index of the nearest node, among the `size` nearest that were not given up, that has yet to be asked.
            var nearestHeard: Int?
            /// Whether one of these has yet to answer.
            var isWaiting = false
            /// Questions on their way, to whomever.
            var inFlight = 0
            /// When the first of those is given up.
            var nextExpiry: Instant?
        }

        private let target: NodeID
        private var nodes: [Candidate] = []

        init(target: NodeID) {
            self.target = target
        }

        func view(of size: Int) -> View {
            var view = View()
            var places = size
            for (index, node) in nodes.enumerated() {
                switch node.state {
                case .heard:
                    if places > 0, view.nearestHeard == nil { view.nearestHeard = index }
                    places -= 1
                case .waiting(let until):
                    if places > 0 { view.isWaiting = true }
                    view.inFlight += 1
                    view.nextExpiry = min(view.nextExpiry ?? until, until)
                    places -= 1
                case .answered:
                    places -= 1
                case .late, .failed, .skipped:
                    continue
                }
            }
            return view
        }

        mutating func ask(at index: Int, until expiry: Instant) -> NodeID {
            nodes[index].state = .waiting(until: expiry)
            return nodes[index].id
        }

        /// Gives up on those whose time is over.
        mutating func expire(at now: Instant) {
            for index in nodes.indices {
                if case .waiting(let until) = nodes[index].state, until <= now { nodes[index].state = .late }
            }
        }

        /// - Returns: whether the node was waited for, or late.
        mutating func answered(_ id: NodeID) -> Bool {
            move(id, to: .answered, includingLate: true)
        }

        mutating func failed(_ id: NodeID) {
            _ = move(id, to: .failed, includingLate: true)
        }

        /// - Returns: whether the node was waited for.
        mutating func skipped(_ id: NodeID) -> Bool {
            move(id, to: .skipped, includingLate: false)
        }

        private mutating func move(_ id: NodeID, to state: State, includingLate: Bool) -> Bool {
            let index = place(of: id.distance(to: target))
            guard index < nodes.endIndex, nodes[index].id == id else { return false }
            switch nodes[index].state {
            case .waiting: break
            case .late: guard includingLate else { return false }
            case .heard, .answered, .failed, .skipped: return false
            }
            nodes[index].state = state
            return true
        }

        /// Adds a node unless it is known.
        mutating func insert(_ id: NodeID) {
            let distance = id.distance(to: target)
            let index = place(of: distance)
            if index < nodes.endIndex, nodes[index].distance == distance { return }
            nodes.insert(Candidate(id: id, distance: distance, state: .heard), at: index)
        }

        /// Keeps the `limit` nearest of those heard of, and as many of those skipped: the skipped are kept so that they
        /// are not named over and over, and apart so that they do not displace those who can be asked.
        mutating func trim(to limit: Int) {
            var heard = 0
            var skipped = 0
            nodes.removeAll { node in
                switch node.state {
                case .heard:
                    heard += 1
                    return heard > limit
                case .skipped:
                    skipped += 1
                    return skipped > limit
                case .waiting, .late, .answered, .failed:
                    return false
                }
            }
        }

        /// Index of the first node that is not nearer than `distance`.
        private func place(of distance: Distance) -> Int {
            var low = nodes.startIndex
            var high = nodes.endIndex
            while low < high {
                let middle = (low + high) / 2
                if nodes[middle].distance < distance { low = middle + 1 } else { high = middle }
            }
            return low
        }

        /// Who answered, nearest first.
        var answered: some Sequence<NodeID> {
            nodes.lazy.filter { $0.state == .answered }.map(\.id)
        }

        /// Who was not asked, nearest first.
        var unasked: [NodeID] {
            nodes.filter { $0.state == .heard || $0.state == .skipped }.map(\.id)
        }
    }
}
