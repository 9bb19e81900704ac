/// A word from a list that is known beforehand. What strangers write becomes one of these before it is counted, so that no
/// table, and no metric, grows with what they think of (robustness.md, L02).
public protocol ClosedWord: Hashable, Sendable, CaseIterable, RawRepresentable<String> {
    /// Stands for every word that is not on the list.
    static var unlisted: Self { get }
    /// Stands for a word that is missing.
    static var unsaid: Self { get }
}

extension ClosedWord {
    /// Without regard to case.
    public init(saying text: String?) {
        guard let text, !text.isEmpty else {
            self = Self.unsaid
            return
        }
        guard text.utf8.count <= StatisticsDefaults.longestWord else {
            self = Self.unlisted
            return
        }
        self = Self(rawValue: text.lowercased()) ?? Self.unlisted
    }
}
