/// Whether the process has more memory than it should. It begins above the limit and ends below nine tenths of it, so that a
/// server at the limit does not change its mind every second.
public struct MemoryPressure: Sendable, Equatable {
    /// In bytes.
    public let limit: Int
    public private(set) var isOn = false

    public init(limit: Int) {
        self.limit = limit
    }

    /// - Returns: what it is from now on; nil when nothing changes.
    public mutating func update(residentBytes: Int) -> Bool? {
        let relief = limit - limit / 10
        guard isOn ? residentBytes < relief : residentBytes > limit else { return nil }
        isOn.toggle()
        return isOn
    }
}
