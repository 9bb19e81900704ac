import DHTTestKit
import Kademlia
import PeerCore
import Testing
import Timekeeping

@Suite struct ChurnTests {
    @Test(arguments: SeededGenerator.seeds(4))
    func theRateIsKeptAndTheInstantsAreScattered(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let start = Instant.zero + .seconds(7)
        // 10 % of 300 peers a minute: one every two seconds.
        var schedule = try #require(ChurnSchedule(percentPerMinute: 10, of: 300, startingAt: start))
        let instants = (0..<300).map { _ in schedule.next(using: &generator) }
        #expect(instants.allSatisfy { $0 >= start })
        #expect(instants == instants.sorted(), "seed \(seed)")
        for minute in 0..<10 {
            let range = (start + .seconds(60 * minute))..<(start + .seconds(60 * (minute + 1)))
            #expect(instants.count { range.contains($0) } == 30, "seed \(seed)")
        }
        let places = Set(instants.map { ($0 - start).wholeNanoseconds % 2_000_000_000 / 200_000_000 })
        #expect(places.count == 10, "seed \(seed): every tenth of a slot is used")
    }

    @Test func withoutARateNobodyLeaves() {
        #expect(ChurnSchedule(percentPerMinute: 0, of: 300, startingAt: .zero) == nil)
        #expect(ChurnSchedule(percentPerMinute: 10, of: 0, startingAt: .zero) == nil)
        #expect(ChurnSchedule(percentPerMinute: .nan, of: 300, startingAt: .zero) == nil)
        #expect(ChurnSchedule(percentPerMinute: .infinity, of: 300, startingAt: .zero) == nil)
    }

    @Test(arguments: SeededGenerator.seeds(4))
    func departuresAreDrawnAsOftenAsAskedFor(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var counts: [Departure: Int] = [:]
        for _ in 0..<10_000 { counts[.draw(silentPercent: 10, using: &generator), default: 0] += 1 }
        #expect((900...1100).contains(counts[.silent, default: 0]), "seed \(seed)")
        for other in Departure.allCases where other != .silent {
            #expect((2850...3150).contains(counts[other, default: 0]), "seed \(seed)")
        }
        #expect(Departure.draw(silentPercent: 100, using: &generator) == .silent)
    }
}

@Suite struct IntroductionLedgerTests {
    private static let start = Instant.zero + .seconds(100)

    /// A ledger in which helpers 1 and 2 and newcomers 8 and 9 are there. A class, because `#expect` and `#require` cannot
    /// hold calls that mutate a value.
    private final class Book {
        private var ledger = IntroductionLedger()

        init() {
            for peer: NodeID in [0x1, 0x2, 0x8, 0x9] { ledger.came(peer) }
        }

        var counts: IntroductionLedger.Counts { ledger.counts }

        func left(_ peer: NodeID, at now: Instant) { ledger.left(peer, at: now) }

        func named(_ helper: NodeID, to newcomer: NodeID, at now: Instant) -> IntroductionLedger.Number? {
            ledger.named(helper, to: newcomer, at: now)
        }

        func linked(_ newcomer: NodeID, to helper: NodeID) { ledger.linked(newcomer, to: helper) }

        func patienceOver(_ number: IntroductionLedger.Number, of newcomer: NodeID) -> NodeID? {
            ledger.patienceOver(number, of: newcomer)
        }
    }

    @Test func aLinkInTimeIsAConnectionAndNothingLaterChangesThat() throws {
        let ledger = Book()
        let number = try #require(ledger.named(0x1, to: 0x9, at: Self.start))
        #expect(ledger.counts.undecided == 1)
        ledger.linked(0x9, to: 0x2)
        #expect(ledger.counts.connected == 0, "a link to somebody else")
        ledger.linked(0x9, to: 0x1)
        #expect(ledger.patienceOver(number, of: 0x9) == nil)
        ledger.left(0x9, at: Self.start + .seconds(1))
        #expect(ledger.counts == .init(total: 1, connected: 1))
    }

    @Test func aLinkThatComesTooLateIsAFailure() throws {
        let ledger = Book()
        let number = try #require(ledger.named(0x1, to: 0x9, at: Self.start))
        #expect(ledger.patienceOver(number, of: 0x9) == 0x1)
        ledger.linked(0x9, to: 0x1)
        #expect(ledger.counts == .init(total: 1, failed: 1))
    }

    @Test func everyAnswerCountsOnce() throws {
        let ledger = Book()
        let first = try #require(ledger.named(0x1, to: 0x9, at: Self.start))
        let second = try #require(ledger.named(0x2, to: 0x9, at: Self.start + .seconds(5)))
        _ = try #require(ledger.named(0x1, to: 0x8, at: Self.start + .seconds(5)))
        #expect(ledger.patienceOver(first, of: 0x9) == 0x1)
        ledger.linked(0x9, to: 0x2)
        #expect(ledger.patienceOver(second, of: 0x9) == nil)
        #expect(ledger.counts == .init(total: 3, connected: 1, failed: 1, undecided: 1))
    }

    @Test func whatANewcomerDidNotStayForIsNobodysFault() throws {
        let ledger = Book()
        let number = try #require(ledger.named(0x1, to: 0x9, at: Self.start))
        ledger.left(0x9, at: Self.start + .seconds(2))
        #expect(ledger.patienceOver(number, of: 0x9) == nil)
        #expect(ledger.counts == .init(total: 1, withdrawn: 1))
    }

    @Test func aHelperThatLeftIsTimedFromThenOn() throws {
        let ledger = Book()
        ledger.left(0x1, at: Self.start)
        // A second farewell does not make it younger.
        ledger.left(0x1, at: Self.start + .seconds(3))
        _ = try #require(ledger.named(0x1, to: 0x8, at: Self.start + .seconds(5)))
        #expect(ledger.counts.helperGone == 0, "5 s are allowed")
        #expect(ledger.counts.worstHelperGone == .seconds(5))
        _ = try #require(ledger.named(0x1, to: 0x9, at: Self.start + .milliseconds(5001)))
        _ = try #require(ledger.named(0x2, to: 0x9, at: Self.start + .seconds(50)))
        #expect(ledger.counts.helperGone == 1)
        #expect(ledger.counts.worstHelperGone == .milliseconds(5001))
    }

    @Test func strangersAreNotJudged() {
        let ledger = Book()
        #expect(ledger.named(0x77, to: 0x9, at: Self.start) == nil)
        ledger.left(0x77, at: Self.start)
        #expect(ledger.named(0x77, to: 0x9, at: Self.start + .seconds(60)) == nil)
        #expect(ledger.counts == .init())
    }
}
