/// A text that must never be seen: the secret that bootstraps and bridges share. It prints as `<redacted>` wherever it ends
/// up by mistake.
public struct Secret: Sendable {
    private let bytes: [UInt8]

    public init(_ text: String) {
        bytes = Array(text.utf8)
    }

    public var isEmpty: Bool { bytes.isEmpty }

    /// The text itself, for the one message that carries it.
    public func reveal() -> String {
        String(decoding: bytes, as: UTF8.self)
    }

    /// Compares in a time that depends on the lengths only, so that answering does not tell how much of a guess was right
    /// (protocol.md 8, S16).
    public func matches(_ candidate: String) -> Bool {
        let candidate = Array(candidate.utf8)
        var difference = UInt8(candidate.count == bytes.count ? 0 : 1)
        for index in candidate.indices {
            difference |= candidate[index] ^ (bytes.isEmpty ? 1 : bytes[index % bytes.count])
        }
        return difference == 0 && !bytes.isEmpty
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "<redacted>" }
    public var debugDescription: String { "<redacted>" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
