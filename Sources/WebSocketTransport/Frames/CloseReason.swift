/// The text of a close frame.
public enum CloseReason {
    /// A close frame carries 125 bytes, of which the code takes two (RFC 6455, 5.5).
    public static let maxBytes = 123

    /// Makes any text fit: control characters are removed (it may repeat what a stranger sent, and ends up in logs),
    /// and it is cut at a character border.
    public static func clean(_ reason: String) -> String {
        var clean = ""
        var size = 0
        for character in reason {
            let isControl = character.unicodeScalars.contains { $0.properties.generalCategory == .control }
            if isControl { continue }
            let bytes = character.utf8.count
            guard size + bytes <= self.maxBytes else { break }
            clean.append(character)
            size += bytes
        }
        return clean
    }
}
