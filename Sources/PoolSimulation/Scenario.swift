package import LinkCore
package import Timekeeping

/// Everything one seed decides beforehand: who the bridges are, how the pool is set up, and what happens from outside when.
///
/// What bridges do in reply is not in here: it is drawn when it is due, from the seed and from what it replies to, so that
/// leaving out one planned event does not reshuffle all the others.
package struct Scenario: Sendable {
    package let seed: UInt64
    package var configuration: LinkPool.Configuration
    package var bridges: [ScriptedBridge]
    package var sites: [Site]
    package var plan: [PlannedEvent]
    /// How late a timer may fire.
    package var lateness: Duration

    /// An address at which a bridge may be, and which the pool may be configured with.
    package struct Site: Sendable, Equatable {
        package var address: String
        /// Who is there; nil: nobody.
        package var bridge: Int?
        /// As configured at the start; nil: not configured.
        package var mode: LinkMode?
    }
}

/// An answer that says which question it is for and who gave it, so that a mix-up shows.
package struct SimulatedAnswer: Sendable, Equatable {
    package var request: RequestID
    package var bridge: String

    package init(request: RequestID, bridge: String) {
        self.request = request
        self.bridge = bridge
    }
}

/// A bridge as the simulation plays it.
package struct ScriptedBridge: Sendable {
    package var node: String
    package var era: BridgeTraits.Era
    /// What it announces if it is native.
    package var traits: BridgeTraits
    /// It keeps a connection of its own to the pool.
    package var dialsIn: Bool
    /// Of the current era, and yet answers on the link it was asked on.
    package var answersWhereAsked: Bool
    package var temper: Temper

    /// What a bridge is prone to do with a request, in per cent; the rest is answered well.
    package struct Temper: Sendable {
        package var refuses = 3
        package var busy = 3
        package var unusable = 2
        package var silent = 2
        package var repeats = 3
        /// Answers within the tail of the latencies: seconds, up to a minute.
        package var dawdles = 5
    }
}

/// Something that happens to the pool from outside.
package struct PlannedEvent: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case join
        case cancel
        /// A connection is reset or closed by the other end.
        case loseLink
        /// The other end of a connection falls silent, without a close.
        case silenceLink
        case stallWriting
        case crash
        case crashAll
        /// Another bridge, with another id, takes over an address.
        case replace
        /// A bridge dials in out of turn.
        case dialIn
        case refuseSecret
        /// A bridge answers pings and nothing else for a while.
        case wedge
        /// An answer to a request that was put to somebody else.
        case foreignAnswer
        /// An answer with an id that nobody knows.
        case unknownAnswer
        /// Something about a connection that the pool has closed.
        case staleReport
        case errand
        case chatter
        case reload
        case drain
    }

    package var at: Instant
    package var kind: Kind
    /// What else the event needs to decide.
    package var salt: UInt64
}
