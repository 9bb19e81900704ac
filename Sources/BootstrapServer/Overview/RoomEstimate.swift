import Telemetry

/// How many more peers fit, as far as can be told: an estimate for operators, which decides nothing.
package struct RoomEstimate: Sendable, Equatable {
    /// What ends first.
    package enum Limit: String, Sendable {
        /// `--max-peers`.
        case limit
        case memory
        /// Open files, which sockets are.
        case files
    }

    package var peers: Int?
    package var limitedBy: Limit?
    /// As measured in this process, or what was measured elsewhere while there are too few peers to tell (docs/performance.md).
    package var bytesPerPeer: Int?
    /// What one core would do at the processor time that a join takes now; nil while too few join.
    package var joinsPerSecond: Int?

    package init() {}

    /// `causeway bench hold` (docs/performance.md), rounded up.
    static let usualBytesPerPeer = 6 << 10
    /// With fewer, what the process has besides decides the quotient.
    static let connectionsToMeasure = 500
    /// In a minute. With fewer, what the process does anyway decides the quotient.
    static let joinsToMeasure = 600
    /// Files that are no peers: the store, links, monitors.
    static let spareFiles = 128
    /// Of the memory that the machine has, what a peer may still be let in to take.
    static let usableMemoryShare = 0.9

    /// - Parameters:
    ///   - emptyBytes: memory of this process before anybody came.
    ///   - cost: processor time and joins of the last minute or so.
    static func make(
        registeredPeers: Int,
        connections: Int,
        maxPeers: Int,
        resources: ProcessResources,
        emptyBytes: Int?,
        limits: MachineLimits,
        cost: (time: Duration, joins: Int)?
    ) -> RoomEstimate {
        var estimate = RoomEstimate()
        var perPeer = usualBytesPerPeer
        if let resident = resources.residentBytes, let emptyBytes, connections >= connectionsToMeasure {
            perPeer = max(1 << 10, (resident - emptyBytes) / connections)
        }
        estimate.bytesPerPeer = perPeer
        var rooms: [(Limit, Int)] = [(.limit, maxPeers - registeredPeers)]
        if let files = limits.descriptors, let open = resources.openDescriptors {
            rooms.append((.files, files - open - spareFiles))
        }
        if let memory = limits.memory, let resident = resources.residentBytes {
            rooms.append((.memory, (Int(Double(memory) * usableMemoryShare) - resident) / perPeer))
        }
        if let least = rooms.min(by: { $0.1 < $1.1 }) {
            estimate.peers = max(0, least.1)
            estimate.limitedBy = least.0
        }
        if let cost, cost.joins >= joinsToMeasure {
            let perJoin = cost.time / cost.joins
            if perJoin > .zero { estimate.joinsPerSecond = Int(Duration.seconds(1) / perJoin) }
        }
        return estimate
    }
}
