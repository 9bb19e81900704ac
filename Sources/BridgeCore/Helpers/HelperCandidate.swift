public import Kademlia
public import Timekeeping
public import WireMessages

/// What decides whether a peer can help a newcomer in. No references inside, so that thousands lie side by side in memory.
///
/// All but `kind`, `reach`, `isTabHidden` and `holdsToken` is observed by us; those four are what the peer says of itself,
/// and a lie in them wins no more than introductions that fail, and with them the liar's standing.
public struct HelperCandidate: Sendable, Hashable {
    public let id: NodeID
    public var kind: NodeKind
    /// When a message of the DHT was last heard from it, on any of its sockets.
    public var lastHeard: Instant
    /// Since when we have been connected without a break: its observed, not its claimed, uptime.
    public var connectedSince: Instant
    /// The round trip of our pings, smoothed; nil before the first answer.
    public private(set) var roundTrip: Duration?
    /// It says its browser tab is hidden; such tabs leave the network within 30 s (protocol.md 5.6).
    public var isTabHidden: Bool
    /// It showed a membership token, was issued one, or invited somebody with it. A helper without one ignores the
    /// instruction silently (protocol.md 4.8).
    public var holdsToken: Bool
    /// One of its sockets was opened by it; stateless peers are deaf for a second on sockets we opened (protocol.md 4.1).
    public var dialledUs: Bool
    public var reach: Reach
    /// It leaves the pings on all of its sockets unanswered: it may have forgotten them without closing (protocol.md 4.7).
    public var isUnresponsive = false
    public var load = AssignmentLoad()
    public private(set) var outcomes = OutcomeRecord()

    public init(
        id: NodeID,
        kind: NodeKind = .unknown,
        lastHeard: Instant,
        connectedSince: Instant,
        roundTrip: Duration? = nil,
        isTabHidden: Bool = false,
        holdsToken: Bool = false,
        dialledUs: Bool = false,
        reach: Reach = .unknown
    ) {
        self.id = id
        self.kind = kind
        self.lastHeard = lastHeard
        self.connectedSince = connectedSince
        self.roundTrip = roundTrip
        self.isTabHidden = isTabHidden
        self.holdsToken = holdsToken
        self.dialledUs = dialledUs
        self.reach = reach
    }

    /// It answered a ping after `sample`. One slow answer does not make it slow.
    public mutating func measured(_ sample: Duration) {
        guard let before = roundTrip?.wholeNanoseconds else {
            roundTrip = sample
            return
        }
        let change = Double(sample.wholeNanoseconds &- before) * BridgeDefaults.roundTripGain
        roundTrip = .nanoseconds(before + Int64(change))
    }

    /// A bootstrap reported what became of an introduction to it.
    public mutating func record(_ result: IntroductionResult, at now: Instant) {
        outcomes.record(result, at: now)
        switch result {
        // Whoever invites holds a token, whether we saw it or not.
        case .accepted, .connected: holdsToken = true
        case .silent, .failed: break
        }
    }

    /// Takes over what is remembered of it from before it left.
    mutating func resume(_ record: OutcomeRecord) {
        outcomes = record
    }

    func isSilent(at now: Instant) -> Bool {
        lastHeard < now - BridgeDefaults.helperSilenceLimit
    }
}
