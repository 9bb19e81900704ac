import DHTTestKit
import Kademlia
import Testing
import Timekeeping

private func at(_ seconds: Int) -> Instant { .zero + .seconds(seconds) }

/// The lookup by hand: target 0, so that an id is its own distance.
@Suite struct LookupTests {
    private func lookup(
        _ seeds: NodeID...,
        limits: Lookup.Limits = Lookup.Limits(parallelism: 2, resultSize: 3)
    ) -> Lookup {
        Lookup(target: 0, localID: 0xff, seeds: seeds, limits: limits)
    }

    @Test func asksNearestFirstAndNoMoreThanAlphaAtOnce() {
        var lookup = lookup(9, 5, 7, 5)
        #expect(lookup.next(at: at(0)) == .ask(5))
        #expect(lookup.next(at: at(1)) == .ask(7))
        #expect(lookup.next(at: at(2)) == .wait(until: at(5)))
        lookup.answered(by: 7, with: [NodeID](), at: at(2))
        #expect(lookup.next(at: at(2)) == .ask(9))
        #expect(lookup.next(at: at(2)) == .wait(until: at(5)))
    }

    @Test func endsWhenTheNearestHaveAnswered() {
        var lookup = lookup(9)
        #expect(lookup.next(at: at(0)) == .ask(9))
        lookup.answered(by: 9, with: [5, 6, 7, 8], at: at(0))
        for id: NodeID in [5, 6] { #expect(lookup.next(at: at(0)) == .ask(id)) }
        lookup.answered(by: 5, with: [6, 7], at: at(0))
        lookup.answered(by: 6, with: [], at: at(0))
        #expect(lookup.next(at: at(0)) == .ask(7))
        lookup.answered(by: 7, with: [], at: at(0))
        #expect(lookup.next(at: at(0)) == .finished)
        #expect(lookup.closest == [5, 6, 7])
        // 8 was the fourth of an answer of which three are taken.
        #expect(lookup.heardOf == [])
    }

    @Test func nextNearestTakesThePlaceOfOneThatFailed() {
        var lookup = lookup(5, 6, 7, 8)
        #expect(lookup.next(at: at(0)) == .ask(5))
        #expect(lookup.next(at: at(0)) == .ask(6))
        lookup.failed(5)
        lookup.answered(by: 6, with: [5], at: at(0))
        #expect(lookup.next(at: at(0)) == .ask(7))
        #expect(lookup.next(at: at(0)) == .ask(8))
        lookup.answered(by: 7, with: [], at: at(0))
        lookup.answered(by: 8, with: [], at: at(0))
        #expect(lookup.next(at: at(0)) == .finished)
        #expect(lookup.closest == [6, 7, 8])
    }

    @Test func silentNodeFreesItsPlaceAndItsLateAnswerCounts() {
        var lookup = lookup(5)
        #expect(lookup.next(at: at(0)) == .ask(5))
        lookup.answered(by: 5, with: [3, 4], at: at(0))
        #expect(lookup.next(at: at(0)) == .ask(3))
        #expect(lookup.next(at: at(1)) == .ask(4))
        #expect(lookup.next(at: at(5)) == .wait(until: at(6)))
        lookup.answered(by: 3, with: [2], at: at(5))
        #expect(lookup.next(at: at(5)) == .ask(2))
        lookup.answered(by: 2, with: [], at: at(5))
        #expect(lookup.next(at: at(5)) == .wait(until: at(6)))
        // 4 had its five seconds too; the next nearest has answered long ago.
        #expect(lookup.next(at: at(6)) == .finished)
        #expect(lookup.closest == [2, 3, 5])
    }

    @Test func nobodyWaitsForANodeFartherThanTheResult() {
        var lookup = lookup(8, 9, limits: Lookup.Limits(parallelism: 2, resultSize: 2))
        #expect(lookup.next(at: at(0)) == .ask(8))
        #expect(lookup.next(at: at(0)) == .ask(9))
        lookup.answered(by: 8, with: [1, 2], at: at(0))
        for id: NodeID in [1, 2] {
            #expect(lookup.next(at: at(0)) == .ask(id))
            lookup.answered(by: id, with: [], at: at(0))
        }
        #expect(lookup.next(at: at(0)) == .finished)
        #expect(lookup.closest == [1, 2])
    }

    @Test func answersOfNobodyAskedChangeNothing() {
        var lookup = lookup(5, 6)
        lookup.answered(by: 5, with: [1], at: at(0))
        #expect(lookup.next(at: at(0)) == .ask(5))
        lookup.answered(by: 6, with: [1], at: at(0))
        lookup.answered(by: 0xaa, with: [1], at: at(0))
        lookup.failed(6)
        lookup.failed(0xaa)
        lookup.skipped(6)
        lookup.failed(5)
        lookup.answered(by: 5, with: [1], at: at(0))
        #expect(lookup.next(at: at(0)) == .ask(6))
        lookup.answered(by: 6, with: [2], at: at(0))
        lookup.answered(by: 6, with: [1], at: at(0))
        lookup.failed(6)
        #expect(lookup.closest == [6])
        #expect(lookup.next(at: at(0)) == .ask(2))
    }

    @Test func nodeItselfAndTheLookupsOwnAreNeitherAskedNorNamed() {
        var lookup = lookup(0xff, 5)
        #expect(lookup.next(at: at(0)) == .ask(5))
        lookup.answered(by: 5, with: [0xff, 5], at: at(0))
        #expect(lookup.next(at: at(0)) == .finished)
        #expect(lookup.closest == [5])
        #expect(lookup.heardOf == [])
    }

    @Test func nodeThatHasTheTargetsIDIsAskedToo() {
        var lookup = lookup(5, 0)
        #expect(lookup.next(at: at(0)) == .ask(0))
    }

    @Test func nothingToAskIsTheEnd() {
        var empty = lookup()
        #expect(empty.next(at: at(0)) == .finished)
        var useless = lookup(5, limits: Lookup.Limits(resultSize: 0))
        #expect(useless.next(at: at(0)) == .finished)
    }

    @Test func deadlineEndsItWithWhatThereIs() {
        var lookup = lookup(5, 6, limits: Lookup.Limits(queryTimeout: .seconds(60), deadline: .seconds(30)))
        #expect(lookup.next(at: at(100)) == .ask(5))
        #expect(lookup.next(at: at(101)) == .ask(6))
        lookup.answered(by: 6, with: [7], at: at(102))
        #expect(lookup.next(at: at(103)) == .ask(7))
        #expect(lookup.next(at: at(103)) == .wait(until: at(130)))
        lookup.answered(by: 5, with: [1], at: at(130))
        #expect(lookup.next(at: at(130)) == .finished)
        lookup.answered(by: 5, with: [1], at: at(129))
        #expect(lookup.next(at: at(129)) == .finished)
        #expect(lookup.closest == [6])
    }

    @Test func queryLimitEndsItOnceTheLastHaveAnswered() {
        var lookup = lookup(5, 6, 7, limits: Lookup.Limits(maximumQueries: 2))
        #expect(lookup.next(at: at(0)) == .ask(5))
        #expect(lookup.next(at: at(0)) == .ask(6))
        #expect(lookup.next(at: at(0)) == .wait(until: at(5)))
        lookup.answered(by: 5, with: [], at: at(1))
        #expect(lookup.next(at: at(1)) == .wait(until: at(5)))
        #expect(lookup.next(at: at(5)) == .finished)
        #expect(lookup.closest == [5])
        #expect(lookup.heardOf == [7])
    }

    @Test func nodeWithoutALinkCostsNoQueryAndStaysKnown() {
        var lookup = lookup(5, 6, limits: Lookup.Limits(maximumQueries: 1))
        #expect(lookup.next(at: at(0)) == .ask(5))
        lookup.skipped(5)
        #expect(lookup.queries == 0)
        #expect(lookup.next(at: at(0)) == .ask(6))
        lookup.answered(by: 6, with: [5, 7], at: at(0))
        #expect(lookup.next(at: at(0)) == .finished)
        #expect(lookup.heardOf == [5, 7])
    }
}
