/// How a bridge is reached (design.md, "The link pool").
package enum LinkMode: String, Sendable, CaseIterable {
    /// One link that stays, for all requests.
    case persistent
    /// A connection for each request, as in the stateless era (protocol.md 3.1 (a)): for rollback, and as the baseline of
    /// measurements.
    case stateless
}

/// One configured bridge.
package struct BridgeAddress: Sendable, Hashable {
    package var address: String
    package var mode: LinkMode

    package init(_ address: String, mode: LinkMode = .persistent) {
        self.address = address
        self.mode = mode
    }
}

/// What a bridge announced when it authenticated, or what its first words gave away.
package struct BridgeTraits: Sendable, Equatable {
    package enum Era: Sendable, Equatable {
        /// Ours: it announced features, even if none.
        case native
        /// Answers on the link it was asked on, and nothing on a link it opened itself (protocol.md 3.5).
        case stateless
        /// Answers on the link it opened itself, wherever it was asked (protocol.md 3.5). Also what is neither of the others.
        case current
    }

    package var era: Era
    /// Requests may carry the time that is left.
    package var takesDeadline = false
    /// Requests can be withdrawn.
    package var cancels = false
    /// Pings are answered with a load report.
    package var reportsLoad = false
    /// How many requests it takes at once.
    package var window: Int?

    package init(era: Era) {
        self.era = era
    }
}

/// How busy a bridge says it is.
package struct LoadReport: Sendable, Equatable {
    package var queueDepth: Int
    package var queueCapacity: Int
    package var inFlight: Int
    package var connectedPeers: Int

    package init(queueDepth: Int, queueCapacity: Int, inFlight: Int, connectedPeers: Int) {
        self.queueDepth = queueDepth
        self.queueCapacity = queueCapacity
        self.inFlight = inFlight
        self.connectedPeers = connectedPeers
    }
}

/// A bridge that dialled in and proved the secret there.
package struct DialIn: Sendable, Equatable {
    /// Its node id.
    package var bridge: String
    /// It is one of ours, and will be authenticated like one that we dialled. Otherwise it may be asked as it is.
    package var isNative: Bool
    /// It shows signs of the stateless era, in which nothing is answered on such a link.
    package var isStatelessEra: Bool

    package init(bridge: String, isNative: Bool, isStatelessEra: Bool = false) {
        self.bridge = bridge
        self.isNative = isNative
        self.isStatelessEra = isStatelessEra
    }
}
