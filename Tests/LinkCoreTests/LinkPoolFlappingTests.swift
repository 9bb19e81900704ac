import DHTTestKit
import LinkCore
import Testing
import Timekeeping

/// A bridge that comes and goes (robustness.md B21).
@Suite struct LinkPoolFlappingTests {
    @Test(arguments: SeededGenerator.seeds(2))
    func flappingBridgeIsDialledAtMostTwentyTimesAMinuteAndLosesNoRequest(seed: UInt64) {
        var world = Flapping(seed: seed)
        while world.harness.now < .zero + .seconds(300) { world.step() }
        world.settle()
        for start in world.dials {
            let withinAMinute = world.dials.count { $0 >= start && $0 - start < .seconds(60) }
            #expect(withinAMinute <= 20, "seed \(seed)")
        }
        #expect(world.dials.count >= 5, "seed \(seed): it is tried again")
        #expect(world.accepted == world.answered, "seed \(seed)")
        #expect(world.answersOfFlapping > 0, "seed \(seed): it is used while it is there")
    }
}

/// Bridge 0 is up for two seconds and down for two; bridge 1 is well. What is sent is answered 100 ms later.
private struct Flapping {
    var harness: PoolHarness
    var dials: [Instant] = []
    var accepted = 0
    var answered = 0
    var answersOfFlapping = 0
    private var flapping: Set<LinkID> = []
    private var steady: LinkID?
    private var owed: [(id: RequestID, link: LinkID)] = []
    private var wasUp = true

    init(seed: UInt64) {
        harness = PoolHarness(bridges: 2, seed: seed)
        harness.auditsBooks = false
        harness.start()
        absorb()
    }

    private var isUp: Bool {
        (harness.now - .zero).wholeMilliseconds / 2000 % 2 == 0
    }

    mutating func step() {
        accepted += 1
        harness.submit("join", source: UInt64(accepted % 7))
        absorb()
        pass()
    }

    /// The last answers come.
    mutating func settle() {
        for _ in 0..<100 { pass() }
    }

    private mutating func pass() {
        harness.advance(by: .milliseconds(100))
        absorb()
        if wasUp, !isUp {
            for link in flapping.sorted(by: { $0.value < $1.value }) {
                harness.close(link)
                absorb()
            }
            flapping = []
        }
        wasUp = isUp
        let due = owed
        owed = []
        for (id, link) in due where link == steady || flapping.contains(link) {
            if link != steady { answersOfFlapping += 1 }
            harness.answer(id, on: link, .success("helper"))
            absorb()
        }
    }

    private mutating func absorb() {
        let actions = harness.actions
        harness.actions = []
        answered += actions.count { $0.finished?.outcome.word == "answered" }
        owed += actions.compactMap(\.sent)
        for link in actions.compactMap(\.pinged) { harness.pong(link) }
        for case .dial(let link, let endpoint, _) in actions {
            if endpoint.value == 1 {
                steady = link
            } else {
                dials.append(harness.now)
                guard isUp else {
                    harness.close(link)
                    absorb()
                    continue
                }
                flapping.insert(link)
            }
            harness.open(link)
            harness.authenticate(link, as: "bridge-\(endpoint.value)")
            absorb()
        }
    }
}
