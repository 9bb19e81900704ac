public import Timekeeping

/// Bounds what retries may add to the load of bridges that are already in trouble: over the last ten seconds at most a
/// share of the first attempts, plus a floor per second (the retry budget of Finagle and gRPC).
public struct RetryBudget: Sendable {
    private struct Slot: Sendable {
        var second: Int64 = .min
        var firstAttempts = 0
        var retries = 0
    }

    private static let windowSeconds = 10
    private let share: Double
    private let floorPerSecond: Int
    private var slots = [Slot](repeating: Slot(), count: windowSeconds)

    public init(share: Double = PoolDefaults.retryShare, floorPerSecond: Int = PoolDefaults.retriesPerSecond) {
        self.share = share
        self.floorPerSecond = floorPerSecond
    }

    /// A request was sent for the first time.
    public mutating func firstAttempt(at now: Instant) {
        withSlot(at: now) { $0.firstAttempts += 1 }
    }

    /// Asks for one retry; true spends it.
    public mutating func spend(at now: Instant) -> Bool {
        let oldest = Self.second(of: now) - Int64(Self.windowSeconds)
        var first = 0
        var spent = 0
        for slot in slots where slot.second > oldest {
            first += slot.firstAttempts
            spent += slot.retries
        }
        let allowed = Int(Double(first) * share) + floorPerSecond * Self.windowSeconds
        guard spent < allowed else { return false }
        withSlot(at: now) { $0.retries += 1 }
        return true
    }

    private static func second(of instant: Instant) -> Int64 {
        instant.nanoseconds.quotientFloor(1_000_000_000)
    }

    private mutating func withSlot(at now: Instant, _ body: (inout Slot) -> Void) {
        let second = Self.second(of: now)
        let index = Int(second.remainderFloor(Int64(Self.windowSeconds)))
        if slots[index].second != second {
            slots[index] = Slot(second: second)
        }
        body(&slots[index])
    }
}

extension Int64 {
    fileprivate func quotientFloor(_ divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }

    fileprivate func remainderFloor(_ divisor: Int64) -> Int64 {
        let remainder = self % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}
