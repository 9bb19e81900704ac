import DHTTestKit
import LinkCore
import Testing
import Timekeeping

/// A pool between seeded bridges that accept, refuse, answer, stall, duplicate and vanish.
@Suite struct LinkPoolPropertyTests {
    @Test(arguments: SeededGenerator.seeds(40))
    func everyAcceptedRequestEndsExactlyOnce(seed: UInt64) {
        var world = World(seed: seed)
        for _ in 0..<300 { world.step() }
        world.settle()
        #expect(world.violations == [], "seed \(seed)")
        #expect(world.open.isEmpty, "seed \(seed): requests without an outcome")
        #expect(world.harness.pool.pendingCount == 0, "seed \(seed)")
        #expect(world.harness.reports.map(\.inFlight).allSatisfy { $0 == 0 }, "seed \(seed)")
    }

    @Test func sameSeedSameTrace() {
        var first = World(seed: 42)
        var second = World(seed: 42)
        for _ in 0..<400 {
            first.step()
            second.step()
        }
        #expect(first.trace == second.trace)
    }
}

/// What the test knows of the outside: which links exist, what was sent on them, which requests are open.
private struct World {
    enum Link { case dialling, authenticating, ready }

    var harness: PoolHarness
    var chance: SeededGenerator
    var links: [LinkID: Link] = [:]
    var endpointOf: [LinkID: EndpointID] = [:]
    var sent: [(id: RequestID, link: LinkID)] = []
    var open: Set<RequestID> = []
    var violations: [String] = []
    var trace: [String] = []
    private var steps = 0
    let bridges: Int

    init(seed: UInt64) {
        chance = SeededGenerator(seed: seed)
        bridges = Int.random(in: 1...4, using: &chance)
        harness = PoolHarness(bridges: bridges, seed: seed) {
            $0.maxWaiting = 20
            $0.maxInFlightPerLink = 8
        }
        harness.auditsBooks = false
        harness.start()
        absorb()
    }

    mutating func step() {
        switch Int.random(in: 0..<100, using: &chance) {
        case 0..<40:
            submit()
        case 40..<65:
            answerOne()
        case 65..<80:
            progressOneLink()
        case 80..<84:
            if let link = anyLink() { lose(link) }
        default:
            harness.advance(by: .milliseconds(Int.random(in: 0...4000, using: &chance)))
            absorb()
        }
        steps += 1
        guard steps % 16 == 0 else { return }
        checkLinks()
        violations += harness.pool.contradictions(at: harness.now)
    }

    /// Faults stop and time passes: everything must come to its end.
    mutating func settle() {
        harness.advance(by: .seconds(25))
        absorb()
    }

    private mutating func submit() {
        var id = RequestID(high: 0, low: 0)
        harness.event { pool, now, generator, actions in
            id = pool.submit("r", at: now, using: &generator, actions: &actions)
        }
        open.insert(id)
        absorb()
    }

    private mutating func answerOne() {
        guard let index = sent.indices.randomElement(using: &chance) else { return }
        let (id, link) = sent[index]
        // Now and then the same answer comes twice, or from the wrong bridge.
        if Int.random(in: 0..<5, using: &chance) > 0 { sent.remove(at: index) }
        let from = Int.random(in: 0..<10, using: &chance) == 0 ? anyLink() ?? link : link
        let verdict: Pool.Verdict =
            switch Int.random(in: 0..<10, using: &chance) {
            case 0: .busy(retryAfter: .milliseconds(500))
            case 1, 2: .refused("no")
            default: .success("yes")
            }
        harness.answer(id, on: from, verdict)
        absorb()
    }

    private mutating func progressOneLink() {
        guard let link = anyLink(), let state = links[link] else { return }
        switch state {
        case .dialling:
            links[link] = .authenticating
            harness.open(link)
        case .authenticating where Int.random(in: 0..<8, using: &chance) == 0:
            harness.event { pool, now, generator, actions in
                pool.authenticationRefused(link, reason: "no", at: now, using: &generator, actions: &actions)
            }
        case .authenticating:
            links[link] = .ready
            harness.authenticate(link, as: "bridge-\(endpointOf[link]?.value ?? -1)")
        case .ready:
            harness.event { pool, now, _, _ in pool.heard(link, at: now) }
        }
        absorb()
    }

    private mutating func lose(_ link: LinkID) {
        links[link] = nil
        harness.close(link)
        absorb()
    }

    private mutating func anyLink() -> LinkID? {
        links.keys.sorted { $0.value < $1.value }.randomElement(using: &chance)
    }

    private mutating func absorb() {
        for action in harness.actions {
            switch action {
            case .dial(let link, let endpoint, _):
                trace.append("dial \(endpoint.value)")
                links[link] = .dialling
                endpointOf[link] = endpoint
            case .authenticate(let link):
                if links[link] != .authenticating { violations.append("authenticate on a socket that is not open") }
            case .send(let id, _, let link, _):
                trace.append("send \(id) on \(link.value)")
                if links[link] != .ready { violations.append("sent on a link that is not ready") }
                if !open.contains(id) { violations.append("sent a request that had ended") }
                sent.append((id, link))
            case .ping(let link, _):
                if links[link] != .ready { violations.append("ping on a link that is not ready") }
            case .close(let link, _):
                if links.removeValue(forKey: link) == nil { violations.append("closed what was not open") }
            case .finish(let id, _, let outcome, _):
                trace.append("finish \(id) \(outcome.word)")
                if open.remove(id) == nil { violations.append("a second outcome, or one for nobody") }
            case .statusChanged(let change):
                trace.append("status \(change.endpoint.value) \(change.status)")
            case .withdraw, .errandReady, .notice, .drained:
                break
            }
        }
        harness.actions = []
    }

    private mutating func checkLinks() {
        let perEndpoint = Dictionary(grouping: links.keys) { endpointOf[$0] }
        if perEndpoint.values.contains(where: { $0.count > 1 }) { violations.append("two connections to one bridge") }
        for report in harness.reports where report.inFlight < 0 || report.inFlight > 8 {
            violations.append("window passed: \(report.inFlight)")
        }
    }
}
