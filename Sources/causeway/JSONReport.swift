import FoundationEssentials

/// Prints the one JSON object that `--json` promises, on the last line of standard output.
enum JSONReport {
    static func print(_ report: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        Swift.print(String(decoding: try encoder.encode(report), as: UTF8.self))
    }
}
