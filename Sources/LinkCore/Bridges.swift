/// How a bridge is reached (design.md, "The link pool").
public enum LinkMode: String, Sendable, CaseIterable {
    /// One link that stays, for all requests.
    case persistent
    /// A connection for each request, as in the stateless era (protocol.md 3.1 (a)): for rollback, and as the baseline of
    /// measurements.
    case stateless
}

/// One configured bridge.
public struct BridgeAddress: Sendable, Hashable {
    public var address: String
    public var mode: LinkMode

    public init(_ address: String, mode: LinkMode = .persistent) {
        self.address = address
        self.mode = mode
    }
}

/// What a bridge announced when it authenticated, or what its first words gave away.
public struct BridgeTraits: Sendable, Equatable {
    public enum Era: Sendable, Equatable {
        /// Ours: it announced features, even if none.
        case native
        /// Answers on the link it was asked on, and nothing on a link it opened itself (protocol.md 3.5).
        case stateless
        /// Answers on the link it opened itself, wherever it was asked (protocol.md 3.5). Also what is neither of the others.
        case current
    }

    public var era: Era
    /// Requests may carry the time that is left.
    public var takesDeadline = false
    /// Requests can be withdrawn.
    public var cancels = false
    /// Pings are answered with a load report.
    public var reportsLoad = false
    /// How many requests it takes at once.
    public var window: Int?

    public init(era: Era) {
        self.era = era
    }
}

/// How busy a bridge says it is.
public struct LoadReport: Sendable, Equatable {
    public var queueDepth: Int
    public var queueCapacity: Int
    public var inFlight: Int
    public var connectedPeers: Int

    public init(queueDepth: Int, queueCapacity: Int, inFlight: Int, connectedPeers: Int) {
        self.queueDepth = queueDepth
        self.queueCapacity = queueCapacity
        self.inFlight = inFlight
        self.connectedPeers = connectedPeers
    }
}

/// A bridge that dialled in and proved the secret there.
public struct DialIn: Sendable, Equatable {
    /// Its node id.
    public var bridge: String
    /// It is one of ours, and will be authenticated like one that we dialled. Otherwise it may be asked as it is.
    public var isNative: Bool
    /// It shows signs of the stateless era, in which nothing is answered on such a link.
    public var isStatelessEra: Bool

    public init(bridge: String, isNative: Bool, isStatelessEra: Bool = false) {
        self.bridge = bridge
        self.isNative = isNative
        self.isStatelessEra = isStatelessEra
    }
}
