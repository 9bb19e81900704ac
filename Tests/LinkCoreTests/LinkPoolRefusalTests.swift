import LinkCore
import Testing
import Timekeeping

/// What bridges answer when they do not help, and what the newcomer is told in the end.
@Suite struct LinkPoolRefusalTests {
    @Test func thirdBridgeGetsWhatTwoBusyOnesTurnDown() {
        var harness = PoolHarness(bridges: 3)
        let links = harness.connectAll()
        let id = harness.submit("join")
        harness.answer(id, on: links[0], .busy(retryAfter: .seconds(2)))
        #expect(harness.sends == [links[1]])
        harness.answer(id, on: links[1], .busy(retryAfter: .seconds(3)))
        #expect(harness.sends == [links[2]])
        for _ in 0..<3 {
            harness.submit("next")
            #expect(harness.sends == [links[2]])
        }
        harness.answer(id, on: links[2], .success("helper"))
        #expect(harness.outcomes == ["answered"])
        #expect(harness.reports.map(\.rotation) == [.busy, .busy, .active])
    }

    @Test func whenAllAreBusyTheSoonestIsNamedAndNobodyIsAskedInVain() {
        var harness = PoolHarness(bridges: 2)
        let links = harness.connectAll()
        let id = harness.submit("join")
        harness.answer(id, on: links[0], .busy(retryAfter: .seconds(5)))
        harness.answer(id, on: links[1], .busy(retryAfter: .seconds(3)))
        #expect(harness.retryAfter == .seconds(3))
        harness.advance(by: .seconds(1))
        harness.submit("next")
        #expect(harness.sends.isEmpty)
        #expect(harness.retryAfter == .seconds(2))
        harness.advance(by: .seconds(2))
        harness.submit("after that")
        #expect(harness.sends == [links[1]])
    }

    @Test func busyAnswersCostRetriesAndTheBudgetEndsThem() {
        var harness = PoolHarness(bridges: 2) {
            $0.retryShare = 0
            $0.retriesPerSecond = 0
        }
        let links = harness.connectAll()
        harness.answer(harness.submit("join"), on: links[0], .busy(retryAfter: .seconds(2)))
        #expect(harness.outcomes == ["busy"])
        #expect(harness.pool.counters.retriesDenied == 1)
    }

    @Test func refusalIsMoreTellingThanBusy() {
        var harness = PoolHarness(bridges: 3)
        let links = harness.connectAll()
        let id = harness.submit("join")
        harness.answer(id, on: links[0], .refused("nobody here"))
        harness.answer(id, on: links[1], .busy(retryAfter: .seconds(2)))
        harness.answer(id, on: links[2], .unusable)
        #expect(harness.outcomes == ["refused"])
    }

    @Test func busyIsMoreTellingThanAnUnusableAnswer() {
        var harness = PoolHarness(bridges: 2)
        let links = harness.connectAll()
        let id = harness.submit("join")
        harness.answer(id, on: links[0], .unusable)
        harness.answer(id, on: links[1], .busy(retryAfter: .seconds(2)))
        #expect(harness.outcomes == ["busy"])
    }

    @Test func unusableAnswerIsMoreTellingThanSilence() {
        var harness = PoolHarness(bridges: 2)
        let links = harness.connectAll()
        let id = harness.submit("join")
        harness.answer(id, on: links[0], .unusable)
        #expect(harness.sends == [links[1]])
        harness.advance(by: .seconds(3), answeringPingsOn: links)
        #expect(harness.outcomes == ["unusable"])
    }

    @Test func twoUnusableAnswersAreEnough() {
        var harness = PoolHarness(bridges: 3)
        let links = harness.connectAll()
        let id = harness.submit("join")
        harness.answer(id, on: links[0], .unusable)
        harness.answer(id, on: links[1], .unusable)
        #expect(harness.outcomes == ["unusable"])
    }

    @Test func refusalThatComesLateIsKeptForTheEnd() {
        var harness = PoolHarness(bridges: 2)
        let links = harness.connectAll()
        let id = harness.submit("join")
        harness.advance(by: .seconds(3))
        #expect(harness.sends == [links[1]])
        harness.answer(id, on: links[0], .refused("late"))
        #expect(harness.outcomes.isEmpty)
        harness.answer(id, on: links[1], .busy(retryAfter: .seconds(1)))
        #expect(harness.outcomes == ["refused"])
    }

    @Test func secondWordOfABridgeThatRefusedDoesNotCount() {
        var harness = PoolHarness(bridges: 2)
        let links = harness.connectAll()
        let id = harness.submit("join")
        harness.answer(id, on: links[0], .refused("no"))
        harness.answer(id, on: links[0], .success("changed its mind"))
        #expect(harness.outcomes.isEmpty)
        #expect(harness.pool.counters.foreignAnswers == 1)
    }

    @Test func unknownAndEndedRequestsAreCountedAndDropped() {
        var harness = PoolHarness(bridges: 1)
        let link = harness.connectAll()[0]
        harness.answer(RequestID(high: 1, low: 2), on: link, .success("for nobody"))
        let id = harness.submit("join")
        for _ in 0..<101 { harness.answer(id, on: link, .success("helper")) }
        #expect(harness.pool.counters.answered == 1)
        #expect(harness.pool.counters.lateAnswers == 101)
        #expect(harness.reports[0].status == .connected)
    }
}

extension PoolHarness {
    /// What the last event told somebody who was turned down for being one too many.
    fileprivate var retryAfter: Duration? {
        for case .finish(_, _, .failed(.busy(let wait)), _) in actions { return wait }
        return nil
    }
}
