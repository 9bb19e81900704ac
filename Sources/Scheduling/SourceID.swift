/// Whose request it is, for fairness between sources: equal values are one source. What stands behind it is the caller's matter.
package struct SourceID: Sendable, Hashable {
    package let value: UInt64

    package init(value: UInt64) {
        self.value = value
    }
}
