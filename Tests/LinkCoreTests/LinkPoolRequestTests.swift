import LinkCore
import Testing
import Timekeeping

@Suite struct LinkPoolRequestTests {
    @Test func requestsGoRoundTheReadyLinks() {
        var harness = PoolHarness(bridges: 3)
        let links = harness.connectAll()
        var order: [LinkID] = []
        for number in 0..<6 {
            harness.submit("\(number)")
            order += harness.actions.compactMap { $0.sent?.link }
        }
        #expect(order == links + links)
    }

    @Test func answeredRequestFinishesOnceWithAReceipt() {
        var harness = PoolHarness(bridges: 1)
        let link = harness.connectAll()[0]
        let id = harness.submit("join")
        harness.now = harness.now + .milliseconds(4)
        harness.answer(id, on: link, .success("helper"))
        guard let end = harness.actions.compactMap(\.finished).first, case .answered("helper", _) = end.outcome else {
            Issue.record("expected an answer, got \(harness.actions)")
            return
        }
        #expect(end.receipt.attempts == 1)
        #expect(end.receipt.total == .milliseconds(4))
        harness.answer(id, on: link, .success("again"))
        #expect(harness.actions.isEmpty)
        #expect(harness.pool.counters.lateAnswers == 1)
    }

    @Test func silentBridgeIsPassedOverAfterTheAttemptTimeout() {
        var harness = PoolHarness(bridges: 2)
        let links = harness.connectAll()
        let id = harness.submit("join")
        harness.advance(by: .seconds(3))
        #expect(harness.actions.compactMap { $0.sent?.link } == [links[1]])
        harness.answer(id, on: links[1], .success("helper"))
        #expect(harness.actions.compactMap { $0.finished?.outcome.word } == ["answered"])
        #expect(harness.pool.counters.retries == 1)
    }

    @Test func lateAnswerOfTheFirstBridgeStillWinsWhileTheSecondIsAsked() {
        var harness = PoolHarness(bridges: 2)
        let links = harness.connectAll()
        let id = harness.submit("join")
        harness.advance(by: .seconds(3))
        harness.answer(id, on: links[0], .success("slow helper"))
        #expect(harness.actions.compactMap { $0.finished?.outcome.word } == ["answered"])
        harness.answer(id, on: links[1], .success("other"))
        #expect(harness.actions.isEmpty)
        #expect(harness.reports.map(\.inFlight) == [0, 0])
    }

    @Test func twoSilentBridgesEndTheRequestAsTimedOut() {
        var harness = PoolHarness(bridges: 2)
        _ = harness.connectAll()
        harness.submit("join")
        harness.advance(by: .seconds(6))
        #expect(harness.actions.compactMap { $0.finished?.outcome.word } == ["timed out"])
        #expect(harness.pool.pendingCount == 0)
    }

    @Test func requestsOfALostLinkMoveAtOnceAndCostNoRetry() {
        var harness = PoolHarness(bridges: 2) {
            $0.retriesPerSecond = 0
            $0.retryShare = 0
        }
        let links = harness.connectAll()
        for number in 0..<10 { harness.submit("\(number)") }
        harness.close(links[0])
        #expect(harness.actions.compactMap { $0.sent?.link } == Array(repeating: links[1], count: 5))
        #expect(harness.pool.counters.moved == 5)
        #expect(harness.pool.counters.retries == 0)
    }

    @Test func answerFromABridgeThatWasNotAskedIsIgnored() {
        var harness = PoolHarness(bridges: 2)
        let links = harness.connectAll()
        let id = harness.submit("join")
        harness.answer(id, on: links[1], .success("forged"))
        #expect(harness.actions.isEmpty)
        #expect(harness.pool.counters.foreignAnswers == 1)
        #expect(harness.pool.pendingCount == 1)
    }

    @Test func busyBridgeIsPassedOverUntilItsTimeIsUp() {
        var harness = PoolHarness(bridges: 2)
        let links = harness.connectAll()
        let id = harness.submit("join")
        harness.answer(id, on: links[0], .busy(retryAfter: .seconds(2)))
        #expect(harness.actions.compactMap { $0.sent?.link } == [links[1]])
        harness.submit("second")
        #expect(harness.actions.compactMap { $0.sent?.link } == [links[1]])
        harness.advance(by: .seconds(2))
        harness.submit("third")
        #expect(harness.actions.compactMap { $0.sent?.link } == [links[0]])
    }

    @Test func allBridgesBusyIsAnHonestBusyAnswerAtOnce() {
        var harness = PoolHarness(bridges: 1)
        let link = harness.connectAll()[0]
        let id = harness.submit("join")
        harness.answer(id, on: link, .busy(retryAfter: .seconds(2)))
        guard case .failed(.busy(let wait))? = harness.actions.compactMap(\.finished).first?.outcome else {
            Issue.record("expected busy, got \(harness.actions)")
            return
        }
        #expect(wait == .seconds(2))
    }

    @Test func refusalsOfAllBridgesReturnTheLastOne() {
        var harness = PoolHarness(bridges: 2)
        let links = harness.connectAll()
        let id = harness.submit("join")
        harness.answer(id, on: links[0], .refused("first"))
        harness.answer(id, on: links[1], .refused("second"))
        guard case .failed(.refused("second"))? = harness.actions.compactMap(\.finished).first?.outcome else {
            Issue.record("expected the refusal, got \(harness.actions)")
            return
        }
    }

    @Test func withoutAnyBridgeTheAnswerComesWithinASecond() {
        var harness = PoolHarness(bridges: 1)
        harness.start()
        harness.close(LinkID(value: 1))
        harness.submit("join")
        harness.advance(by: .milliseconds(999))
        #expect(harness.actions.compactMap { $0.finished?.outcome.word } == ["no bridge"])
    }

    @Test func joinWithoutAReadyBridgeCutsTheRedialShort() {
        var harness = PoolHarness(bridges: 1) { $0.backoffJitter = 0 }
        harness.start()
        var link = LinkID(value: 1)
        for _ in 0..<5 {
            harness.close(link)
            harness.advance(by: .seconds(30))
            link = harness.actions.compactMap(\.dialled).last ?? link
        }
        harness.close(link)
        harness.advance(by: .seconds(2))
        harness.submit("join")
        guard let dialled = harness.actions.compactMap(\.dialled).first else {
            Issue.record("the join must trigger a dial")
            return
        }
        harness.open(dialled)
        harness.authenticate(dialled, as: "b")
        #expect(harness.actions.compactMap { $0.sent?.link } == [dialled])
    }

    @Test func fullWindowMakesRequestsWaitInOrder() {
        var harness = PoolHarness(bridges: 1)
        harness.start()
        let link = LinkID(value: 1)
        harness.open(link)
        harness.authenticate(link, as: "b", window: 1)
        let first = harness.submit("1")
        harness.submit("2")
        #expect(harness.actions.isEmpty)
        harness.submit("3")
        harness.answer(first, on: link, .success("helper"))
        #expect(harness.actions.compactMap { $0.sent != nil }.count(where: { $0 }) == 1)
        #expect(harness.actions.compactMap { $0.finished?.request } == ["1"])
        guard case .send(_, "2", _, _)? = harness.actions.last else {
            Issue.record("the second request is next")
            return
        }
    }

    @Test func waitingLineHasABoundBeyondWhichTheAnswerIsBusy() {
        var harness = PoolHarness(bridges: 1) { $0.maxWaiting = 2 }
        harness.start()
        harness.open(LinkID(value: 1))
        harness.authenticate(LinkID(value: 1), as: "b", window: 1)
        for number in 0..<3 { harness.submit("\(number)") }
        #expect(harness.actions.isEmpty)
        harness.submit("one too many")
        #expect(harness.actions.compactMap { $0.finished?.outcome.word } == ["busy"])
    }

    @Test func requestsThatWaitWhenTheirOnlyBridgeTurnsBusyHearItAtOnce() {
        var harness = PoolHarness(bridges: 1)
        harness.start()
        let link = LinkID(value: 1)
        harness.open(link)
        harness.authenticate(link, as: "b", window: 1)
        let first = harness.submit("1")
        harness.submit("2")
        harness.answer(first, on: link, .busy(retryAfter: .seconds(1)))
        #expect(harness.actions.compactMap { $0.finished?.outcome.word } == ["busy", "busy"])
    }

    @Test func cancelledRequestHasNoOutcomeAndFreesItsPlace() {
        var harness = PoolHarness(bridges: 1)
        harness.start()
        let link = LinkID(value: 1)
        harness.open(link)
        harness.authenticate(link, as: "b", window: 1)
        let first = harness.submit("1")
        harness.submit("2")
        harness.event { pool, now, _, actions in pool.cancel(first, at: now, actions: &actions) }
        #expect(harness.actions.compactMap { $0.sent?.link } == [link])
        #expect(harness.actions.compactMap(\.finished).isEmpty)
    }

    @Test func refusalsCostNeitherBudgetNorAttempts() {
        var harness = PoolHarness(bridges: 4) {
            $0.retriesPerSecond = 0
            $0.retryShare = 0
        }
        let links = harness.connectAll()
        let id = harness.submit("join")
        for index in 0..<3 {
            harness.answer(id, on: links[index], .refused("no"))
            #expect(harness.actions.compactMap { $0.sent?.link } == [links[index + 1]])
        }
        harness.answer(id, on: links[3], .success("helper"))
        #expect(harness.actions.compactMap { $0.finished?.receipt.attempts } == [4])
        #expect(harness.actions.compactMap { $0.finished?.outcome.word } == ["answered"])
    }

    @Test func whoWaitedForALinkMayWaitForRoomOnIt() {
        var harness = PoolHarness(bridges: 1)
        harness.start()
        for number in 0..<3 { harness.submit("\(number)") }
        harness.advance(by: .milliseconds(700))
        harness.open(LinkID(value: 1))
        harness.authenticate(LinkID(value: 1), as: "b", window: 1)
        let sent = harness.actions.compactMap { $0.sent?.id }
        harness.advance(by: .seconds(1))
        #expect(harness.actions.compactMap(\.finished).isEmpty)
        harness.answer(sent[0], on: LinkID(value: 1), .success("helper"))
        guard case .send(_, "1", _, _)? = harness.actions.last else {
            Issue.record("the second is next, got \(harness.actions)")
            return
        }
    }

    @Test func requestThatLosesLinkAfterLinkIsGivenUp() {
        var harness = PoolHarness(bridges: 5)
        let links = harness.connectAll()
        harness.submit("poison")
        for index in 0..<3 {
            harness.close(links[index])
            #expect(harness.actions.compactMap { $0.sent?.link } == [links[index + 1]])
        }
        harness.close(links[3])
        #expect(harness.actions.compactMap { $0.finished?.outcome.word } == ["timed out"])
        #expect(harness.ready.count == 1)
    }

    @Test func stoppingEndsEveryRequestAndLinkAndArmsNothing() {
        var harness = PoolHarness(bridges: 2)
        _ = harness.connectAll()
        for number in 0..<4 { harness.submit("\(number)") }
        harness.event { pool, now, _, actions in pool.stop(at: now, actions: &actions) }
        #expect(harness.actions.compactMap { $0.finished?.outcome.word } == Array(repeating: "stopping", count: 4))
        #expect(harness.actions.compactMap(\.closed) == [.stopping, .stopping])
        #expect(harness.pool.nextDeadline() == nil)
        harness.submit("too late")
        #expect(harness.actions.compactMap { $0.finished?.outcome.word } == ["stopping"])
    }

    @Test func retryBudgetBoundsRetriesOfAWholePool() {
        var harness = PoolHarness(bridges: 2) {
            $0.retryShare = 0.2
            $0.retriesPerSecond = 1
        }
        _ = harness.connectAll()
        for number in 0..<100 { harness.submit("\(number)") }
        harness.advance(by: .seconds(3))
        // A fifth of 100 first attempts, and one for each second of the window.
        #expect(harness.pool.counters.retries == 30)
        #expect(harness.actions.compactMap(\.finished).count == 70)
    }
}
