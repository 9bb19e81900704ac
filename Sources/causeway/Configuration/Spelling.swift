/// Finds what somebody meant to write.
enum Spelling {
    /// Two slips: a letter too many or too few, another letter, or two that changed places.
    private static let tolerance = 2
    /// Shorter names are near to too much: `LOGO_FILE` should not be taken for anything.
    private static let shortest = 7

    static func nearest(to word: String, among names: [String]) -> String? {
        guard word.utf8.count >= shortest else { return nil }
        let near = names.map { (name: $0, distance: distance(word, $0)) }.filter { $0.distance <= tolerance }
        return near.min { ($0.distance, $0.name) < ($1.distance, $1.name) }?.name
    }

    /// Levenshtein's: letters to be put in, taken out or changed.
    static func distance(_ one: String, _ other: String) -> Int {
        let one = Array(one.utf8)
        let other = Array(other.utf8)
        // More can't be near, and a stranger's variable may be long.
        guard abs(one.count - other.count) <= tolerance else { return tolerance + 1 }
        var previous = Array(0...other.count)
        for (row, letter) in one.enumerated() {
            var current = [row + 1]
            for (column, against) in other.enumerated() {
                let changed = previous[column] + (letter == against ? 0 : 1)
                current.append(min(changed, previous[column + 1] + 1, current[column] + 1))
            }
            previous = current
        }
        return previous[other.count]
    }
}
