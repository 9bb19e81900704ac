/// The connections that other peers may be led to, handed out in turn: each is shown once before any is shown again.
///
/// Every operation costs a constant, or as many steps as it hands out, however many peers there are: when all bridges are
/// down, each join asks for a list.
struct PeerRotation: Sendable {
    /// Up to `cursor`: shown in this round. From there on: not yet.
    private var order: [ConnectionID] = []
    private var positions: [ConnectionID: Int] = [:]
    private var cursor = 0

    var count: Int { order.count }

    /// Adds a connection, to be shown in this round; nothing if it is there already.
    mutating func insert(_ connection: ConnectionID) {
        guard positions[connection] == nil else { return }
        positions[connection] = order.count
        order.append(connection)
    }

    /// Takes a connection out; nothing if it is not there. The others keep their turns.
    mutating func remove(_ connection: ConnectionID) {
        guard var hole = positions.removeValue(forKey: connection) else { return }
        if hole < cursor {
            cursor -= 1
            move(from: cursor, to: hole)
            hole = cursor
        }
        move(from: order.count - 1, to: hole)
        order.removeLast()
    }

    private mutating func move(from source: Int, to target: Int) {
        guard source != target else { return }
        order[target] = order[source]
        positions[order[target]] = target
    }

    /// The next ones that are wanted.
    ///
    /// - Parameters:
    ///   - limit: how many at most.
    ///   - steps: how many to look at, at most. Those that are not wanted have had their turn too.
    mutating func next(
        _ limit: Int,
        lookingAt steps: Int,
        where isWanted: (ConnectionID) -> Bool
    ) -> [ConnectionID] {
        var chosen: [ConnectionID] = []
        for _ in 0..<min(steps, order.count) where chosen.count < limit {
            if cursor >= order.count { cursor = 0 }
            let connection = order[cursor]
            cursor += 1
            if isWanted(connection) { chosen.append(connection) }
        }
        return chosen
    }
}
