public import Timekeeping

/// How often a helper was asked lately: a count that halves every `BridgeDefaults.assignmentHalfLife`.
public struct AssignmentLoad: Sendable, Hashable {
    private var value: Double = 0
    private var since: Instant = .zero

    private static let halfLife = Double(BridgeDefaults.assignmentHalfLife.wholeNanoseconds)

    public init() {}

    public func value(at now: Instant) -> Double {
        guard value > 0 else { return 0 }
        let halves = Double(now.nanoseconds &- since.nanoseconds) / Self.halfLife
        guard halves > 0 else { return value }
        // Ten half-lives leave a thousandth, which decides nothing.
        guard halves < 10 else { return 0 }
        let whole = Int(halves)
        // Linear within one half-life: close enough to the exponential, and free of a maths library.
        return value / Double(1 << whole) * (1 - (halves - Double(whole)) / 2)
    }

    public mutating func add(at now: Instant) {
        value = value(at: now) + 1
        since = now
    }
}
