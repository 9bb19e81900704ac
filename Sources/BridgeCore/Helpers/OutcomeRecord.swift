public import Timekeeping
public import WireMessages

/// What became of the introductions that were made to one helper, as bootstraps reported it.
///
/// Two things follow. The *success rate* is part of the helper's cost. And a helper *rests* when it stays silent, or fails
/// ``BridgeDefaults/failuresBeforeRest`` times in a row: 30 s, doubling up to 10 min with each further time.
///
///     report      success rate          silences in a row       failures in a row
///     accepted    one success           none; that rest ends    none, if the last report was good as well
///     connected   one success           none; that rest ends    none; that rest ends
///     silent      one failure           one more: it rests      -
///     failed      two failures          -                       one more: from three on it rests
///
/// A failure weighs double because the same introduction was usually reported as accepted before; for that reason, too, a
/// single acceptance does not end a row of failures. What comes in while the helper rests changes the rate only: those
/// introductions are of the same bad minute as the one that sent it to rest.
public struct OutcomeRecord: Sendable, Hashable {
    private var successes: Double = 0
    private var attempts: Double = 0
    private var silences = 0
    private var failures = 0
    private var wasLastGood = false
    /// When it may be asked again like any other; nil, or long past, when it does not rest.
    public private(set) var restsUntil: Instant?

    public init() {}

    /// Between 0 and 1. Starts at a half, as if it had won one and lost one, so that the first failure does not damn.
    public var successRate: Double { (successes + 1) / (attempts + 2) }

    public func isResting(at now: Instant) -> Bool {
        restsUntil.map { now < $0 } ?? false
    }

    public mutating func record(_ result: IntroductionResult, at now: Instant) {
        switch result {
        case .accepted:
            count(1, success: true)
            forgive(failures: wasLastGood)
            wasLastGood = true
        case .connected:
            count(1, success: true)
            forgive(failures: true)
            wasLastGood = true
        case .silent:
            count(1, success: false)
            wasLastGood = false
            guard !isResting(at: now) else { return }
            silences += 1
            rest(time: silences, at: now)
        case .failed:
            count(2, success: false)
            wasLastGood = false
            guard !isResting(at: now) else { return }
            failures += 1
            if failures >= BridgeDefaults.failuresBeforeRest {
                rest(time: failures - BridgeDefaults.failuresBeforeRest + 1, at: now)
            }
        }
    }

    /// A rest ends with its reason.
    private mutating func forgive(failures forgivesFailures: Bool) {
        silences = 0
        if forgivesFailures { failures = 0 }
        if failures < BridgeDefaults.failuresBeforeRest { restsUntil = nil }
    }

    private mutating func rest(time: Int, at now: Instant) {
        // Six doublings are beyond the longest rest.
        let doublings = min(time - 1, 6)
        restsUntil = now + min(BridgeDefaults.shortestRest * (1 << doublings), BridgeDefaults.longestRest)
    }

    private mutating func count(_ weight: Double, success: Bool) {
        attempts += weight
        if success { successes += weight }
        // What it did long ago counts less and less, and a good old record can't hide a bad new one.
        if attempts > BridgeDefaults.remembersOutcomes {
            attempts /= 2
            successes /= 2
        }
    }
}
