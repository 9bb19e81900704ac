/// What became of one case.
package struct CaseResult: Sendable {
    package enum Verdict: Sendable, Equatable {
        case ok
        case deviates
        case skipped
    }

    package var id: String
    package var message: String
    package var section: String
    package var expected: String
    /// What was seen, or why the case was skipped.
    package var got: String
    package var verdict: Verdict
    package var duration: Duration

    init(_ item: ConformanceCase, _ verdict: Verdict, _ got: String, after duration: Duration = .zero) {
        id = item.id
        message = item.message
        section = item.section
        expected = item.expected
        self.got = got
        self.verdict = verdict
        self.duration = duration
    }
}

extension CaseResult.Verdict {
    package var text: String {
        switch self {
        case .ok: "ok"
        case .deviates: "DEVIATES"
        case .skipped: "skipped"
        }
    }
}
