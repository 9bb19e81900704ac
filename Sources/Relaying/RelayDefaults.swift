/// The numbers of a relay that are the same wherever it runs. How many sessions there are room for is each role's own.
public enum RelayDefaults {
    /// Sessions that one peer may have asked for. A browser needs one per partner it can't reach directly; without a bound
    /// one peer could take all there are.
    public static let sessionsPerRequester = 8
    /// A session over which nothing came for this long is over (protocol.md 4.8).
    public static let idleLimit: Duration = .seconds(300)
    /// Bytes of one relayed payload: as much as a signal (protocol.md 8.1).
    public static let payloadBytes = 32 * 1024
    /// Bytes of a session's id; existing ones have about 23 (protocol.md 1.3).
    public static let sessionIDBytes = 128
    /// Bytes of what a ping wants back, as JSON; existing ones have about 30.
    public static let pingIDBytes = 128
    /// Bytes of a reason that is passed on; existing ones have at most 18 (`relay_disconnected`).
    public static let reasonBytes = 64
}

/// How much a relay does.
public struct RelayLimits: Sendable, Hashable {
    /// Sessions at once; with none we are no relay.
    public var capacity: Int
    /// Sessions that one peer may have asked for.
    public var sessionsPerRequester: Int
    /// A session over which nothing came for this long is over.
    public var idle: Duration

    public init(
        capacity: Int,
        sessionsPerRequester: Int = RelayDefaults.sessionsPerRequester,
        idle: Duration = RelayDefaults.idleLimit
    ) {
        self.capacity = capacity
        self.sessionsPerRequester = sessionsPerRequester
        self.idle = idle
    }
}
