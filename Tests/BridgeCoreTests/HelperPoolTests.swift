import BridgeCore
import DHTTestKit
import Kademlia
import Testing
import Timekeeping
import WireMessages

/// The rule again, told naively: every candidate is looked at for every question.
private struct NaivePool {
    /// The better, the greater.
    struct Rank: Comparable {
        var condition: Int
        var isSure: Bool
        var holdsToken: Bool
        var isProven: Bool

        static func < (left: Rank, right: Rank) -> Bool { left.weights.lexicographicallyPrecedes(right.weights) }

        private var weights: [Int] { [condition, isSure ? 1 : 0, holdsToken ? 1 : 0, isProven ? 1 : 0] }
    }

    var candidates: [NodeID: HelperCandidate] = [:]
    /// Also of those that left.
    var records: [NodeID: OutcomeRecord] = [:]

    func rank(_ candidate: HelperCandidate, for newcomer: Newcomer, _ tried: [NodeID], at now: Instant) -> Rank? {
        let prospect = Prospect(of: candidate.reach, with: newcomer.reach)
        guard candidate.id != newcomer.id, !tried.contains(candidate.id), candidate.kind != .bridge,
            !candidate.isTabHidden, now - candidate.lastHeard <= .seconds(60), prospect != .none
        else { return nil }
        let age = now - candidate.connectedSince
        if candidate.kind == .browser, age < .seconds(30) { return nil }
        let isResting = records[candidate.id]?.isResting(at: now) == true
        return Rank(
            condition: candidate.isUnresponsive ? 0 : isResting ? 1 : 2,
            isSure: prospect == .sure,
            holdsToken: candidate.holdsToken,
            isProven: candidate.roundTrip != nil || age >= .seconds(1)
        )
    }

    /// Everybody who may be chosen.
    func best(for newcomer: Newcomer, _ tried: [NodeID], at now: Instant) -> Set<NodeID> {
        let ranks = candidates.values.compactMap { candidate in
            rank(candidate, for: newcomer, tried, at: now).map { (candidate.id, $0) }
        }
        let top = ranks.map(\.1).max()
        return Set(ranks.filter { $0.1 == top }.map(\.0))
    }
}

@Suite struct HelperPoolTests {
    /// Both pools through one random life.
    private struct Life {
        var generator: SeededGenerator
        var now = Instant.helperTestTime
        var pool = HelperPool()
        var naive = NaivePool()
        var chosen = 0
        var refused = 0

        /// Few, so that the same ones come, go and come back.
        mutating func someNode() -> NodeID { NodeID(integerLiteral: UInt32.random(in: 1...24, using: &generator)) }
        mutating func someReach() -> Reach { Reach.allCases.randomElement(using: &generator) ?? .unknown }
        mutating func someKind() -> NodeKind { NodeKind.allCases.randomElement(using: &generator) ?? .unknown }

        mutating func change(_ id: NodeID, _ change: (inout HelperCandidate) -> Void) {
            pool.update(id, change)
            guard var candidate = naive.candidates[id] else { return }
            change(&candidate)
            naive.candidates[id] = candidate
        }

        mutating func step() {
            let (id, now) = (someNode(), now)
            switch Int.random(in: 0..<16, using: &generator) {
            case 0, 1, 2:
                let candidate = HelperCandidate(
                    id: id,
                    kind: someKind(),
                    lastHeard: now,
                    connectedSince: now,
                    isTabHidden: Int.random(in: 0..<8, using: &generator) == 0,
                    holdsToken: Bool.random(using: &generator),
                    reach: someReach()
                )
                if pool.insert(candidate) { naive.candidates[id] = candidate }
            case 3:
                pool.remove(id)
                naive.candidates[id] = nil
            case 4, 5, 6:
                pool.heard(id, at: now)
                naive.candidates[id]?.lastHeard = now
            case 7:
                change(id) { $0.measured(.milliseconds(20)) }
            case 8:
                change(id) { $0.isUnresponsive.toggle() }
            case 9:
                change(id) { $0.isTabHidden.toggle() }
            case 10:
                let (kind, reach) = (someKind(), someReach())
                change(id) { ($0.kind, $0.reach) = (kind, reach) }
            case 11, 12:
                let result = IntroductionResult.allCases.randomElement(using: &generator) ?? .silent
                pool.record(result, of: id, at: now)
                naive.records[id, default: OutcomeRecord()].record(result, at: now)
                if result == .accepted || result == .connected { naive.candidates[id]?.holdsToken = true }
            case 13:
                for id in naive.candidates.keys.sorted() where Int.random(in: 0..<3, using: &generator) > 0 {
                    pool.heard(id, at: now)
                    naive.candidates[id]?.lastHeard = now
                }
            case 14:
                self.now = now + .milliseconds(Int.random(in: 0...2_000, using: &generator))
            default:
                self.now = now + .milliseconds(Int.random(in: 0...30_000, using: &generator))
            }
        }

        mutating func choose() {
            let newcomer = Newcomer(id: someNode(), reach: someReach())
            let tried = (0..<Int.random(in: 0...3, using: &generator)).map { _ in someNode() }
            let allowed = naive.best(for: newcomer, tried, at: now)
            let choice = pool.choose(for: newcomer, excluding: tried, at: now, using: &generator)
            guard let choice else {
                refused += 1
                #expect(allowed.isEmpty, "somebody qualifies")
                return
            }
            chosen += 1
            #expect(allowed.contains(choice.id), "the choice is not of the best")
            let time = now
            pool.update(choice.id) { $0.load.add(at: time) }
        }
    }

    @Test(arguments: SeededGenerator.seeds(30)) func choosesOnlyFromTheBestWhateverHappened(seed: UInt64) {
        print("helper pool seed \(seed)")
        var life = Life(generator: SeededGenerator(seed: seed))
        for _ in 0..<600 {
            life.step()
            life.choose()
            let pool = life.pool
            #expect(pool.count == life.naive.candidates.count)
            let isConsistent = pool.candidates.enumerated().allSatisfy { place, candidate in
                pool.place(of: candidate.id) == place && life.naive.candidates[candidate.id] != nil
                    && candidate.outcomes == life.naive.records[candidate.id] ?? OutcomeRecord()
            }
            #expect(isConsistent)
        }
        #expect(life.chosen > 100, "the life was worth living")
        #expect(life.refused > 0)
    }

    @Test func removingMovesTheLastIntoThePlace() {
        var pool = HelperPool([.helper(1), .helper(2), .helper(3)])
        #expect(pool.remove(1) == 0)
        #expect(pool.candidates.map(\.id) == [3, 2])
        #expect(pool.place(of: 3) == 0)
        #expect(pool.place(of: 1) == nil)
        #expect(pool.remove(1) == nil)
        #expect(pool.choices() == [2, 3])
        #expect(pool.remove(2) == 1)
        #expect(pool.remove(3) == 0)
        #expect(pool.choices() == [])
        #expect(pool.count == 0)
    }

    @Test func insertingTwiceChangesNothing() {
        var pool = HelperPool([.helper(1)])
        let again = pool.insert(.helper(1, kind: .bridge))
        #expect(!again)
        #expect(pool[1] == .helper(1))
    }

    @Test func allFallSilentAndOneIsHeardAgain() {
        var pool = HelperPool((1...500).map { .helper(NodeID(integerLiteral: $0)) })
        let later = Instant.helperTestTime + .seconds(61)
        #expect(pool.choices(at: later) == [])
        pool.heard(250, at: later)
        #expect(pool.choices(at: later) == [250])
    }

    @Test func everybodyInAGroupIsAChoice() {
        let candidates: [HelperCandidate] = (1...20).map {
            .helper(NodeID(integerLiteral: $0), reach: $0 % 2 == 0 ? .dialable(secure: true) : .dialable(secure: false))
        }
        #expect(choices(candidates).count == 20)
    }

    // MARK: Claims

    @Test func claimedUptimeIsWorthNothing() {
        var harness = BridgeHarness()
        let link = harness.link()
        harness.peer(
            0x01,
            metadata: #"{"nodeType":"browser","startTime":1,"uptime":999999999,"membershipToken":{"holder":"x"}}"#
        )
        let refusals = harness.onboard(0x99, metadata: browserMetadata, on: link).compactMap(\.refusal)
        #expect(refusals.map(\.code) == ["no_helper"], "it has just come")
        _ = harness.advance(by: .milliseconds(29_999))
        #expect(harness.onboard(0x98, metadata: browserMetadata, on: link).compactMap(\.answer).isEmpty)
        _ = harness.advance(by: .milliseconds(1))
        #expect(harness.onboard(0x97, metadata: browserMetadata, on: link).compactMap(\.answer).count == 1)
    }

    @Test func claimsDoNotMoveTheSpread() {
        var harness = BridgeHarness()
        let link = harness.link()
        for number in 1...10 as ClosedRange<UInt32> {
            harness.peer(
                NodeID(integerLiteral: number),
                metadata: number == 1
                    ? #"{"nodeType":"nodejs","listeningAddress":"ws://10.0.0.1:1","startTime":1,"uptime":1e9,"membershipToken":{}}"#
                    : #"{"nodeType":"nodejs","listeningAddress":"ws://10.0.0.2:1","membershipToken":{}}"#
            )
        }
        var counts: [NodeID: Int] = [:]
        for number in 1_000..<2_000 as Range<UInt32> {
            let actions = harness.onboard(NodeID(integerLiteral: number), on: link)
            for instruction in actions.compactMap(\.instruction) {
                counts[instruction.message.targetPeer, default: 0] += 1
            }
        }
        #expect(counts.values.reduce(0, +) == 1_000)
        #expect((80...120).contains(counts[1] ?? 0), "neither more nor less than the others")
    }
}
