public import Kademlia
public import Relaying
public import Timekeeping

/// What the bridge counted since it started.
public struct BridgeCounters: Sendable, Equatable {
    /// Bootstrap links that proved the secret, or that we opened and were registered on.
    public var linksOpened = 0
    public var linksRefused = 0
    /// Different connections of DHT peers, from first socket to last.
    public var peersConnected = 0
    /// `get_onboarding_peer` received; each ends as answered, busy, failed, expired, timed out or cancelled, unless its link is lost.
    public var requests = 0
    public var answered = 0
    /// Of those answered, the ones that got an earlier result again.
    public var repeated = 0
    public var busy = 0
    public var failed = 0
    /// Dropped unanswered before work began, because nobody could wait for the answer any more.
    public var expired = 0
    /// Ended with an error, because their deadline passed while they were in work.
    public var timedOut = 0
    public var cancelled = 0
    /// `validate_reconnection` answered.
    public var reconnectionsGranted = 0
    public var reconnectionsRefused = 0
    /// `cancel_onboarding_peer` for what did not wait, or from who did not announce that it would send it.
    public var cancelsIgnored = 0
    /// Helpers that could not be told, so that another one was.
    public var instructionsFailed = 0
    /// What became of helpers that were named, where bootstraps say so.
    public var introductionsAccepted = 0
    public var introductionsConnected = 0
    public var introductionsFailed = 0
    public var introductionsSilent = 0
    /// Reports on helpers that we did not name.
    public var outcomesIgnored = 0
    public var dials = 0
    public var lookups = 0
    /// Questions to bootstraps for peers, with none of our own left.
    public var recoveries = 0
    /// Messages that were no valid message of their conversation.
    public var messagesRefused = 0
    /// Messages above a socket's rate.
    public var messagesDropped = 0
    /// Sockets closed for sending too much.
    public var floods = 0

    public init() {}
}

/// A snapshot for reports.
public struct BridgeStatus: Sendable, Equatable {
    public var nodeID: NodeID
    public var address: String?
    public var connections: Int
    /// Of those, the ones that have not said what they are.
    public var undecided: Int
    /// Of those, the ones of DHT peers.
    public var peerSockets: Int
    public var peersConnected: Int
    /// Of those, the ones that are no bridges.
    public var membersConnected: Int
    public var linksOpen: Int
    /// Of those, the ones that we opened.
    public var linksDialled: Int
    public var queueDepth: Int
    public var inFlight: Int
    /// It lets nobody in any more.
    public var isStopping: Bool
    public var routingNodes: Int
    public var peakPeerCount: Int
    /// Milliseconds since the process started.
    public var uptime: Int64
    public var counters: BridgeCounters
    public var relaySessions: Int
    public var relay: RelayCounters
    /// The bootstraps that the bridge dials, as configured.
    public var dialIns: [DialInStatus]
}

extension Bridge {
    public func status(at now: Moment) -> BridgeStatus {
        BridgeStatus(
            nodeID: configuration.nodeID,
            address: address,
            connections: connections.count,
            undecided: connections.values.count { connection in
                if case .undecided = connection.role { true } else { false }
            },
            peerSockets: peerSocketCount,
            peersConnected: peers.count,
            membersConnected: peers.memberCount,
            linksOpen: links.count,
            linksDialled: links.count { connections[$0]?.bootstrap != nil },
            queueDepth: queue.count,
            inFlight: assignments.count,
            isStopping: isStopping,
            routingNodes: routing.count,
            peakPeerCount: peakPeerCount,
            uptime: now.unixMilliseconds - configuration.startTime,
            counters: counters,
            relaySessions: relays.count,
            relay: relays.counters,
            dialIns: dialIns.map(\.status)
        )
    }
}
