import DequeModule
package import Kademlia
package import Timekeeping
package import WireMessages

/// All decisions of a bridge node: whom it knows, whom it lets in as bootstrap, whom it names as helper, what it answers.
///
/// The owner of the sockets reports what happened, one call per event, and carries out the returned actions in order. The
/// machine opens no socket, reads no clock and draws no random number of its own. It must be told of every socket's end with
/// ``closed(_:reason:at:using:)``, also of those it asked to close.
package struct Bridge: Sendable {
    package struct Configuration: Sendable {
        package var nodeID: NodeID
        /// When the process started, in milliseconds since 1970; other nodes read it as uptime.
        package var startTime: Int64
        /// Whether a text is the shared secret, compared in constant time.
        package var isSecret: @Sendable (String) -> Bool
        package var queueCapacity = BridgeDefaults.queueCapacity
        package var maximumConnections = BridgeDefaults.maximumConnections
        package var maximumPeers = BridgeDefaults.maximumPeers

        package init(nodeID: NodeID, startTime: Int64, isSecret: @escaping @Sendable (String) -> Bool) {
            self.nodeID = nodeID
            self.startTime = startTime
            self.isSecret = isSecret
        }
    }

    /// One onboarding request that waits its turn.
    struct Waiting: Sendable {
        var connection: ConnectionID
        var request: GetOnboardingPeer
        /// When nobody waits for the answer any more.
        var deadline: Instant
    }

    /// What is due when.
    enum Timer: Hashable, Sendable {
        case firstMessage(ConnectionID)
        case helloReply(ConnectionID)
        case ping(ConnectionID)
        case silence(ConnectionID)
        case query(NodeID)
        case dial(NodeID)
        case health
    }

    let configuration: Configuration
    var connections: [ConnectionID: Connection] = [:]
    var peers = PeerTable()
    var routing: RoutingTable<Introduction>
    var newcomers = NewcomerBook()
    var dials = DialTable()
    var queue = Deque<Waiting>()
    var timers = DeadlineQueue<Timer>()
    var counters = BridgeCounters()
    /// Authenticated bootstrap links that are open, in order of opening.
    var links: [ConnectionID] = []
    /// Where others reach us; nil until the port is bound.
    var address: String?
    var isWorkScheduled = false
    var peakPeerCount = 0
    var lastHealth: Instant?
    var isHealthReportDue = false
    var isStopping = false
    private var lastRequestNumber: UInt64 = 0

    package init(configuration: Configuration) {
        self.configuration = configuration
        self.routing = RoutingTable(localID: configuration.nodeID)
    }

    /// The port is bound; `address` is what others are told to dial.
    package mutating func listening(at address: String) {
        self.address = address
    }

    /// When ``tick(at:using:)`` has something to do; nil when nothing is armed.
    package mutating func nextDeadline() -> Instant? {
        timers.next()
    }

    /// Somebody opened a socket to us.
    package mutating func accepted(_ connection: ConnectionID, at now: Moment) -> [BridgeAction] {
        guard !isStopping, connections.count < configuration.maximumConnections else {
            return [.close(connection, isStopping ? .stopping : .full)]
        }
        connections[connection] = Connection(at: now.instant)
        timers.set(.firstMessage(connection), at: now.instant + BridgeDefaults.firstMessageTimeout)
        return []
    }

    /// The first message on a socket that was accepted (protocol.md 3.2).
    package mutating func received(
        _ message: FirstMessage,
        on connection: ConnectionID,
        at now: Moment
    ) -> [BridgeAction] {
        guard case .undecided = connections[connection]?.role else { return [] }
        switch message {
        case .bootstrapAuth(let auth):
            return authenticate(auth, on: connection, at: now)
        case .dhtPeerHello(let hello):
            return greeted(by: hello, on: connection, at: now)
        case .unknown:
            return close(connection, .invalidHandshake)
        }
    }

    /// A message could not be read. On a socket that has not said what it is this ends it; later it costs only itself.
    package mutating func refused(
        _ error: WireError,
        on connection: ConnectionID,
        at now: Moment
    ) -> [BridgeAction] {
        guard let role = connections[connection]?.role else { return [] }
        counters.messagesRefused += 1
        switch role {
        case .undecided, .greeting:
            switch error.reason {
            case .notJSON: return close(connection, .invalidHandshakeFormat)
            case .notAnObject, .missingType, .missingField, .invalidField: return close(connection, .invalidHandshake)
            }
        case .link:
            return explain(error, on: connection, at: now)
        case .peer, .closing:
            return []
        }
    }

    /// A socket is gone, whoever ended it. `reason` is the text of the remote's close frame, if it sent one.
    package mutating func closed(
        _ connection: ConnectionID,
        reason: String?,
        at now: Moment,
        using generator: inout some RandomNumberGenerator
    ) {
        guard let gone = connections.removeValue(forKey: connection) else { return }
        cancelTimers(of: connection)
        links.removeAll { $0 == connection }
        switch gone.role {
        case .greeting(let id):
            dials.remove(id)
        case .peer(let id):
            lost(gone, of: id, wasDestroyed: reason == Self.managerDestroyed, connection, at: now, using: &generator)
        case .undecided, .link, .closing:
            break
        }
    }

    /// Does what is due at `now`.
    package mutating func tick(at now: Moment, using generator: inout some RandomNumberGenerator) -> [BridgeAction] {
        var actions: [BridgeAction] = []
        while let timer = timers.popDue(at: now.instant) {
            switch timer {
            case .firstMessage(let connection): actions += close(connection, .handshakeTimeout)
            case .helloReply(let connection): actions += close(connection, .helloTimeout)
            case .ping(let connection): actions += ping(connection, at: now)
            case .silence(let connection): actions += checkSilence(of: connection, at: now)
            case .query(let id): actions += query(id, at: now)
            case .dial(let id): actions += dial(id)
            case .health: actions += reportHealth(at: now)
            }
        }
        return actions
    }

    /// Graceful shutdown: everybody is told, nobody new is let in, and what waits in the queue is refused.
    package mutating func stop(at now: Moment) -> [BridgeAction] {
        isStopping = true
        var actions: [BridgeAction] = []
        while let waiting = queue.popFirst() {
            counters.failed += 1
            actions.append(.sendToBootstrap(waiting.connection, refusal(of: waiting.request, .stopping, at: now)))
        }
        for connection in connections.keys.sorted() { actions += close(connection, .stopping) }
        return actions
    }

    /// The close reason of a current-era peer that found two links to us (protocol.md 4.7).
    static let managerDestroyed = "Manager destroyed"

    mutating func close(_ connection: ConnectionID, _ reason: BridgeClosing) -> [BridgeAction] {
        guard let role = connections[connection]?.role else { return [] }
        cancelTimers(of: connection)
        links.removeAll { $0 == connection }
        switch role {
        case .closing: return []
        case .greeting(let id): dials.remove(id)
        case .peer(let id): forgetSocket(connection, of: id)
        case .undecided, .link: break
        }
        connections[connection]?.role = .closing
        return [.close(connection, reason)]
    }

    private mutating func cancelTimers(of connection: ConnectionID) {
        timers.cancel(.firstMessage(connection))
        timers.cancel(.helloReply(connection))
        timers.cancel(.ping(connection))
        timers.cancel(.silence(connection))
    }

    /// An id for a request of ours, in the existing shape (protocol.md 1.3).
    mutating func nextRequestID() -> WireRequestID? {
        lastRequestNumber += 1
        return WireRequestID("\(configuration.nodeID.short)_\(lastRequestNumber)")
    }
}
