import Conformance
import Testing
import WebSocketTransport

/// Our servers keep the whole contract.
@Suite(.serialized)
struct OwnServersTests {
    @Test(.timeLimit(.minutes(3)))
    func bootstrapKeepsTheContract() async throws {
        let report = try await RunningTargets.run { try await conformance(of: $0.bootstrap) }
        #expect(report.kind == .bootstrap)
        #expect(report.results.count == 129)
        report.expectNoDeviations()
        #expect(report.count(.skipped) == 0, "\(report.text)")
    }

    @Test(.timeLimit(.minutes(3)))
    func bridgeKeepsTheContract() async throws {
        let report = try await RunningTargets.run { try await conformance(of: $0.bridge, monitor: $0.monitor) }
        #expect(report.kind == .bridge)
        #expect(report.results.count == 46)
        report.expectNoDeviations()
        #expect(report.count(.skipped) == 0, "\(report.text)")
    }

    @Test(.timeLimit(.minutes(1)))
    func nothingThatCouldMakeTheKitTheFirstPeerIsRunUnlessToldSo() async throws {
        try await RunningTargets.run { targets in
            let cases: Set = ["join-after-register", "genesis-forged", "register", "bridge-onboarding", "bridge-claim"]
            let careful = try await conformance(of: targets.bootstrap, only: cases, isThrowAway: false)
            #expect(careful.count(.ok) == 1)
            #expect(careful.count(.skipped) == 4)
            // Skipped if anybody was first before.
            let bold = try await conformance(of: targets.bootstrap, only: ["genesis"])
            #expect(bold.count(.ok) == 1, "\(bold.text)")
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func withoutTheSecretWhatNeedsItIsLeftOut() async throws {
        let report = try await RunningTargets.run {
            try await conformance(of: $0.bridge, secret: nil, only: ["auth-good", "auth-wrong"])
        }
        #expect(report.results.map(\.verdict) == [.skipped, .ok], "\(report.text)")
    }
}

extension ConformanceReport {
    func expectNoDeviations(sourceLocation: SourceLocation = #_sourceLocation) {
        for result in deviations {
            Issue.record(
                "\(result.id) (\(result.section)): expected \(result.expected); got \(result.got)",
                sourceLocation: sourceLocation
            )
        }
    }
}
