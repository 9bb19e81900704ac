public import NIOCore

/// A token bucket for pings and pongs: answering them is work that the other end gets for a few bytes (CVE-2019-9512).
public struct ControlFrameBudget: Equatable {
    private let perSecond: Int32
    private let burst: Int32
    /// Billionths of a frame, so that no rounding lets a slow trickle gain or lose.
    private var credit: Int64
    private var updated: NIODeadline

    private static let one: Int64 = 1_000_000_000

    public init(perSecond: Int, burst: Int, at now: NIODeadline) {
        self.perSecond = Int32(clamping: perSecond)
        self.burst = Int32(clamping: burst)
        self.credit = Int64(self.burst) * Self.one
        self.updated = now
    }

    /// Returns false when this frame is over the rate.
    public mutating func take(at now: NIODeadline) -> Bool {
        let full = Int64(self.burst) * Self.one
        // After an hour any bucket is full; the bound keeps the multiplication from overflowing.
        let elapsed = min((now - self.updated).nanoseconds, TimeAmount.hours(1).nanoseconds)
        let (earned, overflow) = elapsed.multipliedReportingOverflow(by: Int64(self.perSecond))
        self.updated = now
        self.credit = overflow ? full : min(full, self.credit + earned)
        guard self.credit >= Self.one else { return false }
        self.credit -= Self.one
        return true
    }
}
