import LinkCore
import Testing
import Timekeeping

@Suite struct LinkPoolHedgingTests {
    /// Two native bridges that have answered forty requests after 10 ms each; the first is next.
    private func warm(
        cancels: Bool = true,
        configure: (inout Pool.Configuration) -> Void = { $0.hedges = true }
    ) -> (PoolHarness, [LinkID]) {
        var harness = PoolHarness(bridges: 2, configure: configure)
        harness.start()
        var traits = BridgeTraits(era: .native)
        traits.cancels = cancels
        let links = harness.dials
        for (index, link) in links.enumerated() {
            harness.open(link)
            harness.authenticate(link, as: "bridge-\(index)", traits: traits)
        }
        for _ in 0..<40 {
            let id = harness.submit("warm-up")
            let link = harness.sends[0]
            harness.now = harness.now + .milliseconds(10)
            harness.answer(id, on: link, .success("helper"))
        }
        return (harness, links)
    }

    @Test func nothingIsHedgedUnlessAskedFor() {
        var (harness, _) = warm { _ in }
        harness.submit("join")
        harness.advance(by: .milliseconds(2_999))
        #expect(harness.sends.isEmpty)
        #expect(harness.pool.counters.hedges == 0)
    }

    @Test func requestSlowerThanMostIsPutToAnotherBridgeAndTheFirstAnswerWins() {
        var (harness, links) = warm()
        let id = harness.submit("join")
        #expect(harness.sends == [links[0]])
        harness.advance(by: .milliseconds(9))
        #expect(harness.sends.isEmpty)
        harness.advance(by: .milliseconds(1))
        #expect(harness.sends == [links[1]])
        harness.answer(id, on: links[1], .success("helper"))
        #expect(harness.outcomes == ["answered"])
        #expect(harness.withdrawals == [links[0]])
        #expect(harness.actions.compactMap { $0.finished?.receipt.attempts } == [2])
        let counters = harness.pool.counters
        #expect(counters.hedges == 1 && counters.hedgesWon == 1 && counters.retries == 0)
        harness.answer(id, on: links[0], .success("late"))
        #expect(harness.actions.isEmpty)
        #expect(harness.reports.map(\.inFlight) == [0, 0])
    }

    @Test func firstBridgeMayStillWin() {
        var (harness, links) = warm(cancels: false)
        let id = harness.submit("join")
        harness.advance(by: .milliseconds(10))
        harness.answer(id, on: links[0], .success("helper"))
        #expect(harness.outcomes == ["answered"])
        #expect(harness.withdrawals.isEmpty)
        #expect(harness.pool.counters.hedgesWon == 0)
    }

    @Test func noRequestIsHedgedTwice() {
        var (harness, _) = warm()
        harness.submit("join")
        harness.advance(by: .seconds(2))
        #expect(harness.sends.count == 1)
    }

    @Test func refusalOfOneLeavesTheRequestWithTheOther() {
        var (harness, links) = warm()
        let id = harness.submit("join")
        harness.advance(by: .milliseconds(10))
        harness.answer(id, on: links[0], .refused("no"))
        #expect(harness.outcomes.isEmpty && harness.sends.isEmpty)
        harness.answer(id, on: links[1], .success("helper"))
        #expect(harness.outcomes == ["answered"])
    }

    @Test func lossOfOneLeavesTheRequestWithTheOther() {
        var (harness, links) = warm()
        let id = harness.submit("join")
        harness.advance(by: .milliseconds(10))
        harness.close(links[0])
        #expect(harness.outcomes.isEmpty && harness.sends.isEmpty)
        harness.answer(id, on: links[1], .success("helper"))
        #expect(harness.outcomes == ["answered"])
    }

    @Test func hedgesStayWithinTheRetryBudget() {
        var (harness, _) = warm {
            $0.hedges = true
            $0.retryShare = 0
            $0.retriesPerSecond = 1
        }
        for number in 0..<50 { harness.submit("\(number)") }
        harness.advance(by: .milliseconds(20))
        #expect(harness.pool.counters.hedges == 10)
        #expect(harness.sends.count == 10)
    }

    @Test func cancellingAHedgedRequestWithdrawsBoth() {
        var (harness, links) = warm()
        let id = harness.submit("join")
        harness.advance(by: .milliseconds(10))
        harness.cancel(id)
        #expect(Set(harness.withdrawals) == Set(links))
        #expect(harness.reports.map(\.inFlight) == [0, 0])
    }

    @Test func cancelIsNotSaidToABridgeThatWouldNotKnowIt() {
        var (harness, _) = warm(cancels: false)
        harness.cancel(harness.submit("join"))
        #expect(harness.withdrawals.isEmpty)
    }
}
