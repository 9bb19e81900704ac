import LinkCore
import Testing
import Timekeeping

/// What the receipt of a request tells of its way.
@Suite struct LinkPoolTrailTests {
    private typealias Event = RequestTrail.Mark.Event

    private func trail(_ harness: PoolHarness) -> [String] {
        let ends = harness.actions.compactMap(\.finished)
        #expect(ends.count == 1)
        return ends.first.map(words) ?? []
    }

    private func words(_ end: (request: Ticket, outcome: LinkPool.Outcome, receipt: LinkPool.Receipt)) -> [String] {
        end.receipt.trail.marks.map { mark in
            let place = mark.endpoint.map { " \($0.value)" } ?? ""
            return "\((mark.at - .zero).wholeMilliseconds) \(mark.event)\(place)"
        }
    }

    @Test func aPlainRequestHasOneMark() {
        var harness = PoolHarness(bridges: 1)
        let link = harness.connectAll()[0]
        let id = harness.submit("join")
        harness.answer(id, on: link, .success("helper"))
        #expect(trail(harness) == ["0 sent 0"])
    }

    @Test func aBridgeThatIsBusyAndOneThatRefusesAreNamedBeforeTheOneThatHelps() {
        var harness = PoolHarness(bridges: 3)
        let links = harness.connectAll()
        let id = harness.submit("join")
        harness.now = harness.now + .milliseconds(5)
        harness.answer(id, on: links[0], .busy(retryAfter: .seconds(1)))
        harness.now = harness.now + .milliseconds(5)
        harness.answer(id, on: links[1], .refused("nobody"))
        harness.now = harness.now + .milliseconds(5)
        harness.answer(id, on: links[2], .success("helper"))
        #expect(trail(harness) == ["0 sent 0", "5 busy 0", "5 sent 1", "10 refused 1", "10 sent 2"])
    }

    @Test func aBridgeThatIsTooSlowIsNamed() {
        var harness = PoolHarness(bridges: 2)
        let links = harness.connectAll()
        let id = harness.submit("join")
        harness.advance(by: .seconds(3))
        harness.answer(id, on: links[1], .unusable)
        #expect(trail(harness) == ["0 sent 0", "3000 timedOut 0", "3000 sent 1", "3000 unusable 1"])
    }

    @Test func aLostLinkIsNamed() {
        var harness = PoolHarness(bridges: 2)
        let links = harness.connectAll()
        let id = harness.submit("join")
        harness.close(links[0])
        harness.answer(id, on: links[1], .success("helper"))
        #expect(trail(harness) == ["0 sent 0", "0 linkLost 0", "0 sent 1"])
    }

    @Test func aRequestThatWaitsIsMarkedOnceHoweverOftenItIsLookedAt() {
        var harness = PoolHarness(bridges: 1) { $0.maxInFlightPerLink = 1 }
        let link = harness.connectAll()[0]
        let first = harness.submit("first")
        let second = harness.submit("second")
        harness.submit("third")
        harness.now = harness.now + .milliseconds(7)
        harness.answer(first, on: link, .success("helper"))
        harness.answer(second, on: link, .success("helper"))
        #expect(trail(harness) == ["0 queued", "7 sent 0"])
    }

    @Test func aRequestThatNobodyAnswersEndsWithTheTimeout() {
        var harness = PoolHarness(bridges: 1)
        _ = harness.connectAll()
        harness.submit("join")
        harness.advance(by: .seconds(30))
        #expect(trail(harness).first == "0 sent 0")
        #expect(trail(harness).last?.hasSuffix("timedOut 0") == true)
    }

    @Test func aCancelledRequestTellsItsWay() {
        var harness = PoolHarness(bridges: 1)
        _ = harness.connectAll()
        let id = harness.submit("join")
        harness.now = harness.now + .milliseconds(3)
        var receipt: LinkPool.Receipt?
        harness.event { pool, now, _, actions in receipt = pool.cancel(id, at: now, actions: &actions) }
        #expect(receipt?.trail.marks.map(\.event) == [.sent])
        #expect(receipt?.total == .milliseconds(3))
        harness.event { pool, now, _, actions in receipt = pool.cancel(id, at: now, actions: &actions) }
        #expect(receipt == nil)
    }

    @Test func whatThereIsNoRoomForIsCounted() {
        var trail = RequestTrail()
        for number in 0..<20 { trail.note(.sent, EndpointID(value: number), at: .zero) }
        #expect(trail.marks.count == PoolDefaults.maxMarks)
        #expect(trail.dropped == 20 - PoolDefaults.maxMarks)
    }
}
