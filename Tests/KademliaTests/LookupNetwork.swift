import DHTTestKit
import Kademlia
import Testing
import Timekeeping

/// A network of nodes that answer out of routing tables, after a while drawn from the seed; and a caller that runs a
/// lookup in it on virtual time, checking what must hold at every step.
struct LookupNetwork {
    enum Behaviour {
        case honest
        /// Never answers.
        case silent
        /// Answers after the query's time is up.
        case late
        /// Cannot be reached.
        case unreachable
        /// Nobody has a link to it.
        case unlinked
        /// Names `count` fresh ids, nearer to the target each time; they behave as `invented` says.
        case lying(count: Int)
    }

    struct Run {
        var asked: [NodeID] = []
        var skipped = 0
        var answers = 0
        var mostInFlight = 0
        var duration: Duration = .zero
    }

    let ids: [NodeID]
    var behaviours: [NodeID: Behaviour] = [:]
    /// How the ids behave that liars invent.
    var invented = Behaviour.unreachable
    private var tables: [NodeID: RoutingTable<Bool>] = [:]
    private var generator: SeededGenerator
    private var lies = 0

    init(size: Int, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        ids = (0..<size).map { _ in NodeID.random(using: &generator) }
        self.generator = generator
    }

    mutating func randomID() -> NodeID { NodeID.random(using: &generator) }

    /// Makes a share of the nodes, drawn at random, behave like this.
    mutating func make(_ share: Double, _ behaviour: Behaviour) {
        for id in ids where Double.random(in: 0..<1, using: &generator) < share { behaviours[id] = behaviour }
    }

    /// The `limit` nodes nearest to `target` that satisfy `isIncluded`.
    func nearest(_ limit: Int, to target: NodeID, where isIncluded: (NodeID) -> Bool = { _ in true }) -> [NodeID] {
        Array(ids.filter(isIncluded).sorted { $0.distance(to: target) < $1.distance(to: target) }.prefix(limit))
    }

    func isHonest(_ id: NodeID) -> Bool {
        if case .honest = behaviours[id, default: .honest] { true } else { false }
    }

    /// What an honest node knows: everybody, as far as its buckets reach. Made when first asked for.
    mutating func table(of id: NodeID) -> RoutingTable<Bool> {
        if let table = tables[id] { return table }
        var table = RoutingTable<Bool>(localID: id)
        let start = Int.random(in: ids.indices, using: &generator)
        for other in ids[start...] + ids[..<start] { _ = table.heardOf(other, contact: true) }
        tables[id] = table
        return table
    }

    /// Runs `lookup` to its end.
    mutating func run(_ lookup: inout Lookup, localID: NodeID, limits: Lookup.Limits = .standard) -> Run {
        enum Event { case answer(NodeID, [NodeID]), failure(NodeID), timeout }
        var run = Run()
        var now = Instant.zero + .seconds(Int.random(in: 0...1_000, using: &generator))
        let begin = now
        var coming: [(at: Instant, event: Event)] = []
        var waiting: [NodeID: Instant] = [:]
        steps: for _ in 0..<10_000 {
            waiting = waiting.filter { $0.value > now }
            switch lookup.next(at: now) {
            case .ask(let id):
                if id == localID { Issue.record("asks itself") }
                let behaviour = behaviours[id] ?? (lies > 0 && !ids.contains(id) ? invented : .honest)
                if case .unlinked = behaviour {
                    run.skipped += 1
                    lookup.skipped(id)
                    continue
                }
                if run.asked.contains(id) { Issue.record("asks \(id) twice") }
                run.asked.append(id)
                waiting[id] = now + limits.queryTimeout
                run.mostInFlight = max(run.mostInFlight, waiting.count)
                let soon = now + .milliseconds(Int.random(in: 1...300, using: &generator))
                switch behaviour {
                case .honest:
                    coming.append((soon, .answer(id, table(of: id).closest(20, to: lookup.target).map(\.id))))
                case .lying(let count):
                    coming.append((soon, .answer(id, lie(count, target: lookup.target))))
                case .late:
                    let known = table(of: id).closest(20, to: lookup.target).map(\.id)
                    coming.append((soon + limits.queryTimeout, .answer(id, known)))
                case .unreachable:
                    coming.append((soon, .failure(id)))
                case .silent, .unlinked:
                    break
                }
            case .wait(let until):
                if until <= now { Issue.record("waits for the past") }
                coming.sort { $0.at < $1.at }
                var event = Event.timeout
                if let first = coming.first, first.at <= until {
                    coming.removeFirst()
                    (now, event) = first
                } else {
                    now = until
                }
                switch event {
                case .answer(let id, let nodes):
                    waiting[id] = nil
                    run.answers += 1
                    lookup.answered(by: id, with: nodes, at: now)
                case .failure(let id):
                    waiting[id] = nil
                    lookup.failed(id)
                case .timeout:
                    break
                }
            case .finished:
                run.duration = now - begin
                break steps
            }
        }
        #expect(lookup.isFinished, "a lookup ends")
        #expect(run.mostInFlight <= limits.parallelism)
        #expect(run.asked.count == lookup.queries)
        #expect(run.asked.count <= limits.maximumQueries)
        #expect(run.duration <= limits.deadline)
        #expect(lookup.heardOf.count <= 2 * limits.candidates)
        let (closest, target) = (lookup.closest, lookup.target)
        #expect(closest.count <= limits.resultSize)
        #expect(closest == closest.sorted { $0.distance(to: target) < $1.distance(to: target) })
        #expect(Set(closest).isSubset(of: run.asked))
        #expect(Set(lookup.heardOf).isDisjoint(with: run.asked))
        #expect(!closest.contains(localID) && !lookup.heardOf.contains(localID))
        return run
    }

    /// Ids that nobody has, twice as near to `target` as those of the lie before.
    private mutating func lie(_ count: Int, target: NodeID) -> [NodeID] {
        lies += 1
        let shift = UInt64(min(8 + lies, 63))
        return (0..<count).map { _ in
            let id = randomID()
            return NodeID(high: target.high ^ id.high >> shift, middle: id.middle, low: id.low)
        }
    }
}
