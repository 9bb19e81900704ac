/// The way of one join, as a timeline.
extension StatusText {
    init(_ join: StatusJoin, _ words: StatusWords, width: Int) {
        line(
            Piece("Join \(join.id)", .strong),
            Piece(join.outcome.isEmpty ? "" : "  \(Self.spoken(join.outcome))", .faint)
        )
        line("asked at \(words.moment(join.askedAt)) by \(join.newcomer.isEmpty ? "somebody" : join.newcomer)")
        if !join.helper.isEmpty { line("helper \(join.helper)") }
        line("")
        for step in join.steps {
            let bridge = step.bridge.isEmpty ? "" : "  \(step.bridge)"
            let detail = step.detail.isEmpty ? "" : "  \(step.detail)"
            line(
                Piece("\(Self.milliseconds(step.afterUs, words))  ", .faint),
                Piece(Self.spoken(step.event), Self.style(step.event)),
                Piece(bridge, .plain),
                Piece(detail, .faint)
            )
        }
        if join.stepsDropped > 0 { line(Piece("\(words.plural(join.stepsDropped, "more step")), not kept", .faint)) }
    }

    /// In a column of its own: `+      1.234 ms`.
    private static func milliseconds(_ microseconds: Int64, _ words: StatusWords) -> String {
        let value = max(0, microseconds)
        let rest = String(value % 1_000)
        let text = "\(words.whole(value / 1_000)).\(String(repeating: "0", count: 3 - rest.count))\(rest) ms"
        return "+" + String(repeating: " ", count: max(0, 14 - text.count)) + text
    }

    /// Words of programs; those that this one does not know are shown as they are.
    private static func spoken(_ event: String) -> String {
        switch event {
        case "sent": "sent to a bridge"
        case "busy": "bridge is busy"
        case "refused": "bridge knew nobody"
        case "timed_out": "bridge did not answer in time"
        case "link_lost": "link to the bridge lost"
        case "unusable": "answer was unusable"
        case "degraded": "given peers to dial"
        case "silent": "helper sent no invitation"
        case "failed": "no link came of it"
        case "unknown": "not heard what became of it"
        default: event.replacing("_", with: " ")
        }
    }

    private static func style(_ event: String) -> Style {
        switch event {
        case "connected", "helper_named": .good
        case "busy", "refused", "timed_out", "link_lost", "unusable", "degraded", "abandoned": .warning
        case "turned_away", "failed", "silent": .bad
        default: .plain
        }
    }
}
