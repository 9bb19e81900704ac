import JoinTrial
import Timekeeping

/// What `causeway doctor` found: the trial join, and what the server says of itself.
struct DoctorReport: Sendable, Equatable {
    var target: String
    var trial: JoinTrialReport
    var facts: DoctorFacts

    /// A network that may be new was not asked, so it is not known whether people get in.
    var isUndecided: Bool {
        trial.outcome == .first && facts.network == .maybeNew && trial.steps.last?.result == .skipped
    }

    private var hasWarnings: Bool { trial.hasWarnings || facts.notes.contains(where: \.isWarning) || isUndecided }

    /// As documented by the command.
    var exitCode: Int32 {
        switch trial.outcome {
        case .joined, .first: hasWarnings ? 1 : 0
        case .degraded: 1
        case .turnedAway: 16
        case .failed(.dns): 10
        case .failed(.tcp): 11
        case .failed(.tls): 12
        case .failed(.upgrade): 13
        case .failed(.register): 14
        case .failed(.ask), .failed(.answer): 15
        case .failed(.helper): 17
        }
    }

    /// A sentence with its full stop.
    var verdict: String {
        let time = StatusWords(now: 0).microseconds(trial.duration.wholeNanoseconds / 1_000)
        switch trial.outcome {
        case .joined where hasWarnings: return "Newcomers get in (\(time)), but something needs attention."
        case .joined: return "Newcomers get in (\(time))."
        case .first where isUndecided:
            return
                "Not tried to the end: this may be a network that nobody has begun, and a trial must not be its first "
                + "peer. --may-be-first tries nevertheless."
        case .first: return "The network is new: the next newcomer is its first peer."
        case .degraded: return "Newcomers get peers to dial, but no helper."
        case .turnedAway(let code, _): return "Newcomers are turned away (\(code))."
        case .failed(let hop): return "Newcomers do not get in: it fails at \"\(hop.name)\"."
        }
    }
}

extension JoinTrialReport.Hop {
    /// For people.
    var name: String {
        switch self {
        case .dns: "name"
        case .tcp: "connection"
        case .tls: "TLS"
        case .upgrade: "WebSocket"
        case .register: "register"
        case .ask: "ask"
        case .answer: "answer"
        case .helper: "helper"
        }
    }
}

// MARK: For a terminal

extension StatusText {
    mutating func add(_ step: JoinTrialReport.Step, width: Int) {
        let time =
            step.result == .skipped ? "" : StatusWords(now: 0).microseconds(step.duration.wholeNanoseconds / 1_000)
        add(step.result, name: step.hop.name, time: time, text: step.seen, width: width)
        guard let advice = step.advice else { return }
        paragraph("What to do: \(advice)", style: .strong, indent: Self.doctorIndent, width: width)
    }

    mutating func add(_ note: DoctorFacts.Note, width: Int) {
        add(note.isWarning ? .warning : .ok, name: note.name, time: "", text: note.text, width: width)
    }

    /// Mark, name, time, and the text beside them in as many lines as it needs.
    private mutating func add(
        _ result: JoinTrialReport.Result,
        name: String,
        time: String,
        text: String,
        width: Int
    ) {
        let (mark, style): (String, Style) =
            switch result {
            case .ok: ("ok  ", .good)
            case .warning: ("warn", .warning)
            case .failed: ("FAIL", .bad)
            case .skipped: ("-   ", .faint)
            }
        let label = name + String(repeating: " ", count: max(1, 12 - name.count))
        let column = String(repeating: " ", count: max(0, 8 - time.count)) + time + "  "
        var beside = StatusText()
        beside.paragraph(text, width: max(20, width - Self.doctorIndent))
        let lines = beside.lines.map { $0.map(\.text).joined() }
        line(Piece(mark, style), Piece(" " + label), Piece(column, .faint), Piece(lines.first ?? ""))
        for more in lines.dropFirst() { line(Piece(String(repeating: " ", count: Self.doctorIndent) + more)) }
    }

    private static let doctorIndent = 27

    mutating func addVerdict(_ report: DoctorReport, width: Int) {
        line("")
        let style: Style =
            switch report.exitCode {
            case 0: .good
            case 1: .warning
            default: .bad
            }
        paragraph(report.verdict, style: style, width: width)
        guard let receipt = report.trial.receipt, let id = receipt.id else { return }
        line(Piece("Its way through the server: causeway status \(report.target) --join \(id)", .faint))
    }
}

// MARK: For a program

extension DoctorReport: Encodable {
    private enum Key: String, CodingKey {
        case target, outcome, failedStep, code, retryAfterMs, verdict, steps, notes, receipt, durationMs, exitCode
    }

    private struct Step: Encodable {
        var step: String
        var result: String
        var ms: Double
        var seen: String
        var advice: String?
    }

    private struct Receipt: Encodable {
        var id: String?
        var bridge: String?
        var attempts: Int64
        var queueMs: Int64
        var totalMs: Int64
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(target, forKey: .target)
        switch trial.outcome {
        case .joined: try fields.encode("joined", forKey: .outcome)
        case .first: try fields.encode(isUndecided ? "not_tried" : "first", forKey: .outcome)
        case .degraded: try fields.encode("degraded", forKey: .outcome)
        case .turnedAway(let code, let retryAfterMs):
            try fields.encode("turned_away", forKey: .outcome)
            try fields.encode(code, forKey: .code)
            try fields.encodeIfPresent(retryAfterMs, forKey: .retryAfterMs)
        case .failed(let hop):
            try fields.encode("failed", forKey: .outcome)
            try fields.encode(hop.rawValue, forKey: .failedStep)
        }
        try fields.encode(verdict, forKey: .verdict)
        let steps = trial.steps.map { step in
            Step(
                step: step.hop.rawValue,
                result: step.result.rawValue,
                ms: step.duration.fractionalMilliseconds,
                seen: step.seen,
                advice: step.advice
            )
        }
        try fields.encode(steps, forKey: .steps)
        try fields.encode(facts.notes, forKey: .notes)
        if let receipt = trial.receipt {
            let shown = Receipt(
                id: receipt.id,
                bridge: receipt.bridge,
                attempts: receipt.attempts,
                queueMs: receipt.queueMs,
                totalMs: receipt.totalMs
            )
            try fields.encode(shown, forKey: .receipt)
        }
        try fields.encode(trial.duration.fractionalMilliseconds, forKey: .durationMs)
        try fields.encode(exitCode, forKey: .exitCode)
    }
}
