package import Kademlia
package import Timekeeping

/// What the bridge counted since it started.
package struct BridgeCounters: Sendable, Equatable {
    /// Bootstrap links that proved the secret, or that we opened and were registered on.
    package var linksOpened = 0
    package var linksRefused = 0
    /// Different connections of DHT peers, from first socket to last.
    package var peersConnected = 0
    /// `get_onboarding_peer` received; each ends as answered, busy, failed, expired or cancelled, unless its link is lost.
    package var requests = 0
    package var answered = 0
    /// Of those answered, the ones that got an earlier result again.
    package var repeated = 0
    package var busy = 0
    package var failed = 0
    package var expired = 0
    package var cancelled = 0
    /// `cancel_onboarding_peer` for what did not wait, or from who did not announce that it would send it.
    package var cancelsIgnored = 0
    package var dials = 0
    /// Messages that were no valid message of their conversation.
    package var messagesRefused = 0
    /// Messages above a socket's rate.
    package var messagesDropped = 0

    package init() {}
}

/// A snapshot for reports.
package struct BridgeStatus: Sendable, Equatable {
    package var nodeID: NodeID
    package var address: String?
    package var connections: Int
    package var peersConnected: Int
    package var linksOpen: Int
    package var queueDepth: Int
    package var routingNodes: Int
    package var peakPeerCount: Int
    /// Milliseconds since the process started.
    package var uptime: Int64
    package var counters: BridgeCounters
    /// The bootstraps that the bridge dials, as configured.
    package var dialIns: [DialInStatus]
}

extension Bridge {
    package func status(at now: Moment) -> BridgeStatus {
        BridgeStatus(
            nodeID: configuration.nodeID,
            address: address,
            connections: connections.count,
            peersConnected: peers.count,
            linksOpen: links.count,
            queueDepth: queue.count,
            routingNodes: routing.count,
            peakPeerCount: peakPeerCount,
            uptime: now.unixMilliseconds - configuration.startTime,
            counters: counters,
            dialIns: dialIns.map(\.status)
        )
    }
}
