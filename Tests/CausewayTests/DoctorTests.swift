import ArgumentParser
import Foundation
import JoinTrial
import Testing

@testable import causeway

/// What `causeway doctor` says, and exits with.
struct DoctorTests {
    private func report(
        _ outcome: JoinTrialReport.Outcome,
        _ steps: [JoinTrialReport.Step] = [],
        _ facts: DoctorFacts = DoctorFacts()
    ) -> DoctorReport {
        let receipt = JoinTrialReport.Receipt(id: "5f0c", bridge: nil, attempts: 1, queueMs: 0, totalMs: 3)
        let trial = JoinTrialReport(steps: steps, outcome: outcome, receipt: receipt, duration: .milliseconds(12))
        return DoctorReport(target: "http://boot", trial: trial, facts: facts)
    }

    @Test func exitCodesAreThoseOfTheHelp() {
        let codes = [JoinTrialReport.Outcome.joined, .first, .degraded, .turnedAway(code: "busy", retryAfterMs: 1)]
            .map { report($0).exitCode }
        #expect(codes == [0, 0, 1, 16])
        #expect(JoinTrialReport.Hop.allCases.map { report(.failed($0)).exitCode } == [10, 11, 12, 13, 14, 15, 15, 17])
        let help = DoctorCommand.configuration.discussion
        for code in [0, 1, 2, 10, 11, 12, 13, 14, 15, 16, 17] {
            #expect(help.split(separator: "\n").contains { $0.split(separator: " ").first == "\(code)" }, "\(code)")
        }
    }

    @Test func warningsShowInTheExitCode() {
        let late = JoinTrialReport.Step(.tls, .warning, .zero, seen: "certificate ends", advice: "Renew it.")
        #expect(report(.joined, [late]).exitCode == 1)
        var facts = DoctorFacts()
        facts.addBridges(
            503,
            Array(#"{"bridgeAvailability":{"available":1,"total":2},"timestamp":5}"#.utf8),
            between: 4,
            and: 6
        )
        #expect(facts.notes == [.init(name: "bridges", isWarning: true, text: "1 of 2 bridges can be asked")])
        #expect(report(.joined, [], facts).exitCode == 1)
    }

    @Test func wrongClocksAreNamed() {
        var facts = DoctorFacts()
        facts.addBridges(200, Array(#"{"timestamp":1000000}"#.utf8), between: 900_000, and: 940_000)
        #expect(facts.notes.map(\.text) == ["its clock is 60 s ahead of this machine's: set both by NTP"])
        facts = DoctorFacts()
        facts.addBridges(200, Array(#"{"timestamp":1000000}"#.utf8), between: 900_000, and: 940_001)
        #expect(facts.notes == [])
        facts.addBridges(200, Array(#"{"timestamp":1000000}"#.utf8), between: 1_200_000, and: 1_300_000)
        #expect(facts.notes.map(\.text) == ["its clock is 3 min behind this machine's: set both by NTP"])
    }

    @Test func networkThatMayBeNewIsNotBegun() {
        func network(_ overview: String?, _ health: String?, _ bridges: String?) -> DoctorFacts.Network {
            func bytes(_ text: String?) -> [UInt8]? { text.map { Array($0.utf8) } }
            return DoctorFacts.network(overview: bytes(overview), health: bytes(health), bridges: bytes(bridges))
        }
        let bridges = #"{"bridgeAvailability":{"available":2,"unavailable":0}}"#
        #expect(network(#"{"server":{"network":"new"}}"#, nil, nil) == .new)
        #expect(network(#"{"server":{"network":"running"}}"#, nil, nil) == .running)
        #expect(network(nil, #"{"status":"ok","peers":3}"#, bridges) == .maybeNew)
        #expect(network(nil, #"{"status":"ok","peers":9}"#, bridges) == .running)
        #expect(network(nil, #"{"status":"ok","peers":9}"#, nil) == .maybeNew)
        #expect(network(nil, "<html>", bridges) == .unknown)
        var facts = DoctorFacts()
        facts.network = .maybeNew
        let skipped = JoinTrialReport.Step(.ask, .skipped, .zero, seen: "not asked")
        #expect(report(.first, [skipped], facts).exitCode == 1)
        #expect(report(.first, [skipped], facts).verdict.contains("--may-be-first"))
    }

    @Test func stepsSayWhatToDo() {
        var text = StatusText()
        let seen = "Connection refused"
        text.add(JoinTrialReport.Step(.dns, .ok, .microseconds(4_200), seen: "boot is 10.0.0.1"), width: 80)
        text.add(JoinTrialReport.Step(.tcp, .failed, .milliseconds(1), seen: seen, advice: "Start it."), width: 80)
        text.add(JoinTrialReport.Step(.tls, .skipped, .zero, seen: "none"), width: 80)
        text.addVerdict(report(.failed(.tcp)), width: 80)
        #expect(
            text.rendered(width: 80, colours: false) == [
                "ok   name          4.2 ms  boot is 10.0.0.1", "FAIL connection    1.0 ms  Connection refused",
                "                           What to do: Start it.", "-    TLS                   none", "",
                "Newcomers do not get in: it fails at \"connection\".",
                "Its way through the server: causeway status http://boot --join 5f0c",
            ]
        )
    }

    @Test func programsReadTheSame() throws {
        let steps = [JoinTrialReport.Step(.tcp, .failed, .milliseconds(1), seen: "no", advice: "Start it.")]
        let data = try JSONEncoder().encode(report(.failed(.tcp), steps))
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(object["outcome"] as? String == "failed")
        #expect(object["failedStep"] as? String == "tcp")
        #expect(object["exitCode"] as? Int == 11)
        #expect((object["steps"] as? [[String: Any]])?.first?["advice"] as? String == "Start it.")
        #expect((object["receipt"] as? [String: Any])?["id"] as? String == "5f0c")
    }
}
