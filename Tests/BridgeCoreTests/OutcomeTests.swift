import BridgeCore
import DHTTestKit
import Kademlia
import Testing
import Timekeeping
import WireMessages

private let now = Instant.helperTestTime

/// What reports about introductions do to a helper's standing.
@Suite struct OutcomeTests {
    private func after(_ results: [IntroductionResult]) -> OutcomeRecord {
        var record = OutcomeRecord()
        for result in results { record.record(result, at: now) }
        return record
    }

    @Test func rateStartsAtAHalfAndOneFailureDoesNotDamn() {
        #expect(after([]).successRate == 0.5)
        #expect(after([.failed]).successRate >= 0.25)
        #expect(after([.connected]).successRate > 0.6)
        #expect(after([.accepted, .failed]).successRate < 0.5, "an invitation that led nowhere is no success")
        #expect(after(Array(repeating: .connected, count: 1_000)).successRate > 0.9)
    }

    @Test func recentOutcomesOutweighOldOnes() {
        var record = after(Array(repeating: .connected, count: 1_000))
        for _ in 0..<20 { record.record(.failed, at: now) }
        #expect(record.successRate < 0.4)
    }

    @Test func silentHelperRestsLongerEachTime() {
        var record = OutcomeRecord()
        var time = now
        for seconds in [30, 60, 120, 240, 480, 600, 600, 600] {
            record.record(.silent, at: time)
            #expect(record.restsUntil == time + .seconds(seconds))
            #expect(record.isResting(at: time + .seconds(seconds) - .nanoseconds(1)))
            #expect(!record.isResting(at: time + .seconds(seconds)))
            time = time + .seconds(seconds)
        }
        record.record(.accepted, at: time)
        record.record(.silent, at: time)
        #expect(record.restsUntil == time + .seconds(30))
    }

    @Test func reportsOfOneBadMinuteCountOnce() {
        let record = after(Array(repeating: .silent, count: 20))
        #expect(record.restsUntil == now + .seconds(30))
    }

    @Test(arguments: [IntroductionResult.accepted, .connected]) func signOfLifeEndsTheRest(
        of result: IntroductionResult
    ) {
        #expect(after([.silent, result]).restsUntil == nil)
    }

    @Test func threeFailuresInARowAreARest() {
        #expect(after([.failed, .failed]).restsUntil == nil)
        #expect(after([.failed, .failed, .failed]).restsUntil == now + .seconds(30))
        #expect(after([.failed, .failed, .connected, .failed]).restsUntil == nil)
        #expect(after([.failed, .failed, .accepted, .accepted, .failed]).restsUntil == nil)
        var record = after([.failed, .failed, .failed])
        record.record(.failed, at: now + .seconds(30))
        #expect(record.restsUntil == now + .seconds(90), "and the next one is longer")
    }

    @Test func acceptanceBeforeEachFailureDoesNotBreakTheRow() {
        #expect(after([.accepted, .failed, .accepted, .failed, .accepted, .failed]).restsUntil == now + .seconds(30))
        #expect(after([.failed, .failed, .failed, .accepted]).isResting(at: now))
        #expect(!after([.failed, .failed, .failed, .connected]).isResting(at: now))
    }

    // MARK: In the pool

    @Test func restingHelperIsAskedOnlyIfNobodyElseCan() {
        var pool = HelperPool([.helper(1), .helper(2, reach: .unknown)])
        pool.record(.silent, of: 1, at: now)
        #expect(pool.choices(.unreachable) == [2], "even a hope comes first")
        #expect(pool.choices(.unreachable, excluding: [2]) == [1])
        pool.heard(1, at: now + .seconds(30))
        pool.heard(2, at: now + .seconds(30))
        #expect(pool.choices(.unreachable, at: now + .milliseconds(29_999)) == [2])
        #expect(pool.choices(.unreachable, at: now + .seconds(30)) == [1], "rested")
    }

    @Test func connectingAgainWashesNobodyClean() {
        var pool = HelperPool([.helper(1), .helper(2)])
        pool.record(.silent, of: 1, at: now)
        pool.remove(1)
        pool.insert(.helper(1))
        #expect(pool.choices() == [2])
        #expect(pool[1]?.outcomes.isResting(at: now) == true)
    }

    @Test func restThatEndsBeforeAPeerIsProvenEndsInTime() {
        var pool = HelperPool([.helper(2, reach: .unknown)])
        pool.record(.silent, of: 1, at: now - .milliseconds(29_800))
        pool.insert(.helper(1, connected: .zero, roundTrip: nil))
        #expect(pool.choices(.unreachable, at: now + .milliseconds(199)) == [2])
        #expect(pool.choices(.unreachable, at: now + .milliseconds(200)) == [1])
    }

    @Test func reportAboutAHelperThatLeftWaitsForIt() {
        var pool = HelperPool([.helper(1), .helper(2)])
        pool.remove(1)
        pool.record(.silent, of: 1, at: now)
        pool.record(.failed, of: 1, at: now)
        pool.insert(.helper(1))
        #expect(pool.choices() == [2])
        #expect(pool[1]?.outcomes == after([.silent, .failed]))
    }

    @Test func recordsOfHelpersThatLeftAreBounded() {
        var pool = HelperPool()
        let kept = UInt32(BridgeDefaults.rememberedOutcomes)
        for number in 1...kept + 10 { pool.record(.silent, of: NodeID(integerLiteral: number), at: now) }
        for number in [1, 10, 11, kept + 10] { pool.insert(.helper(NodeID(integerLiteral: number))) }
        #expect(pool.candidates.map { $0.outcomes.restsUntil != nil } == [false, false, true, true])
    }

    @Test func oneThatComesAndGoesPushesNobodyOut() {
        var pool = HelperPool()
        pool.record(.silent, of: 1, at: now)
        pool.record(.silent, of: 2, at: now)
        for _ in 0..<3 * BridgeDefaults.rememberedOutcomes {
            pool.insert(.helper(2))
            pool.remove(2)
        }
        pool.insert(.helper(1))
        pool.insert(.helper(2))
        #expect(pool.candidates.allSatisfy { $0.outcomes.restsUntil != nil })
    }
}
