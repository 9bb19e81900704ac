import WireMessages

/// A flat JSON object, compact or as existing bridges print it: one member a line, indented by two spaces (protocol.md 6.2).
struct MonitorReport: ExpressibleByArrayLiteral {
    enum Value {
        case text(String)
        case number(Int64)
        case count(Int)
        case flag(Bool)
        case null
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

    var compact: [UInt8] {
        RawJSON.object { writer in
            for (key, value) in members { Self.write(key, value, to: &writer) }
        }.bytes
    }

    var indented: [UInt8] {
        let lines = members.map { key, value in
            // The writer escapes; its braces come off again.
            "  "
                + RawJSON.object { Self.write(key, value, to: &$0) }.description.dropFirst().dropLast()
                .replacing("\":", with: "\": ", maxReplacements: 1)
        }
        return Array("{\n\(lines.joined(separator: ",\n"))\n}".utf8)
    }

    private static func write(_ key: StaticString, _ value: Value, to writer: inout JSONWriter) {
        writer.key(key)
        switch value {
        case .text(let text): writer.string(text)
        case .number(let number): writer.int64(number)
        case .count(let count): writer.int64(Int64(count))
        case .flag(let flag): writer.bool(flag)
        case .null: writer.null()
        }
    }
}
