/// How much of a request may come before its body.
public struct HeaderLimits: Sendable, Equatable {
    /// Browsers send below 30; more only serves to exhaust us (CVE-2024-37890).
    public var maxFields = 64
    /// Request target, names and values together.
    public var maxBytes = 16 << 10

    public init() {}
}
