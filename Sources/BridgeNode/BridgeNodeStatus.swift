package import BridgeCore
package import Kademlia
import Timekeeping

/// What a running bridge tells of itself.
package struct BridgeNodeStatus: Sendable, Equatable {
    package var nodeID: NodeID
    /// Where others are told to dial; nil until the port is bound.
    package var address: String?
    /// Milliseconds since the process started.
    package var uptimeMilliseconds: Int64
    package var peersConnected: Int
    /// Peers connected since the start, those that left included.
    package var peersConnectedTotal: Int
    package var linksOpen: Int
    /// Bootstrap links that proved the secret since the start.
    package var linksOpenedTotal: Int
    package var linksRefused: Int
    package var queueDepth: Int
    package var routingNodes: Int
    /// Onboarding requests received; they end as answered, busy, failed, expired, timed out or cancelled.
    package var requests: Int
    package var answered: Int
    package var busy: Int
    package var failed: Int
    package var expired: Int
    package var timedOut: Int
    package var cancelled: Int
    /// All that was counted.
    package var counters: BridgeCounters
    package var relaySessions: Int
    /// It serves, and is not about to stop.
    package var isHealthy: Bool
    /// The bootstraps that the bridge dials itself, as configured.
    package var dialIns: [DialIn]

    /// How it stands with one bootstrap that the bridge dials.
    package struct DialIn: Sendable, Equatable {
        package var address: String
        /// `connecting`, `connected`, `disconnected` or `failed`.
        package var status: String
        /// Milliseconds since the status changed.
        package var forMilliseconds: Int64
        /// Why the last attempt or connection ended.
        package var lastError: String?
        /// It is of this era and proved the secret.
        package var isProven: Bool
        /// Attempts since the start.
        package var dials: Int
    }

    init(_ status: BridgeStatus, at now: Instant) {
        nodeID = status.nodeID
        address = status.address
        uptimeMilliseconds = status.uptime
        peersConnected = status.peersConnected
        peersConnectedTotal = status.counters.peersConnected
        linksOpen = status.linksOpen
        linksOpenedTotal = status.counters.linksOpened
        linksRefused = status.counters.linksRefused
        queueDepth = status.queueDepth
        routingNodes = status.routingNodes
        requests = status.counters.requests
        answered = status.counters.answered
        busy = status.counters.busy
        failed = status.counters.failed
        expired = status.counters.expired
        timedOut = status.counters.timedOut
        cancelled = status.counters.cancelled
        counters = status.counters
        relaySessions = status.relaySessions
        isHealthy = status.address != nil && !status.isStopping
        dialIns = status.dialIns.map { dialIn in
            DialIn(
                address: dialIn.address,
                status: dialIn.word.rawValue,
                forMilliseconds: (now - dialIn.since).wholeMilliseconds,
                lastError: dialIn.lastError,
                isProven: dialIn.isProven,
                dials: dialIn.dials
            )
        }
    }
}
