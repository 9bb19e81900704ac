public import Timekeeping

/// When peers leave: one at a random instant of each slot, and slots as long as the rate demands. So the rate is kept to the
/// letter, and nobody can foresee an instant.
public struct ChurnSchedule: Sendable {
    private let slot: Duration
    private var nextSlot: Instant

    /// The shortest slot: no more peers than that leave and come in one process, whatever somebody asks for.
    private static let shortestSlot = Duration.milliseconds(1)

    /// So many percent of `peers` leave per minute; nil when nobody does.
    public init?(percentPerMinute: Double, of peers: Int, startingAt start: Instant) {
        let perMinute = percentPerMinute / 100 * Double(peers)
        // Less than one in a year is nobody, and more than a Duration holds.
        guard perMinute.isFinite, perMinute > 1 / (60 * 24 * 365) else { return nil }
        slot = max(.seconds(60 / perMinute), Self.shortestSlot)
        nextSlot = start
    }

    /// The instant at which the next peer leaves.
    public mutating func next(using generator: inout some RandomNumberGenerator) -> Instant {
        defer { nextSlot = nextSlot + slot }
        return nextSlot + .nanoseconds(Int64.random(in: 0..<slot.wholeNanoseconds, using: &generator))
    }
}
