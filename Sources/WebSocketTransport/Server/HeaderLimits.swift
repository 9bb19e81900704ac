/// How much of a request may come before its body.
package struct HeaderLimits: Sendable, Equatable {
    /// Browsers send below 30; more only serves to exhaust us (CVE-2024-37890).
    package var maxFields = 64
    /// Request target, names and values together.
    package var maxBytes = 16 << 10

    package init() {}
}
