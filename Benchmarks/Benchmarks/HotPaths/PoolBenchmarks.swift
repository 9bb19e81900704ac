import Benchmark
import DHTTestKit
import LinkCore
import Scheduling
import Timekeeping

func poolBenchmarks() {
    for (bridges, inFlight) in [(1, 0), (8, 0), (8, 1_000)] {
        let load = inFlight == 0 ? "" : ", \(inFlight) in flight"
        Benchmark("pool: one request, \(bridges) bridges\(load)") { benchmark, kept in
            for _ in benchmark.scaledIterations { blackHole(kept.value.step()) }
        } setup: {
            Kept(PoolDriver(bridges: bridges, inFlight: inFlight))
        }
    }
}

/// A pool whose bridges are all connected and answer in the order in which they were asked.
struct PoolDriver {
    private var pool: LinkPool
    private var generator = SeededGenerator(seed: 4)
    private var now = Instant.zero
    private var actions: [LinkPool.Action] = []
    private var open: [(id: RequestID, link: LinkID)] = []
    private var oldest = 0

    init(bridges: Int, inFlight: Int) {
        var configuration = LinkPool.Configuration()
        configuration.maxInFlightPerLink = 2_000
        pool = LinkPool(
            bridges: (0..<bridges).map { BridgeAddress("ws://bridge-\($0)") },
            configuration: configuration
        )
        pool.start(at: now, actions: &actions)
        var links: [LinkID] = []
        for case .dial(let link, _, _) in actions { links.append(link) }
        var traits = BridgeTraits(era: .native)
        traits.takesDeadline = true
        traits.cancels = true
        for (index, link) in links.enumerated() {
            pool.opened(link, at: now, actions: &actions)
            pool.authenticated(
                link,
                bridge: "\(Messages.bridge)-\(index)",
                traits: traits,
                at: now,
                using: &generator,
                actions: &actions
            )
        }
        for _ in 0..<inFlight { ask() }
    }

    /// One more request is placed, and the oldest is answered.
    mutating func step() -> Int {
        now = now + .microseconds(10)
        ask()
        let (id, link) = open[oldest]
        oldest += 1
        if oldest == 4_096 {
            open.removeFirst(oldest)
            oldest = 0
        }
        actions.removeAll(keepingCapacity: true)
        pool.answered(id, on: link, .success(Ticket(value: 2)), at: now, using: &generator, actions: &actions)
        _ = pool.nextDeadline()
        return actions.count
    }

    private mutating func ask() {
        actions.removeAll(keepingCapacity: true)
        pool.submit(Ticket(value: 1), source: SourceID(value: 1), at: now, using: &generator, actions: &actions)
        for case .send(let id, _, let link, _) in actions { open.append((id, link)) }
        _ = pool.nextDeadline()
    }
}
