public import Timekeeping

/// Ejects a bridge that is connected and yet fails request after request, and lets it back on probation (Envoy's consecutive
/// failure ejection, with a circuit breaker's half-open state).
///
///     good ──5 failures in a row──▶ ejected ──time is up──▶ half-open ──success──▶ good
///                                      ▲                        │
///                                      └──── failure, for twice as long
public struct OutlierDetector: Sendable, Equatable {
    public enum State: Sendable, Equatable {
        case good
        case ejected(until: Instant)
        /// One request may try.
        case halfOpen
        /// It is trying.
        case probing
    }

    public let threshold: Int
    public let base: Duration
    public let cap: Duration
    private var failures = 0
    private var ejections = 0
    private var ejectedUntil: Instant?
    private var isProbing = false

    public init(
        threshold: Int = PoolDefaults.ejectionThreshold,
        base: Duration = PoolDefaults.ejectionBase,
        cap: Duration = PoolDefaults.ejectionCap
    ) {
        self.threshold = threshold
        self.base = base
        self.cap = cap
    }

    public func state(at now: Instant) -> State {
        guard let ejectedUntil else { return .good }
        if now < ejectedUntil { return .ejected(until: ejectedUntil) }
        return isProbing ? .probing : .halfOpen
    }

    /// Failures in a row.
    public var consecutiveFailures: Int { failures }

    /// The half-open state's one request goes out.
    public mutating func probe() {
        isProbing = true
    }

    /// That request ended without a verdict on the bridge, such as by being cancelled.
    public mutating func probeEndedOpenly() {
        isProbing = false
    }

    /// The bridge answered; true if it was ejected and is good again.
    public mutating func succeeded() -> Bool {
        let wasEjected = ejectedUntil != nil
        failures = 0
        ejectedUntil = nil
        isProbing = false
        if wasEjected { ejections = 0 }
        return wasEjected
    }

    /// One more failure; answers until when the bridge is ejected for it, if it is.
    ///
    /// - Parameters:
    ///   - isProbe: it was the half-open state's one request. What was asked before the ejection says nothing new.
    ///   - isLast: nobody else could be asked, so it stays.
    public mutating func failed(at now: Instant, isProbe: Bool, isLast: Bool) -> Instant? {
        failures += 1
        switch state(at: now) {
        case .ejected, .halfOpen:
            return nil
        case .good:
            guard failures >= threshold, !isLast else { return nil }
        case .probing:
            guard isProbe else { return nil }
            isProbing = false
        }
        var length = base
        for _ in 0..<ejections where length < cap { length *= 2 }
        ejections += 1
        let until = now + min(length, cap)
        ejectedUntil = until
        return until
    }
}
