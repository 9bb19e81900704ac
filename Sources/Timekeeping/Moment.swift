/// One reading of both clocks: the monotonic one that every decision goes by, and the wall clock that the wire wants in
/// its `timestamp` fields and that no decision trusts.
package struct Moment: Sendable, Hashable {
    package var instant: Instant
    /// Milliseconds since the Unix epoch (protocol.md 0.4).
    package var unixMilliseconds: Int64

    package init(instant: Instant, unixMilliseconds: Int64) {
        self.instant = instant
        self.unixMilliseconds = unixMilliseconds
    }
}
