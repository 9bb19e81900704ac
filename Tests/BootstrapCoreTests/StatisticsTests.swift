import BootstrapCore
import DHTTestKit
import Kademlia
import Testing
import Timekeeping
import WireMessages

@Suite struct StatisticsTests {
    private static let start: Int64 = 1_790_000_000_000

    private func moment(_ time: Duration) -> Moment {
        Moment(instant: .zero + time, unixMilliseconds: Self.start + time.wholeMilliseconds)
    }

    private func update(_ profile: RawJSON?, by node: NodeID = 1) -> ProfileUpdate {
        ProfileUpdate(nodeID: .node(node), connectionProfile: profile)
    }

    private func outcome(
        _ success: Bool,
        _ connection: String = "webrtc",
        nat: (String, String)? = nil,
        candidate: String? = nil,
        reason: String? = nil
    ) -> ConnectionOutcome {
        ConnectionOutcome(
            nodeID: .node(1),
            success: success,
            connectionType: connection,
            localNatType: nat?.0,
            remoteNatType: nat?.1,
            iceCandidateType: candidate,
            failureReason: reason
        )
    }

    private static let browser: RawJSON = #"""
        {"hasIPv6":true,"natType":"hard","portPattern":"random","needsRelay":true,"platform":"Android","browser":"CHROME",
        "browserVersion":"140","isMobile":true}
        """#

    // MARK: Profiles

    @Test func profileCountsUnderItsWords() {
        var statistics = PeerStatistics()
        statistics.profiled(update(Self.browser), by: 1, at: moment(.zero))
        let report = statistics.report(at: moment(.seconds(5)))
        let profiles = report.profiles
        #expect(profiles.all.total == 1)
        #expect(profiles.all.capable == 1)
        #expect(profiles.natTypes[.hard] == 1)
        #expect(profiles.portPatterns[.random] == 1)
        #expect(profiles.needsRelay == 1)
        #expect(profiles.byPlatform[.android]?.percentage == 100)
        #expect(profiles.byBrowser[.chrome]?.total == 1)
        #expect(profiles.byCategory[.mobileAndroid]?.capable == 1)
        #expect(report.profiledAt == Self.start)
        #expect(report.reportedAt == nil)
    }

    @Test func newerProfileOfAClientReplacesItsOlder() {
        var statistics = PeerStatistics()
        statistics.profiled(update(Self.browser), by: 1, at: moment(.zero))
        statistics.profiled(
            update(#"{"natType":"open","platform":"linux","browser":"firefox"}"#),
            by: 1,
            at: moment(.seconds(1))
        )
        statistics.profiled(update(#"{"natType":"easy"}"#), by: 2, at: moment(.seconds(2)))
        let profiles = statistics.report(at: moment(.seconds(2))).profiles
        #expect(profiles.all.total == 2)
        #expect(profiles.all.capable == 0)
        #expect(profiles.natTypes[.hard] == 0)
        #expect(profiles.percentage(of: .open) == 50)
        #expect(profiles.byPlatform[.android]?.total == 0)
        #expect(profiles.byCategory[.desktopLinux]?.total == 1)
    }

    @Test func whoLeavesCountsNoMore() {
        var statistics = PeerStatistics()
        statistics.profiled(update(Self.browser), by: 1, at: moment(.zero))
        statistics.profiled(update(Self.browser), by: 2, at: moment(.zero))
        statistics.left(1, at: moment(.seconds(1)))
        statistics.left(1, at: moment(.seconds(1)))
        statistics.left(7, at: moment(.seconds(1)))
        #expect(statistics.report(at: moment(.seconds(1))).profiles.all.total == 1)
        statistics.left(2, at: moment(.seconds(1)))
        let profiles = statistics.report(at: moment(.seconds(1))).profiles
        #expect(profiles.all.total == 0)
        #expect(profiles.all.percentage == 0)
        #expect(profiles.natTypes.values.allSatisfy { $0 == 0 })
    }

    @Test func oddFieldsCountAsMissing() {
        var statistics = PeerStatistics()
        statistics.profiled(
            update(#"{"hasIPv6":"yes","natType":7,"portPattern":null,"needsRelay":1,"platform":{},"isMobile":"true"}"#),
            by: 1,
            at: moment(.zero)
        )
        statistics.profiled(update("{}"), by: 2, at: moment(.zero))
        statistics.profiled(update(nil), by: 3, at: moment(.zero))
        let profiles = statistics.report(at: moment(.zero)).profiles
        #expect(profiles.all.total == 2, "an update without a profile is none")
        #expect(profiles.all.capable == 0)
        #expect(profiles.natTypes == [.unknown: 2])
        #expect(profiles.portPatterns == [.unknown: 2])
        #expect(profiles.needsRelay == 0)
        #expect(profiles.byPlatform[.unknown]?.total == 2)
        #expect(profiles.byCategory[.unknown]?.total == 2)
    }

    /// robustness.md, L02.
    @Test func aThousandWordsOfStrangersAddNoKeys() {
        var statistics = PeerStatistics()
        for number in 1...1_000 {
            let word = "word\(number)"
            let profile = RawJSON.object { writer in
                for key in ["natType", "portPattern", "platform", "browser"] as [StaticString] {
                    writer.member(key, number == 1 ? String(repeating: "x", count: 60_000) : word)
                }
            }
            statistics.profiled(update(profile), by: NodeID(high: 0, middle: 0, low: UInt32(number)), at: moment(.zero))
            statistics.reported(
                outcome(false, word, nat: (word, "no\(word)"), candidate: word, reason: word),
                at: moment(.zero)
            )
            statistics.reported(outcome(true, nat: (word, "no\(word)"), candidate: word), at: moment(.zero))
        }
        let report = statistics.report(at: moment(.zero))
        #expect(report.profiles.natTypes == [.unknown: 1_000])
        #expect(report.profiles.portPatterns == [.unknown: 1_000])
        #expect(report.profiles.byPlatform.mapValues(\.total) == [.other: 1_000])
        #expect(report.profiles.byBrowser.mapValues(\.total) == [.other: 1_000])
        #expect(report.profiles.byCategory.mapValues(\.total) == [.unknown: 1_000])
        #expect(report.outcomes.byConnection.mapValues(\.attempts) == [.other: 1_000, .webrtc: 1_000])
        #expect(report.outcomes.byNATPair.mapValues(\.attempts) == [.init(.unknown, .unknown): 1_000])
        #expect(report.outcomes.candidates == [.other: 1_000])
        #expect(report.recent.failureReasons == [.other: 1_000])
    }

    // MARK: Outcomes

    @Test func outcomesAreCountedByConnectionPairAndCandidate() {
        var statistics = PeerStatistics()
        let now = moment(.seconds(1))
        statistics.reported(outcome(true, nat: ("hard", "easy"), candidate: "srflx"), at: now)
        statistics.reported(outcome(false, nat: ("easy", "hard"), candidate: "host", reason: "timeout"), at: now)
        statistics.reported(outcome(true, "websocket", nat: ("easy", "hard"), candidate: "host"), at: now)
        statistics.reported(outcome(true, "relay"), at: now)
        let report = statistics.report(at: now)
        #expect(report.outcomes.all.attempts == 4)
        #expect(report.outcomes.all.failures == 1)
        #expect(report.outcomes.all.successRate == 75)
        #expect(report.outcomes.byConnection.mapValues(\.successes) == [.webrtc: 1, .websocket: 1, .relay: 1])
        #expect(report.outcomes.byNATPair.keys.map(\.text) == ["easy-hard"])
        #expect(report.outcomes.byNATPair.values.first?.attempts == 2, "of WebRTC alone, in either order")
        #expect(report.outcomes.candidates == [.srflx: 1], "of successes alone")
        #expect(report.reportedAt == now.unixMilliseconds)
    }

    @Test(arguments: [
        ("timeout" as String?, FailureReason.timeout), ("handshake_failed", .handshakeFailed), ("failed", .failed),
        ("error: connect ECONNREFUSED", .error), (nil, .unknown), ("", .unknown), ("weather", .other),
    ])
    func failureHasAReasonFromTheList(text: String?, reason: FailureReason) {
        #expect(FailureReason(reported: text) == reason)
    }

    @Test func recentOutcomesAreThoseOfTheLastHour() {
        var statistics = PeerStatistics()
        statistics.reported(outcome(false, reason: "timeout"), at: moment(.seconds(0)))
        statistics.reported(outcome(true), at: moment(.seconds(1_800)))
        let early = statistics.report(at: moment(.seconds(3_599))).recent
        #expect(early.attempts.attempts == 2)
        #expect(early.attempts.successRate == 50)
        #expect(early.failureReasons == [.timeout: 1])
        let later = statistics.report(at: moment(.seconds(3_600))).recent
        #expect(later.attempts.attempts == 1)
        #expect(later.failureReasons.isEmpty)
        let muchLater = statistics.report(at: moment(.seconds(9_000)))
        #expect(muchLater.recent.attempts.attempts == 0)
        #expect(muchLater.outcomes.all.attempts == 2, "the totals stay")
    }

    /// Against a list of all that was reported, over random times.
    @Test(arguments: SeededGenerator.seeds(5)) func recentOutcomesAgreeWithAListOfThem(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var statistics = PeerStatistics()
        var reported: [(minute: Int64, success: Bool)] = []
        var time = Duration.zero
        for _ in 0..<600 {
            time += .seconds(Int.random(in: 0...40, using: &generator))
            if Int.random(in: 0..<200, using: &generator) == 0 { time += .seconds(4_000) }
            let success = Bool.random(using: &generator)
            statistics.reported(outcome(success, reason: "closed"), at: moment(time))
            reported.append((time.components.seconds / 60, success))
            let minute = time.components.seconds / 60
            let expected = reported.filter { minute - $0.minute < 60 }
            let recent = statistics.report(at: moment(time)).recent
            #expect(recent.attempts.attempts == expected.count, "seed \(seed)")
            #expect(recent.attempts.successes == expected.count { $0.success }, "seed \(seed)")
            #expect(recent.failureReasons[.closed, default: 0] == expected.count { !$0.success }, "seed \(seed)")
        }
    }

    @Test(arguments: [(0, 0, 0), (0, 5, 0), (1, 3, 33), (2, 3, 67), (1, 200, 1), (1, 201, 0), (5, 5, 100)])
    func shareIsRoundedToTheNearestPercent(part: Int, whole: Int, percent: Int) {
        #expect(wholePercent(part, of: whole) == percent)
    }
}
