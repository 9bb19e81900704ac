import Foundation
import Observation

/// The steps of a join in one column: `{"steps":[[0,"asked"],[310,"sent","10.0.0.2:9000"]],"dropped":0}`. A step is its
/// microseconds, its event, and the bridge and the detail as far as it has them; no bridge but a detail is `null` and the detail.
struct StoredSteps: Decodable {
    private(set) var steps: [JoinTimeline.Step]
    let dropped: Int

    private enum Key: String, CodingKey {
        case steps
        case dropped
    }

    /// Written by hand: a thousand of them a second should cost nothing that anybody notices.
    static func text(of timeline: JoinTimeline) -> String {
        var text = "{\"steps\":["
        for (index, step) in timeline.steps.enumerated() {
            if index > 0 { text += "," }
            text += "[\(step.afterMicroseconds),\"\(step.event.rawValue)\""
            if let bridge = step.bridge { append(bridge, to: &text) }
            if let detail = step.detail {
                if step.bridge == nil { text += ",null" }
                append(detail, to: &text)
            }
            text += "]"
        }
        return text + "],\"dropped\":\(timeline.stepsDropped)}"
    }

    private static func append(_ member: String, to text: inout String) {
        text += ",\""
        for scalar in member.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            // JSON allows no other control characters in a string (RFC 8259, 7). Nobody misses them.
            case "\u{0}"..<" ": text += " "
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }

    init(_ text: String) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(text.utf8))
    }

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Key.self)
        dropped = try members.decode(Int.self, forKey: .dropped)
        steps = []
        var list = try members.nestedUnkeyedContainer(forKey: .steps)
        while !list.isAtEnd {
            var step = try list.nestedUnkeyedContainer()
            let after = try step.decode(Int64.self)
            // A word that only a later program knows.
            guard let event = JoinTimeline.Event(rawValue: try step.decode(String.self)) else { continue }
            let bridge = step.isAtEnd ? nil : try step.decode(String?.self)
            let detail = step.isAtEnd ? nil : try step.decode(String?.self)
            steps.append(
                JoinTimeline.Step(afterMicroseconds: after, event: event, bridge: bridge, detail: detail)
            )
        }
    }
}
