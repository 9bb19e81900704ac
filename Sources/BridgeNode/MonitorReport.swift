import WireMessages

/// A JSON object, compact or as existing bridges print it: one member a line, indented by two spaces (protocol.md 6.2).
struct MonitorReport: ExpressibleByArrayLiteral {
    indirect enum Value {
        case text(String)
        case number(Int64)
        case count(Int)
        case flag(Bool)
        case null
        case list([MonitorReport])
    }

    private var members: [(StaticString, Value)]

    init(arrayLiteral elements: (StaticString, Value)...) {
        members = elements
    }

    static func + (left: MonitorReport, right: MonitorReport) -> MonitorReport {
        var result = left
        result.members += right.members
        return result
    }

    var compact: [UInt8] { json.bytes }

    var indented: [UInt8] { Array(indented(by: 0).utf8) }

    private var json: RawJSON {
        .object { writer in
            for (key, value) in members { Self.write(key, value, to: &writer) }
        }
    }

    private func indented(by depth: Int) -> String {
        let (inner, outer) = (Self.indent(depth + 1), Self.indent(depth))
        let lines = members.map { key, value in
            guard case .list(let reports) = value, !reports.isEmpty else {
                // The writer escapes; its braces come off again.
                return inner
                    + RawJSON.object { Self.write(key, value, to: &$0) }.description.dropFirst().dropLast()
                    .replacing("\":", with: "\": ", maxReplacements: 1)
            }
            let entries = reports.map { Self.indent(depth + 2) + $0.indented(by: depth + 2) }
            return "\(inner)\"\(key)\": [\n\(entries.joined(separator: ",\n"))\n\(inner)]"
        }
        return "{\n\(lines.joined(separator: ",\n"))\n\(outer)}"
    }

    private static func indent(_ depth: Int) -> String { String(repeating: "  ", count: depth) }

    private static func write(_ key: StaticString, _ value: Value, to writer: inout JSONWriter) {
        writer.key(key)
        switch value {
        case .text(let text): writer.string(text)
        case .number(let number): writer.int64(number)
        case .count(let count): writer.int64(Int64(count))
        case .flag(let flag): writer.bool(flag)
        case .null: writer.null()
        case .list(let reports):
            writer.beginArray()
            for report in reports { report.json.write(to: &writer) }
            writer.endArray()
        }
    }
}
