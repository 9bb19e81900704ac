package import Kademlia
package import Relaying
package import Timekeeping

/// What the bridge counted since it started.
package struct BridgeCounters: Sendable, Equatable {
    /// Bootstrap links that proved the secret, or that we opened and were registered on.
    package var linksOpened = 0
    package var linksRefused = 0
    /// Different connections of DHT peers, from first socket to last.
    package var peersConnected = 0
    /// `get_onboarding_peer` received; each ends as answered, busy, failed, expired, timed out or cancelled, unless its link is lost.
    package var requests = 0
    package var answered = 0
    /// Of those answered, the ones that got an earlier result again.
    package var repeated = 0
    package var busy = 0
    package var failed = 0
    /// Dropped unanswered before work began, because nobody could wait for the answer any more.
    package var expired = 0
    /// Ended with an error, because their deadline passed while they were in work.
    package var timedOut = 0
    package var cancelled = 0
    /// `validate_reconnection` answered.
    package var reconnectionsGranted = 0
    package var reconnectionsRefused = 0
    /// `cancel_onboarding_peer` for what did not wait, or from who did not announce that it would send it.
    package var cancelsIgnored = 0
    /// Helpers that could not be told, so that another one was.
    package var instructionsFailed = 0
    /// What became of helpers that were named, where bootstraps say so.
    package var introductionsAccepted = 0
    package var introductionsConnected = 0
    package var introductionsFailed = 0
    package var introductionsSilent = 0
    /// Reports on helpers that we did not name.
    package var outcomesIgnored = 0
    package var dials = 0
    package var lookups = 0
    /// Questions to bootstraps for peers, with none of our own left.
    package var recoveries = 0
    /// Messages that were no valid message of their conversation.
    package var messagesRefused = 0
    /// Messages above a socket's rate.
    package var messagesDropped = 0
    /// Sockets closed for sending too much.
    package var floods = 0

    package init() {}
}

/// A snapshot for reports.
package struct BridgeStatus: Sendable, Equatable {
    package var nodeID: NodeID
    package var address: String?
    package var connections: Int
    /// Of those, the ones that have not said what they are.
    package var undecided: Int
    /// Of those, the ones of DHT peers.
    package var peerSockets: Int
    package var peersConnected: Int
    /// Of those, the ones that are no bridges.
    package var membersConnected: Int
    package var linksOpen: Int
    /// Of those, the ones that we opened.
    package var linksDialled: Int
    package var queueDepth: Int
    package var inFlight: Int
    /// It lets nobody in any more.
    package var isStopping: Bool
    package var routingNodes: Int
    package var peakPeerCount: Int
    /// Milliseconds since the process started.
    package var uptime: Int64
    package var counters: BridgeCounters
    package var relaySessions: Int
    package var relay: RelayCounters
    /// The bootstraps that the bridge dials, as configured.
    package var dialIns: [DialInStatus]
}

extension Bridge {
    package func status(at now: Moment) -> BridgeStatus {
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
