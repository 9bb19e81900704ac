import Timekeeping

// These do not depend on what a request is, so they stand outside the generic pool: each use of a type nested in it would look
// that type up at run time.

/// One bridge and what leads to it.
struct PoolEndpoint: Sendable {
    let id: EndpointID
    /// Nil for a bridge that only dialled in.
    var address: String?
    var mode: LinkMode
    /// Taken out of the configuration; finishes what is in flight.
    var isRetiring = false

    /// The connection that we dialled, in whatever state. In stateless mode: a trial of whether the bridge is there.
    var dialled: LinkID?
    /// The connection that the bridge dialled.
    var dialledIn: LinkID?
    /// In stateless mode: the latest connection authenticated.
    var isReachable = false

    /// The bridge's node id, which is its identity whatever leads to it.
    var bridge: String?
    var traits: BridgeTraits?
    var unprompted = Unprompted.untried

    var status = LinkStatus.disconnected
    var since: Instant
    /// The last status that was news.
    var told: LinkStatus?
    var lastError: LinkError?
    /// When it was asked last, the bridge refused the secret. It is not knocked at more often for anybody's sake.
    var isRefused = false
    var nextAttempt: Instant?
    var lastDial: Instant?
    var backoff: Backoff

    var inFlight = 0
    var window: Int
    var busyUntil: Instant?
    var outlier: OutlierDetector
    /// When an operator was last told that it fails though it is the last one.
    var saidThatLastFails: Instant?

    var dials = 0
    var linksOpened = 0
    var pings = 0
    var requests = 0
    var answers = 0
    var timeouts = 0
    var busyAnswers = 0
    var roundTrip: Duration?
    var load: LoadReport?

    init(
        id: EndpointID,
        address: String?,
        mode: LinkMode,
        since: Instant,
        configuration: LinkPool.Configuration
    ) {
        self.id = id
        self.address = address
        self.mode = mode
        self.since = since
        window = configuration.maxInFlightPerLink
        backoff = Backoff(
            base: configuration.backoffBase,
            cap: configuration.backoffCap,
            jitter: configuration.backoffJitter
        )
        outlier = OutlierDetector(
            threshold: configuration.ejectionThreshold,
            base: configuration.ejectionBase,
            cap: configuration.ejectionCap
        )
    }
}

/// Whether a bridge that seems to be of the current era answers on the link that we dialled, while it has none of its own
/// to us. By protocol.md 3.5 it does not; but it was only taken for such a bridge because it announced nothing else, so one
/// request may try when there is nobody else to ask.
enum Unprompted: Sendable, Equatable {
    case untried
    case onTrial(RequestID)
    case answers
    case silent
}

/// One connection.
struct PoolLink: Sendable {
    enum Purpose: Sendable, Equatable {
        /// The endpoint's link, dialled.
        case pool
        /// The bridge dialled it.
        case dialIn
        /// In stateless mode: one request, an invitation, or only to see whether the bridge is there.
        case request(RequestID)
        case errand
        case trial
    }

    enum State: Sendable, Equatable {
        case dialling
        case authenticating
        case ready(since: Instant)
    }

    let id: LinkID
    var endpoint: EndpointID
    let purpose: Purpose
    var state: State
    var keepalive: Keepalive?
    /// A request timed out on it and nothing was heard since.
    var isSuspect = false
    /// False while the other end reads slower than we write.
    var isWritable = true
    /// The bridge shows signs of the stateless era: it pinged before it accepted the secret (protocol.md 3.2.1), or
    /// dialled in as one.
    var isStatelessEra = false
    /// The bridge dialled it and is authenticated on it like one of ours: all that is to be said is said on it.
    var isNativeDialIn = false
    /// Requests that were sent on it and are not over.
    var inFlight = 0

    var isReady: Bool {
        if case .ready = state { true } else { false }
    }
}

/// What the pool has a deadline for.
enum PoolTimer: Hashable, Sendable {
    case redial(EndpointID)
    /// A dial, an authentication, or a connection with one purpose has taken its time.
    case opening(LinkID)
    case keepalive(LinkID)
    case request(RequestID)
    /// An ejection ends: whoever waits may try.
    case readmission(EndpointID)
    /// A bridge that had dialled in has been away for long.
    case forget(EndpointID)
    case drainEnd
}

/// One bridge that has a request.
struct PoolAttempt: Sendable {
    var endpoint: EndpointID
    let link: LinkID
    let sentAt: Instant
    var timesOutAt: Instant
    /// The trial of an ejected bridge.
    var isProbe = false
    var isHedge = false
    /// It took too long, but there is nobody else to ask.
    var isOverdue = false
}

/// Another endpoint, or this one's own dial-in, that makes a dial to this bridge superfluous, or would make it a second.
enum DialObstacle: Equatable {
    /// It has the link.
    case linked(EndpointID)
    /// It is trying to get it.
    case trying
}

/// Where a request to this endpoint would go now.
enum PoolRoute: Equatable {
    /// There is a link, and the bridge answers.
    case open(LinkID)
    /// Each request gets a connection of its own.
    case dialPerRequest
    /// Only for when there is nothing better anywhere: the link, or nil for a connection of its own.
    case doubtful(LinkID?, EndpointReport.Rotation)
    case none(EndpointReport.Rotation)
}
