/// Every number of the pool, each with its reason. Names and values: design.md, "The link pool".
public enum PoolDefaults {
    /// First wait before a redial.
    public static let backoffBase = Duration.seconds(1)
    /// Longest wait before a redial; also the pace at which a refused secret is tried again.
    public static let backoffCap = Duration.seconds(30)
    /// Each wait is spread by this share either way, so bridges that fell together are not redialled together.
    public static let backoffJitter = 0.2
    /// A link must have lived this long, authenticated, before its loss starts the backoff anew; a flapping bridge keeps its
    /// place on the ladder.
    public static let stableAfter = Duration.seconds(10)
    /// A join that finds no ready bridge, or a bridge that dials in, may cut a wait short, but not more often than this.
    public static let minimumRedialGap = Duration.seconds(1)

    /// From dial to open socket, as current-era diallers allow (protocol.md 3.2.2).
    public static let connectTimeout = Duration.seconds(10)
    /// From open socket to `auth_success` (protocol.md 3.2.2).
    public static let authenticationTimeout = Duration.seconds(5)

    /// A ping is due this long after the last one. In stateless mode: a trial connection after the last.
    public static let pingInterval = Duration.seconds(30)
    /// And must be answered, by any frame, within this. Together: a silent bridge is noticed within 40 s.
    public static let pingTimeout = Duration.seconds(10)

    /// A join's total budget. Joining clients of the existing network wait 30 s (protocol.md 2.2).
    public static let requestDeadline = Duration.seconds(20)
    /// How long one native bridge may take before another is asked.
    public static let attemptTimeout = Duration.seconds(3)
    /// The same for bridges of the existing network, which answer after 3 s, at times 6 s, and are well (protocol.md 3.5).
    public static let existingEraAttemptTimeout = Duration.seconds(8)
    /// How long a request stays with a slow bridge when there is no other to ask.
    public static let lonelyAttemptTimeout = Duration.seconds(8)
    /// How often such a request looks for another bridge.
    public static let lonelyRetryInterval = Duration.milliseconds(500)
    /// How many bridges may fail one request; moves off a lost link, refusals and busy answers do not count.
    public static let maxAttempts = 2
    /// What is remembered of the way of one request: that of a plain one has one mark, that of one which three bridges failed six.
    public static let maxMarks = 16
    /// How often one request may leave a lost link for another before it counts as their cause.
    public static let maxMoves = 3
    /// How long a request waits for a first link when none is ready. A newcomer gets a clear answer within a second.
    public static let readinessPatience = Duration.milliseconds(800)
    /// Requests in flight at one bridge that announced no window of its own.
    public static let maxInFlightPerLink = 256
    /// The largest window that a bridge may announce: what is in flight is our memory.
    public static let largestWindow = 4_096
    /// Requests waiting for a place on a link. Beyond it the answer is an honest "busy".
    public static let maxWaiting = 10_000
    /// What a refused newcomer is told to wait when the pool itself is full.
    public static let busyRetryAfter = Duration.seconds(1)
    /// How many waiting requests are looked at, when there is room, for one that may have it.
    public static let drainSkips = 64

    /// Retries over the last ten seconds may be this share of first attempts ...
    public static let retryShare = 0.2
    /// ... plus this many per second, so that a quiet pool can still fail over.
    public static let retriesPerSecond = 10

    /// Timeouts and unusable answers in a row after which a connected bridge is ejected.
    public static let ejectionThreshold = 5
    /// The first ejection lasts this long, each further one twice as long as the one before ...
    public static let ejectionBase = Duration.seconds(5)
    /// ... up to this.
    public static let ejectionCap = Duration.seconds(300)
    /// How often an operator is reminded that the last bridge fails.
    public static let lastFailureReminder = Duration.seconds(60)

    /// Bridges that dialled in and are not configured, the absent ones that are still reported included.
    public static let maxDialInOnly = 64
    /// How long such a bridge is reported after it left.
    public static let dialInMemory = Duration.seconds(600)
    /// How long a connection of stateless mode stays open for what the bridge says unasked, or says about an invitation.
    public static let errandTime = Duration.seconds(2)
    /// How many such connections one bridge has at a time for what is said to it: peers ask for them.
    public static let maxErrands = 16
}
