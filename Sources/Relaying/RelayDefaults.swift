/// The numbers of a relay that are the same wherever it runs. How many sessions there are room for is each role's own.
package enum RelayDefaults {
    /// Sessions that one peer may have asked for. A browser needs one per partner it can't reach directly; without a bound
    /// one peer could take all there are.
    package static let sessionsPerRequester = 8
    /// A session over which nothing came for this long is over (protocol.md 4.8).
    package static let idleLimit: Duration = .seconds(300)
    /// Bytes of one relayed payload: as much as a signal (protocol.md 8.1).
    package static let payloadBytes = 32 * 1024
    /// Bytes of a session's id; existing ones have about 23 (protocol.md 1.3).
    package static let sessionIDBytes = 128
    /// Bytes of what a ping wants back, as JSON; existing ones have about 30.
    package static let pingIDBytes = 128
    /// Bytes of a reason that is passed on; existing ones have at most 18 (`relay_disconnected`).
    package static let reasonBytes = 64
}

/// How much a relay does.
package struct RelayLimits: Sendable, Hashable {
    /// Sessions at once; with none we are no relay.
    package var capacity: Int
    /// Sessions that one peer may have asked for.
    package var sessionsPerRequester: Int
    /// A session over which nothing came for this long is over.
    package var idle: Duration

    package init(
        capacity: Int,
        sessionsPerRequester: Int = RelayDefaults.sessionsPerRequester,
        idle: Duration = RelayDefaults.idleLimit
    ) {
        self.capacity = capacity
        self.sessionsPerRequester = sessionsPerRequester
        self.idle = idle
    }
}
