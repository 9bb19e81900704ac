/// Names of members to look for in objects that strangers send. Compared as bytes: a set of strings would make a string of each
/// name it is asked about, and hash it.
public struct MemberNames: Sendable, ExpressibleByArrayLiteral {
    /// By length, as few names have the same.
    private var names: [[[UInt8]]] = []

    public init(arrayLiteral names: String...) {
        for name in names { insert(name) }
    }

    private mutating func insert(_ name: String) {
        let bytes = Array(name.utf8)
        while self.names.count <= bytes.count { self.names.append([]) }
        if !self.names[bytes.count].contains(bytes) { self.names[bytes.count].append(bytes) }
    }

    /// These and one more.
    public func with(_ name: String) -> MemberNames {
        var more = self
        more.insert(name)
        return more
    }

    public func contains(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        return bytes.count < names.count && names[bytes.count].contains(bytes)
    }

    /// - Parameter name: a string in a scanned text.
    func contains(_ name: JSONValue) -> Bool {
        guard let text = name.plainText else { return name.string.map { contains($0) } ?? false }
        return text.count < names.count
            && names[text.count].contains { candidate in candidate.withUnsafeBytes { text.hasBytes(of: $0) } }
    }
}
