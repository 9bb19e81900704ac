/// One reading of both clocks: the monotonic one that every decision goes by, and the wall clock that the wire wants in
/// its `timestamp` fields and that no decision trusts.
public struct Moment: Sendable, Hashable {
    public var instant: Instant
    /// Milliseconds since the Unix epoch (protocol.md 0.4).
    public var unixMilliseconds: Int64

    public init(instant: Instant, unixMilliseconds: Int64) {
        self.instant = instant
        self.unixMilliseconds = unixMilliseconds
    }
}
