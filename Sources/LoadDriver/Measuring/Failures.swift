/// What went wrong, for people.
enum Failures {
    /// Nothing if nothing failed.
    static func lines(_ reasons: [String: Int], of name: String) -> [String] {
        guard !reasons.isEmpty else { return [] }
        return ["FAILED: \(name): \(Figure.grouped(reasons.values.reduce(0, +)))"] + lines(reasons)
    }

    /// One for each reason, the most frequent first.
    static func lines(_ reasons: [String: Int]) -> [String] {
        reasons.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "  \(Figure.grouped($0.value)) times: \($0.key)" }
    }
}
