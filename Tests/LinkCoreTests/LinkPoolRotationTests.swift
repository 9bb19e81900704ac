import DHTTestKit
import LinkCore
import Testing
import Timekeeping

/// Strict round robin: no bridge is asked twice before each ready one was asked once.
@Suite struct LinkPoolRotationTests {
    @Test(arguments: SeededGenerator.seeds(20))
    func countsDifferByOneAtMostOverAnyWindowWithAStableReadySet(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        let bridges = Int.random(in: 2...6, using: &chance)
        var harness = PoolHarness(bridges: bridges, seed: seed)
        harness.auditsBooks = false
        var links: [LinkID?] = harness.connectAll()
        for _ in 0..<8 {
            // Another ready set: one bridge leaves, or one comes back.
            let index = Int.random(in: 0..<bridges, using: &chance)
            if let link = links[index] {
                if links.count(where: { $0 != nil }) > 1 {
                    harness.close(link)
                    links[index] = nil
                }
            }
            let sequence = sends(of: &harness, Int.random(in: 1...60, using: &chance), using: &chance)
            let ready = links.compactMap(\.self)
            for start in sequence.indices {
                var counts = Dictionary(uniqueKeysWithValues: ready.map { ($0, 0) })
                for link in sequence[start...] {
                    counts[link, default: 0] += 1
                    let spread = (counts.values.max() ?? 0) - (counts.values.min() ?? 0)
                    guard spread <= 1 else {
                        Issue.record("seed \(seed): \(sequence[start...].map(\.value))")
                        return
                    }
                }
            }
            reconnect(&links, &harness, using: &chance)
        }
    }

    /// Who is asked for so many requests, of which some are answered, some cancelled and some left open.
    private func sends(of harness: inout PoolHarness, _ count: Int, using chance: inout SeededGenerator) -> [LinkID] {
        var sequence: [LinkID] = []
        var open: [RequestID] = []
        // What is left open must not time out later, and change the ready set.
        defer { for id in open { harness.cancel(id) } }
        for _ in 0..<count {
            let id = harness.submit("join", source: UInt64.random(in: 0..<3, using: &chance))
            guard let link = harness.sends.first else {
                Issue.record("there is room everywhere")
                return sequence
            }
            sequence.append(link)
            switch Int.random(in: 0..<4, using: &chance) {
            case 0: open.append(id)
            case 1: harness.cancel(id)
            default: harness.answer(id, on: link, .success("helper"))
            }
        }
        return sequence
    }

    private func reconnect(_ links: inout [LinkID?], _ harness: inout PoolHarness, using chance: inout SeededGenerator)
    {
        guard Bool.random(using: &chance) else { return }
        harness.advance(by: .seconds(2), answeringPingsOn: links.compactMap(\.self))
        for case .dial(let link, let endpoint, _) in harness.actions {
            harness.connect(link, as: "bridge-\(endpoint.value)")
            links[endpoint.value] = link
        }
    }

    @Test func recoveredBridgeTakesItsTurnsAgainByItself() {
        var harness = PoolHarness(bridges: 2) { $0.backoffJitter = 0 }
        let links = harness.connectAll()
        harness.close(links[0])
        harness.advance(by: .seconds(1))
        let back = harness.connect(harness.dials[0], as: "bridge-0")
        var sends: [LinkID] = []
        for _ in 0..<6 {
            harness.submit("join")
            sends += harness.sends
        }
        #expect(sends.count { $0 == back } == 3)
    }

    @Test func requestThatIsNotSentOnTakesNobodysTurn() {
        var harness = PoolHarness(bridges: 3) {
            $0.retryShare = 0
            $0.retriesPerSecond = 0
        }
        let links = harness.connectAll()
        let id = harness.submit("join")
        // Another bridge would be next, but the budget does not allow it.
        harness.answer(id, on: links[0], .unusable)
        #expect(harness.outcomes == ["unusable"])
        harness.submit("next")
        #expect(harness.sends == [links[1]])
    }

    @Test func allErasAndWaysTakeTurnsInOnePool() {
        var harness = PoolHarness(bridges: 3)
        harness.start()
        let stateless = harness.connect(LinkID(value: 1), as: "stateless", era: .stateless)
        let current = harness.connect(LinkID(value: 2), as: "current", era: .current)
        let native = harness.connect(LinkID(value: 3), as: "native")
        harness.dialIn("current")
        harness.dialIn("stateless", statelessEra: true)
        let behindNAT = harness.nativeDialIn("behind-nat")
        var sends: [LinkID] = []
        for _ in 0..<8 {
            harness.submit("join")
            sends += harness.sends
        }
        #expect(sends == [stateless, current, native, behindNAT, stateless, current, native, behindNAT])
    }
}
