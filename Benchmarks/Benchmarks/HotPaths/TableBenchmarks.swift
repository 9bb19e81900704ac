import Benchmark
import BridgeCore
import DHTTestKit
import Kademlia
import Timekeeping

func routingBenchmarks() {
    Benchmark("routing table: 1,000 nodes met", configuration: scaled(.one)) { benchmark, ids in
        for _ in benchmark.scaledIterations { blackHole(filledTable(with: ids)) }
    } setup: {
        ids(1_000)
    }
    Benchmark("routing table: closest 20") { benchmark, kept in
        for _ in benchmark.scaledIterations { blackHole(kept.value.search()) }
    } setup: {
        Kept(TableDriver())
    }
}

/// A table of a node that met 1,000 others, in which is looked for what lies anywhere.
struct TableDriver {
    private let table = filledTable(with: ids(1_000))
    private var generator = SeededGenerator(seed: 2)

    mutating func search() -> Int {
        table.closest(20, to: .random(using: &generator)).count
    }
}

private func ids(_ count: Int) -> [NodeID] {
    var generator = SeededGenerator(seed: 1)
    return (0..<count).map { _ in .random(using: &generator) }
}

private func filledTable(with ids: [NodeID]) -> RoutingTable<Int> {
    var table = RoutingTable<Int>(localID: 0)
    for id in ids { _ = table.seen(id, contact: 0, at: .zero) }
    return table
}

func helperBenchmarks() {
    for peers in [25, 300, 3_000] {
        Benchmark("choose a helper of \(peers)") { benchmark, kept in
            for _ in benchmark.scaledIterations { blackHole(kept.value.choose()) }
        } setup: {
            Kept(HelperDriver(peers: peers))
        }
    }
}

/// A bridge's peers, of which one after the other is chosen.
struct HelperDriver {
    private static let now = Instant.zero + .seconds(10_000)

    private var pool = HelperPool()
    private var generator = SeededGenerator(seed: 3)

    /// Three servers to each browser, all of them well.
    init(peers: Int) {
        for (index, id) in ids(peers).enumerated() {
            let isBrowser = index % 4 == 3
            pool.insert(
                HelperCandidate(
                    id: id,
                    kind: isBrowser ? .browser : .server,
                    lastHeard: Self.now,
                    connectedSince: Self.now - .seconds(3_600),
                    roundTrip: .milliseconds(10),
                    holdsToken: true,
                    dialledUs: true,
                    reach: isBrowser ? .browser(.easy) : .dialable(secure: false)
                )
            )
        }
    }

    mutating func choose() -> NodeID? {
        let newcomer = Newcomer(id: .random(using: &generator), reach: .dialable(secure: false))
        return pool.choose(for: newcomer, at: Self.now, using: &generator)?.id
    }
}
