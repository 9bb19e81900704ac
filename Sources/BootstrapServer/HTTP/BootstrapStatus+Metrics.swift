import BootstrapCore
import Timekeeping
import WireMessages

extension BootstrapStatus {
    /// The share of attempts to connect that should succeed, of the existing network's making (protocol.md 6.1.2).
    private static let targetSuccessRate = 95

    /// The JSON body of `/metrics` (protocol.md 6.1.2).
    func metrics(at now: Moment) -> [UInt8] {
        RawJSON.object { body in
            writeSummary(to: &body)
            writeBreakdowns(to: &body)
            writeRecent(to: &body)
            body.key("connectionProfiles")
            body.beginObject()
            statistics.profiles.writeCounts(to: &body)
            statistics.profiles.writeAdoption(to: &body)
            body.endObject()
            body.key("ipv6Trends")
            statistics.writeTrends(to: &body, at: now)
            body.member("lastUpdated", orNull: statistics.reportedAt)
            body.member("timestamp", now.unixMilliseconds)
        }.bytes
    }

    private func writeSummary(to body: inout JSONWriter) {
        let all = statistics.outcomes.all
        body.key("summary")
        body.beginObject()
        body.member("totalAttempts", Int64(all.attempts))
        body.member("totalSuccesses", Int64(all.successes))
        body.member("totalFailures", Int64(all.failures))
        body.member("overallSuccessRate", Int64(all.successRate))
        body.member("targetSuccessRate", Int64(Self.targetSuccessRate))
        body.member("meetsTarget", all.successRate >= Self.targetSuccessRate)
        body.endObject()
    }

    private func writeBreakdowns(to body: inout JSONWriter) {
        let outcomes = statistics.outcomes
        body.key("byConnectionType")
        body.beginObject()
        for connection in OutcomeTotals.Connection.allCases {
            let attempts = outcomes.byConnection[connection] ?? .init()
            // Existing reports have the three kinds that there are.
            guard connection != .other || attempts.attempts > 0 else { continue }
            body.key(connection.rawValue)
            attempts.write(to: &body)
        }
        body.endObject()
        body.key("byNatPair")
        body.beginObject()
        for (pair, attempts) in outcomes.byNATPair.sorted(by: { $0.key.text < $1.key.text }) {
            body.key(pair.text)
            attempts.write(to: &body)
        }
        body.endObject()
        let known = OutcomeTotals.Candidate.allCases.filter { $0 != .other }
        let total = known.reduce(0) { $0 + outcomes.candidates[$1, default: 0] }
        body.key("iceCandidateTypes")
        body.beginObject()
        for candidate in known {
            let count = outcomes.candidates[candidate, default: 0]
            body.key(candidate.rawValue)
            body.beginObject()
            body.member("count", Int64(count))
            body.member("percentage", Int64(wholePercent(count, of: total)))
            body.endObject()
        }
        body.endObject()
    }

    private func writeRecent(to body: inout JSONWriter) {
        let recent = statistics.recent
        body.key("recentMetrics")
        body.beginObject()
        body.member("windowSizeMs", StatisticsDefaults.recentWindow.wholeMilliseconds)
        body.member("windowSizeHuman", "1 hour")
        body.member("attempts", Int64(recent.attempts.attempts))
        body.member("successes", Int64(recent.attempts.successes))
        body.member("successRate", Int64(recent.attempts.successRate))
        body.key("failureReasons")
        body.beginObject()
        for reason in FailureReason.allCases {
            guard let count = recent.failureReasons[reason] else { continue }
            body.key(reason.rawValue)
            body.int64(Int64(count))
        }
        body.endObject()
        body.endObject()
    }
}

extension OutcomeTotals.Attempts {
    fileprivate func write(to body: inout JSONWriter) {
        body.beginObject()
        body.member("attempts", Int64(attempts))
        body.member("successes", Int64(successes))
        body.member("failures", Int64(failures))
        body.member("successRate", Int64(successRate))
        body.endObject()
    }
}
