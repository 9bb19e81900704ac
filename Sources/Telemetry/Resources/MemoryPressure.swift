/// Whether the process has more memory than it should. It begins above the limit and ends below nine tenths of it, so that a
/// server at the limit does not change its mind every second.
package struct MemoryPressure: Sendable, Equatable {
    /// In bytes.
    package let limit: Int
    package private(set) var isOn = false

    package init(limit: Int) {
        self.limit = limit
    }

    /// - Returns: what it is from now on; nil when nothing changes.
    package mutating func update(residentBytes: Int) -> Bool? {
        let relief = limit - limit / 10
        guard isOn ? residentBytes < relief : residentBytes > limit else { return nil }
        isOn.toggle()
        return isOn
    }
}
