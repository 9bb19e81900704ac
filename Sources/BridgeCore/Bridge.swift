public import Kademlia
public import MembershipTokens
import Relaying
public import Timekeeping
public import WireMessages

/// All decisions of a bridge node: whom it knows, whom it lets in as bootstrap, whom it names as helper, what it answers.
///
/// The owner of the sockets reports what happened, one call per event, and carries out the returned actions in order. The
/// machine opens no socket, reads no clock and draws no random number of its own. It must be told of every socket's end with
/// ``closed(_:by:at:using:)``, also of those it asked to close.
public struct Bridge: Sendable {
    public struct Configuration: Sendable {
        public var nodeID: NodeID
        /// When the process started, in milliseconds since 1970; other nodes read it as uptime.
        public var startTime: Int64
        /// Whether a text is the shared secret, compared in constant time.
        public var isSecret: @Sendable (String) -> Bool
        public var queueCapacity = BridgeDefaults.queueCapacity
        public var concurrency = BridgeDefaults.concurrency
        public var maximumConnections = BridgeDefaults.maximumConnections
        public var maximumPeers = BridgeDefaults.maximumPeers
        public var maximumLinks = BridgeDefaults.maximumLinks
        /// Connections to DHT peers up to which the bridge dials nodes it hears of.
        public var targetPeers = BridgeDefaults.targetPeers
        public var dialPrivate = PrivateDialling.automatic
        /// Somebody keeps what the bridge wants remembered, and says at the start what was.
        public var remembersPeers = false
        /// Entries of one IPv4 /24 or IPv6 /48 per bucket of the routing table; 0 for no limit.
        public var peersPerSubnet = KademliaDefaults.entriesPerGroup
        /// The bootstraps to dial, each once, and how long to wait between two attempts.
        public var dialIns: [(address: String, wait: any DialInWait)] = []
        /// With which the signatures of this bridge can be checked: Ed25519, 32 raw bytes.
        public var publicKey: [UInt8]
        /// What is hashed, and which signatures are checked, for membership tokens.
        public var cryptography: TokenCryptography
        /// Only tokens that bridges of this network signed let anybody come back.
        public var strictTokens = false
        /// Relay sessions at once; with none we are no relay.
        public var relayCapacity = BridgeDefaults.relayCapacity

        public init(
            nodeID: NodeID,
            startTime: Int64,
            isSecret: @escaping @Sendable (String) -> Bool,
            publicKey: [UInt8],
            cryptography: TokenCryptography
        ) {
            self.nodeID = nodeID
            self.startTime = startTime
            self.isSecret = isSecret
            self.publicKey = publicKey
            self.cryptography = cryptography
        }
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
        case registration(ConnectionID)
        case instruction(AssignmentID)
        case relay
        case dialIn(BootstrapID)
        case pong(ConnectionID)
        case discovery
        case lookup
        case book
        case drain
    }

    let configuration: Configuration
    var connections: [ConnectionID: Connection] = [:]
    var peers = PeerTable()
    var routing: RoutingTable<Introduction>
    var newcomers = NewcomerBook()
    var dials = DialTable()
    var unreachable = UnreachableBook()
    var book = PeerBook()
    /// When the book was handed out to be written; nil before the first time.
    var lastBook: Instant?
    var isBookDue = false
    /// When peers from before the restart were dialled last.
    var lastRecall: Instant?
    var lookup: RunningLookup?
    var lastOwnLookup: Instant?
    var nextDiscovery: Instant?
    /// The latest question for connected clients, until its answer came.
    var lastRecovery: (at: Instant, link: ConnectionID, request: WireRequestID?)?
    var dialIns: [DialIn]
    var queue: RequestQueue
    var assignments = AssignmentTable()
    var timers = DeadlineQueue<Timer>()
    var counters = BridgeCounters()
    /// With it the tokens are signed that we issue.
    let tokenKey: TokenKey
    var tokenKeys: TokenKeys<ConnectionID>
    var genesis = GenesisDesk()
    var relays: RelayDesk
    /// Bootstrap links that are open, in order of opening.
    var links: [ConnectionID] = []
    /// Where others reach us; nil until the port is bound.
    var address: String?
    var isWorkScheduled = false
    var peakPeerCount = 0
    /// Sockets of all peers together.
    var peerSocketCount = 0
    var lastHealth: Instant?
    var isHealthReportDue = false
    /// New requests and peers are refused until memory is freed.
    var isShortOfMemory = false
    var isStopping = false
    private var isStopped = false
    private var lastRequestNumber: UInt64 = 0

    public init(configuration: Configuration) {
        let cryptography = configuration.cryptography
        self.tokenKey = TokenKey(of: configuration.nodeID, publicKey: configuration.publicKey, cryptography)
        self.tokenKeys = TokenKeys(own: tokenKey, cryptography)
        self.relays = RelayDesk(
            relay: .node(configuration.nodeID),
            limits: RelayLimits(capacity: configuration.relayCapacity)
        )
        self.configuration = configuration
        self.routing = RoutingTable(localID: configuration.nodeID, entriesPerGroup: configuration.peersPerSubnet)
        self.queue = RequestQueue(capacity: configuration.queueCapacity)
        self.dialIns = configuration.dialIns.map { DialIn(address: $0.address, wait: $0.wait) }
    }

    /// The port is bound; `address` is what others are told to dial. Bootstraps that are ours to dial are dialled now.
    public mutating func listening(at address: String, _ now: Moment) -> [BridgeAction] {
        self.address = address
        planDiscovery(at: now.instant + BridgeDefaults.discoveryInterval)
        recallAtOnce(at: now.instant)
        return startDialIns(at: now)
    }

    /// When ``tick(at:using:)`` has something to do; nil when nothing is armed.
    public mutating func nextDeadline() -> Instant? {
        timers.next()
    }

    /// Somebody opened a socket to us.
    /// - Parameter host: the IP address it comes from, if that is known.
    public mutating func accepted(
        _ connection: ConnectionID,
        from host: String? = nil,
        at now: Moment
    ) -> [BridgeAction] {
        guard !isStopping, connections.count < configuration.maximumConnections else {
            return [.close(connection, isStopping ? .stopping : .full)]
        }
        connections[connection] = Connection(at: now.instant)
        // Behind one proxy there are many, whose address says nothing about theirs.
        connections[connection]?.network = host.flatMap { NetworkGroup(host: $0) }.flatMap { $0.isPrivate ? nil : $0 }
        timers.set(.firstMessage(connection), at: now.instant + BridgeDefaults.firstMessageTimeout)
        return []
    }

    /// The first message on a socket that was accepted (protocol.md 3.2).
    public mutating func received(
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
    public mutating func refused(
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
        case .peer(let id):
            guard connections[connection]?.rate.allows(at: now.instant) == true else {
                return dropped(on: connection, of: id, at: now)
            }
            return []
        case .registering, .closing:
            return []
        }
    }

    /// A socket is gone, whoever ended it.
    public mutating func closed(
        _ connection: ConnectionID,
        by ending: SocketEnding,
        at now: Moment,
        using generator: inout some RandomNumberGenerator
    ) -> [BridgeAction] {
        guard let gone = connections.removeValue(forKey: connection) else { return [] }
        cancelTimers(of: connection)
        links.removeAll { $0 == connection }
        tokenKeys.sourceClosed(connection)
        var actions: [BridgeAction] = []
        switch gone.role {
        case .greeting(let id):
            couldNotReach(id, at: now.instant)
        case .peer(let id):
            let wasDestroyed = ending.isRemote && ending.reason == Self.managerDestroyed
            actions += lost(gone, of: id, wasDestroyed: wasDestroyed, connection, at: now, using: &generator)
        case .undecided, .registering, .link, .closing:
            break
        }
        if let id = gone.unreached { wasNotReached(id, at: now.instant) }
        guard let bootstrap = gone.bootstrap else { return actions }
        return actions + dialInClosed(bootstrap, by: ending, at: now, using: &generator)
    }

    /// Does what is due at `now`.
    public mutating func tick(at now: Moment, using generator: inout some RandomNumberGenerator) -> [BridgeAction] {
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
            case .registration(let connection): actions += close(connection, .registrationTimeout)
            case .instruction(let id): actions += instructionOverdue(id, at: now, using: &generator)
            case .relay: actions += expireRelays(at: now)
            case .dialIn(let bootstrap): actions += dialBootstrap(bootstrap, at: now)
            case .pong(let connection): checkPong(on: connection, at: now.instant)
            case .discovery: actions += discover(at: now, using: &generator)
            case .lookup: actions += advanceLookup(at: now)
            case .book: actions += writeBook(at: now)
            case .drain: actions += finishStopping(at: now)
            }
        }
        return actions
    }

    /// The process is above its memory limit, or below it again: meanwhile no new peer is let in, and questions are answered
    /// busy. Bootstraps stay welcome: they have to hear that.
    public mutating func memoryPressureChanged(isHigh: Bool) {
        isShortOfMemory = isHigh
    }

    /// Graceful shutdown: nobody new is let in, no question is taken any more, and what waits in the queue is answered
    /// before everybody is told. The last action of the last step is ``BridgeAction/stopped``.
    public mutating func stop(at now: Moment) -> [BridgeAction] {
        guard !isStopping else { return [] }
        isStopping = true
        timers.cancel(.book)
        // Now, while everybody is still here.
        let book = writeBook(isFinal: true, at: now)
        // Work goes on as long as anything waits.
        guard queue.isEmpty, assignments.isEmpty else {
            timers.set(.drain, at: now.instant + BridgeDefaults.drainTime)
            return book
        }
        return book + finishStopping(at: now)
    }

    /// The queue has run dry, or was given up.
    mutating func finishStopping(at now: Moment) -> [BridgeAction] {
        guard !isStopped else { return [] }
        isStopped = true
        timers.cancel(.drain)
        var actions: [BridgeAction] = []
        for id in assignments.ids {
            timers.cancel(.instruction(id))
            guard let assignment = assignments.remove(id) else { continue }
            actions += give(up: assignment, .stopping, at: now)
        }
        while let waiting = queue.popFirst() {
            guard isLink(waiting.connection) else { continue }
            counters.failed += 1
            actions.append(refuse(waiting.request, .stopping, on: waiting.connection, at: now))
        }
        for connection in connections.keys.sorted() { actions += close(connection, .stopping) }
        return actions + [.stopped]
    }

    /// The close reason of a current-era peer that found two links to us (protocol.md 4.7).
    static let managerDestroyed = "Manager destroyed"

    mutating func close(_ connection: ConnectionID, _ reason: BridgeClosing) -> [BridgeAction] {
        guard let role = connections[connection]?.role else { return [] }
        cancelTimers(of: connection)
        links.removeAll { $0 == connection }
        switch role {
        case .closing: return []
        case .greeting(let id):
            dials.remove(id)
            connections[connection]?.unreached = id
        case .peer(let id): forgetSocket(connection, of: id)
        case .undecided, .registering, .link: break
        }
        connections[connection]?.role = .closing
        return [.close(connection, reason)]
    }

    private mutating func cancelTimers(of connection: ConnectionID) {
        timers.cancel(.firstMessage(connection))
        timers.cancel(.helloReply(connection))
        timers.cancel(.ping(connection))
        timers.cancel(.pong(connection))
        timers.cancel(.silence(connection))
        timers.cancel(.registration(connection))
    }

    /// An id for a request of ours, in the existing shape (protocol.md 1.3).
    mutating func nextRequestID() -> WireRequestID? {
        lastRequestNumber += 1
        return WireRequestID("\(configuration.nodeID.short)_\(lastRequestNumber)")
    }
}
