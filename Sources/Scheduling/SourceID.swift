/// Whose request it is, for fairness between sources: equal values are one source. What stands behind it is the caller's matter.
public struct SourceID: Sendable, Hashable {
    public let value: UInt64

    public init(value: UInt64) {
        self.value = value
    }
}
