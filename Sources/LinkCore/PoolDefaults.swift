/// Every number of the pool, each with its reason. Names and values: design.md, "The link pool".
package enum PoolDefaults {
    /// First wait before a redial.
    package static let backoffBase = Duration.seconds(1)
    /// Longest wait before a redial; also the pace at which a refused secret is tried again.
    package static let backoffCap = Duration.seconds(30)
    /// Each wait is spread by this share either way, so bridges that fell together are not redialled together.
    package static let backoffJitter = 0.2
    /// A link must have lived this long, authenticated, before its loss starts the backoff anew; a flapping bridge keeps its
    /// place on the ladder.
    package static let stableAfter = Duration.seconds(10)
    /// A join that finds no ready bridge may cut a wait short, but not more often than this per bridge.
    package static let minimumRedialGap = Duration.seconds(1)

    /// From dial to open socket, as current-era diallers allow (protocol.md 3.2.2).
    package static let connectTimeout = Duration.seconds(10)
    /// From open socket to `auth_success` (protocol.md 3.2.2).
    package static let authenticationTimeout = Duration.seconds(5)

    /// A ping is due this long after the last one.
    package static let pingInterval = Duration.seconds(30)
    /// And must be answered, by any frame, within this. Together: a silent bridge is noticed within 40 s.
    package static let pingTimeout = Duration.seconds(10)

    /// A join's total budget. Joining clients of the existing network wait 30 s (protocol.md 2.2).
    package static let requestDeadline = Duration.seconds(20)
    /// How long one native bridge may take before another is asked.
    package static let attemptTimeout = Duration.seconds(3)
    /// How many bridges one request may be put to; moves off a lost link and plain refusals do not count.
    package static let maxAttempts = 2
    /// How often one request may leave a lost link for another before it counts as their cause.
    package static let maxMoves = 3
    /// How long a request waits for a first link when none is ready. A newcomer gets a clear answer within a second.
    package static let readinessPatience = Duration.milliseconds(800)
    /// Requests in flight on one link, for a bridge that announced no window of its own.
    package static let maxInFlightPerLink = 256
    /// Requests waiting for a place on a link. Beyond it the answer is an honest "busy".
    package static let maxWaiting = 10_000
    /// What a refused newcomer is told to wait when the pool itself is full.
    package static let busyRetryAfter = Duration.seconds(1)

    /// Retries over the last ten seconds may be this share of first attempts ...
    package static let retryShare = 0.2
    /// ... plus this many per second, so that a quiet pool can still fail over.
    package static let retriesPerSecond = 10
}
