public import Kademlia
public import Observation
public import Relaying
public import Timekeeping
public import WireMessages

/// The bootstrap server's decisions: who is registered, who is genesis, whom a newcomer is led to, and what passes between
/// two peers that are not connected yet.
///
/// A value without sockets or clock. Each event takes the time and appends what the caller owes, in order. One table is
/// keyed by connection, one by id: the newest registered socket holds an id (protocol.md 2.4, REC).
///
/// A newcomer's join:
///
///     asks ──▶ question put to the bridges ──▶ outcome known ──┐
///     registers ───────────────────────────────────────────────┴─▶ answered (every waiting request id, once)
public struct Bootstrap: Sendable {
    public struct Configuration: Sendable {
        /// The first peer starts the network, if none was started before.
        public var createNewDHT = false
        /// Newcomers are led to a helper by the bridges.
        public var openNetwork = false
        /// Registered peers. Proven bridges come on top of them.
        public var maxPeers = BootstrapDefaults.maxPeers
        /// Whether a text is the secret of the bridges, all of it. Compares in constant time, and keeps nothing.
        public var isBridgeSecret: @Sendable (String) -> Bool = { _ in false }
        public var version = VersionRule(buildID: "")
        /// Only peers that prove the key their id is made of are served; Node peers of the existing network have none.
        public var requiresProof = false
        /// The id that a public key (a JWK) makes; nil for what is no usable P-256 key.
        public var nodeIDOfKey: @Sendable (RawJSON) -> NodeID? = { _ in nil }
        /// 64 hex digits that nobody can guess, new ones each time.
        public var makeNonce: @Sendable () -> String = { "" }
        public var ice = IceLimits()
        /// How many relay sessions there may be, none for no relay.
        public var relay = RelayLimits(capacity: BootstrapDefaults.relayCapacity)
        public var probePatience = BootstrapDefaults.probePatience
        public var vacancyPatience = BootstrapDefaults.vacancyPatience
        public var registrationPatience = BootstrapDefaults.registrationPatience
        public var unregisteredLimit = BootstrapDefaults.unregisteredLimit
        public var inviterDelay = BootstrapDefaults.inviterDelay
        public var bridgeInvitationDelay = BootstrapDefaults.bridgeInvitationDelay
        public var helperReminderDelay = BootstrapDefaults.helperReminderDelay
        public var helperPatience = BootstrapDefaults.helperPatience
        public var helperProbeDelay = BootstrapDefaults.helperProbeDelay
        public var invitationLifetime = BootstrapDefaults.invitationLifetime

        public init() {}
    }

    /// What the caller owes after an event, in order.
    public enum Action: Sendable, Equatable {
        case send(ConnectionID, BootstrapToPeer)
        case close(ConnectionID, ClientClosing)
        /// Ask the bridges who can help this newcomer; report with `onboardingEnded`. Newcomers of one source share its turns.
        case ask(JoinID, newcomer: NodeID, metadata: RawJSON, source: UInt64)
        /// Nobody waits for this answer any more.
        case cancel(JoinID)
        /// Find out whether this connection is alive: ping it, and report with `heard` whatever comes.
        case probe(ConnectionID)
        /// Check this proof, and report with `proofChecked`.
        case verify(ConnectionID, KeyProof)
        /// Find out what a membership token is worth that this node shows, and report with `tokenJudged`.
        case judgeToken(ConnectionID, RawJSON, of: NodeID)
        /// Write the genesis decision to stable storage, then report with `genesisRecorded`. Nothing is announced before.
        ///
        /// - Parameter replacing: the decision that it takes the place of; nil if there was none.
        case recordGenesis(NodeID, replacing: NodeID?)
        /// Hand an invitation to a bridge over its link.
        case inviteBridge(NodeID, InvitationForBridge)
        /// This connection is a bridge's own; its link may use it. Comes again if the bridge says something new of itself,
        /// and, for another connection, if it registers anew there.
        case adoptBridge(ConnectionID, BridgeRegistration)
        /// What an adopted bridge said on its connection, for its link.
        case bridgeSaid(ConnectionID, BridgeToBootstrap)
        /// Tell a bridge what became of the helper that it named, if it wants to hear that. For one introduction it comes once as
        /// accepted at most, and once as one of the others at most, which is then the last.
        case reportOutcome(IntroductionOutcome, to: NodeID)
        /// Note what became of a newcomer's question, under the id that its receipt names.
        case journal(JoinNote)
        /// A network is begun though bridges could not be asked whether there is one: tell an operator, loudly.
        case warnOfBlindBeginning(NodeID, absentBridges: Int)
    }

    /// How the bridges answered one question.
    public enum OnboardingOutcome: Sendable {
        case helper(OnboardingAnswer)
        /// No bridge named a helper; one listed the peers it is connected to, which may be none.
        case emergency([PeerEntry])
        case busy(retryAfterMilliseconds: Int64)
        /// No bridge could be asked, or none answered as it should.
        case unavailable(UnhelpedReason)
        /// The bridges are not asked any more, since the server is about to stop.
        case stopping
    }

    enum Genesis: Sendable, Equatable {
        case undecided
        /// The decision is being written; whoever asks meanwhile waits.
        case recording(NodeID, previous: NodeID?)
        case decided(NodeID)
    }

    enum Timer: Hashable, Sendable {
        case unregistered(ConnectionID)
        case challenge(ConnectionID)
        case contest(ClientID)
        case wait(PeerWait)
        case ice
        case relay
        case registrationPatience(ConnectionID)
        case inviteBridges(ConnectionID)
        case askAgain(ConnectionID)
        case invitation(InvitationKey)
        case tellInviter(InvitationKey)
        case remindHelper(InvitationKey)
        /// By newcomer.
        case introduction(NodeID)
    }

    public let configuration: Configuration
    /// Whether a network may be begun anew of which all bridges say that nobody is left. Only a server that knows which bridges
    /// there should be can tell.
    public var renewsNetwork = true
    public internal(set) var counters = BootstrapCounters()
    /// How joins went.
    public internal(set) var observed = JoinTotals()
    /// Registered clients by what they run as.
    public internal(set) var peerKinds = PeerKinds()
    /// Under whose ids the server tries a join itself.
    var trialNewcomers: Set<NodeID> = []
    var clients: [ConnectionID: Client] = [:]
    /// The connection that holds each id: registered, and the newest to do so.
    var holders: [ClientID: ConnectionID] = [:]
    /// Connections that named an id in a request but have not registered yet.
    var claimants: [ClientID: ConnectionID] = [:]
    var joins: [JoinID: ConnectionID] = [:]
    var genesis: Genesis
    /// Registrations under ids that others hold, until it is known who has the better right.
    var contests: [ClientID: Contest] = [:]
    /// How many connections speak of each id as their own, registered or not.
    var bound: [ClientID: Int] = [:]
    /// Invitations that came before the registration of whom they are for, or before the answer that names the helper; delivered
    /// after it, so that a client knows its helper, and holds its token, when the helper invites it. One of each inviter, so the
    /// bound on open invitations bounds these as well.
    var heldInvitations: [ClientID: [InvitationReceived]] = [:]
    /// Who waits for whom.
    var waits: [ClientID: Set<PeerWait>] = [:]
    var members = MemberBook()
    var ice: IceDesk
    var relays: RelayDesk
    /// Clients whose membership token is being looked at.
    var judging: Set<ConnectionID> = []
    /// What clients report of their networks and connections.
    var statistics = PeerStatistics()
    /// Bridges with a ready link, as the genesis peer is told of them.
    var bridges: [BridgeContact] = []
    /// Bridges that we should have a link to, and have not.
    var absentBridges = 0
    /// When a bridge last got a link: what it knows of the network is on its way.
    var newestBridgeSince: Instant?
    /// Whether anybody but the first peer was heard of in the DHT; of a network that an earlier run began it is taken for granted.
    var hasLived = false
    /// Since when all bridges have been there and known nobody; nil if that is not so.
    var vacantSince: Instant?
    /// When a bridge last said so.
    var vacantAt: Instant?
    /// How many peers each of the bridges said last that it is connected to.
    var reportedPeers: [NodeID: Int64] = [:]
    /// Bridges that had a link and have none, and since when that is known; only of the last minutes.
    var lostBridges: [NodeID: Instant?] = [:]
    /// The proven bridges among the holders, at most `maxBridgeClients`.
    var provenBridges: [NodeID: ProvenBridge] = [:]
    /// The holders that other peers may be led to.
    var peers = PeerRotation()
    public internal(set) var isDraining = false
    var invitations = InvitationTable()
    /// The latest of each newcomer that was told of a helper and is still here, at most `maxIntroductions`.
    var introductions: [NodeID: Introduction] = [:]
    /// When each bridge was last told which peers are here; only of the last moments.
    var clientsAnswered: [NodeID: Instant] = [:]
    var timers = DeadlineQueue<Timer>()
    var nextSerial: UInt64 = 1

    /// - Parameter genesis: the decision of an earlier run, if there was one.
    public init(configuration: Configuration, genesis: NodeID? = nil) {
        self.configuration = configuration
        self.genesis = genesis.map(Genesis.decided) ?? .undecided
        hasLived = genesis != nil
        ice = IceDesk(limits: configuration.ice)
        relays = RelayDesk(relay: .tool("bootstrap_server"), limits: configuration.relay)
    }

    /// How many registered connections there are, bridges among them.
    public var registeredCount: Int { holders.count }

    /// How many of them are proven bridges.
    public var bridgeClientCount: Int { provenBridges.count }

    /// Every connection that has not closed, registered or not.
    public var connectionCount: Int { clients.count }

    /// Questions that are with the bridges.
    public var questionCount: Int { joins.count }

    /// Invitations under way.
    public var invitationCount: Int { invitations.count }

    /// Clients whose membership token is being looked at.
    public var pendingReconnections: Int { judging.count }

    /// Clients that wait for a peer, once for each that they wait for.
    public var waitCount: Int { waits.values.reduce(0) { $0 + $1.count } }

    /// What clients reported of their networks and connections.
    public func statisticsReport(at now: Moment) -> PeerStatistics.Report { statistics.report(at: now) }

    /// Introductions that are followed.
    public var introductionCount: Int { introductions.count }

    /// When `tick` is due, or nil when nothing is armed.
    public mutating func nextDeadline() -> Instant? {
        timers.next()
    }

    // MARK: Events

    public mutating func opened(_ connection: ConnectionID, from origin: ClientOrigin = ClientOrigin(), at now: Moment)
    {
        counters.connections += 1
        clients[connection] = Client(connection: connection, origin: origin)
        timers.set(.unregistered(connection), at: now.instant + configuration.unregisteredLimit)
    }

    public mutating func received(
        _ message: PeerToBootstrap,
        on connection: ConnectionID,
        at now: Moment,
        actions: inout [Action]
    ) {
        guard clients[connection]?.isClosing == false else { return }
        heard(connection, at: now, actions: &actions)
        switch message {
        case .register(let register):
            registered(register, on: connection, at: now, actions: &actions)
        case .getPeersOrGenesis(let request):
            asked(request, on: connection, at: now, actions: &actions)
        case .sendInvitation(let invitation):
            invited(invitation, on: connection, at: now, actions: &actions)
        case .invitationAccepted(let acceptance):
            accepted(acceptance, on: connection, at: now, actions: &actions)
        case .forwardSignal(let signal):
            forward(signal, on: connection, actions: &actions)
        case .signal(let signal):
            forward(signal, on: connection, at: now, actions: &actions)
        case .announceIndependent(let announcement):
            announced(announcement, on: connection, actions: &actions)
        case .ping(let ping):
            let pong = Pong(
                requestID: ping.requestID,
                timestamp: now.unixMilliseconds,
                originalTimestamp: ping.timestamp,
                from: .tool("bootstrap_server")
            )
            actions.append(.send(connection, .pong(pong)))
        case .onboardingPeerResponse(let answer):
            heardFromBridge(.onboardingPeerResponse(answer), on: connection, actions: &actions)
        case .authSuccess(let success):
            heardFromBridge(.authSuccess(success), naming: success.bridgeNodeID, on: connection, actions: &actions)
        case .authFailed(let failure):
            heardFromBridge(.authFailed(failure), on: connection, actions: &actions)
        case .bridgeInvitationAccepted(let notice):
            heardFromBridge(
                .bridgeInvitationAccepted(notice),
                naming: notice.bridgeNodeID,
                on: connection,
                actions: &actions
            )
        case .bridgeInvitationFailed(let notice):
            heardFromBridge(
                .bridgeInvitationFailed(notice),
                naming: notice.bridgeNodeID,
                on: connection,
                actions: &actions
            )
        case .bridgeHealthUpdate(let notice):
            heardFromBridge(
                .bridgeHealthUpdate(notice),
                naming: notice.bridgeNodeID,
                on: connection,
                actions: &actions
            )
        case .reconnectionResult(let result):
            heardFromBridge(.reconnectionResult(result), on: connection, actions: &actions)
        case .genesisConnectionResult(let result):
            heardFromBridge(.genesisConnectionResult(result), on: connection, actions: &actions)
        case .pong(let pong):
            heardFromAnyone(.pong(pong), on: connection, actions: &actions)
        case .error(let notice):
            heardFromAnyone(.error(notice), on: connection, actions: &actions)
        case .getConnectedClients(let request):
            clientsAsked(request, on: connection, at: now, actions: &actions)
        case .invitationSent(let message):
            helperAnswered(message, on: connection, at: now)
        case .connectionOutcome(let outcome):
            reported(outcome, on: connection, at: now, actions: &actions)
        case .authResponse(let response):
            challengeAnswered(response, on: connection, at: now, actions: &actions)
        case .joinPeer(let message):
            joined(message, on: connection, at: now, actions: &actions)
        case .getPeers(let message):
            peersAsked(message, on: connection, actions: &actions)
        case .lookupPeer(let message):
            lookedUp(message, on: connection, actions: &actions)
        case .waitForPeer(let message):
            waited(for: message, on: connection, at: now, actions: &actions)
        case .unknown:
            counters.unknownMessages += 1
        case .profileUpdate(let update):
            profiled(update, on: connection, at: now)
        case .iceCoordinate(let message):
            coordinate(IceRequest(message), on: connection, at: now, actions: &actions)
        case .iceRestartCoordinate(let message):
            coordinate(IceRequest(message), on: connection, at: now, actions: &actions)
        case .relayRequest(let request):
            relay(request, on: connection, at: now, actions: &actions)
        case .relayForward(let message):
            relay(message, on: connection, at: now, actions: &actions)
        case .relayClose(let message):
            relay(message, on: connection, at: now, actions: &actions)
        case .relayPing(let ping):
            relay(ping, on: connection, at: now, actions: &actions)
        case .relayAck, .relayPong:
            // Answers to what a relay never asks.
            counters.unhandledMessages += 1
        }
    }

    public mutating func closed(_ connection: ConnectionID, at now: Moment, actions: inout [Action]) {
        guard let client = clients.removeValue(forKey: connection) else { return }
        peerKinds.move(from: client.countedAs, to: nil)
        timers.cancel(.unregistered(connection))
        timers.cancel(.registrationPatience(connection))
        timers.cancel(.inviteBridges(connection))
        timers.cancel(.askAgain(connection))
        timers.cancel(.challenge(connection))
        if let join = client.join { abandon(join, of: client.id, actions: &actions) }
        judging.remove(connection)
        peers.remove(connection)
        forgetWaits(of: client)
        guard let id = client.id else { return }
        let others = (bound[id] ?? 1) - 1
        bound[id] = others > 0 ? others : nil
        defer { contestantClosed(connection, id: id, at: now, actions: &actions) }
        // A socket whose id was taken over by a newer one leaves nothing behind.
        if claimants[id] == connection { claimants[id] = nil }
        if holders[id] == connection {
            holders[id] = nil
            if let node = id.node, provenBridges[node]?.connection == connection { provenBridges[node] = nil }
            departed(id, at: now, actions: &actions)
        }
        // Another connection of the same client may register in a moment.
        guard others == 0 else { return }
        heldInvitations[id] = nil
        forgetIntroduction(of: id, actions: &actions)
        for key in invitations.removeAll(invitedTo: id) {
            timers.cancel(.invitation(key))
            timers.cancel(.tellInviter(key))
        }
    }

    /// Fires everything that is due.
    public mutating func tick(at now: Moment, actions: inout [Action]) {
        while let timer = timers.popDue(at: now.instant) {
            switch timer {
            case .unregistered(let connection):
                actions.append(.close(connection, .neverRegistered))
            case .registrationPatience(let connection):
                refuseUnregistered(connection, actions: &actions)
            case .inviteBridges(let connection):
                requestBridgeInvitations(on: connection, actions: &actions)
            case .askAgain(let connection):
                switch clients[connection]?.join?.progress {
                case .holding?, .awaitingBridges?:
                    clients[connection]?.join?.progress = .asked
                    advanceJoin(on: connection, at: now, actions: &actions)
                case nil, .asked?, .judging?, .awaitingGenesis?, .asking?, .ended?: break
                }
            case .invitation(let key):
                invitations.remove(key)
            case .tellInviter(let key):
                tellInviter(key, actions: &actions)
            case .remindHelper(let key):
                remindHelper(key, actions: &actions)
            case .introduction(let newcomer):
                introductionDue(newcomer, at: now, actions: &actions)
            case .challenge(let connection):
                challengeExpired(connection, actions: &actions)
            case .contest(let id):
                contestDue(for: id, at: now, actions: &actions)
            case .wait(let wait):
                waitDue(wait, actions: &actions)
            case .ice:
                iceDue(at: now, actions: &actions)
            case .relay:
                relaysDue(at: now, actions: &actions)
            }
        }
    }

    /// Whether nobody has begun the network yet.
    public var isNewNetwork: Bool { genesis == .undecided }

    /// Whether a bridge that has a link reported last that it is connected to peers, or did not say; and not all of them said of
    /// a newcomer that they know nobody.
    public var canNameHelper: Bool {
        vacantSince == nil && bridges.contains { reportedPeers[$0.nodeID].map { $0 > 0 } ?? true }
    }

    /// The set of bridges with a ready link changed.
    ///
    /// - Parameters:
    ///   - absent: how many there should be besides.
    ///   - now: when that was; nil if it was long ago.
    public mutating func bridgesChanged(_ bridges: [BridgeContact], absent: Int = 0, at now: Moment? = nil) {
        let present = Set(bridges.map(\.nodeID))
        if let now, !present.isSubset(of: self.bridges.map(\.nodeID)) { newestBridgeSince = now.instant }
        for bridge in self.bridges where !present.contains(bridge.nodeID) { lostBridges[bridge.nodeID] = .some(nil) }
        for bridge in present { lostBridges[bridge] = nil }
        reportedPeers = reportedPeers.filter { present.contains($0.key) }
        self.bridges = bridges
        absentBridges = absent
        if absent > 0 || bridges.isEmpty { vacantSince = nil }
    }

    // MARK: Shared steps

    /// The connection that speaks for an id now: registered and not superseded.
    func holder(of id: ClientID) -> Client? {
        holders[id].flatMap { clients[$0] }
    }

    /// Nobody speaks under this id any more, or somebody else does.
    mutating func departed(_ id: ClientID, at now: Moment, actions: inout [Action]) {
        guard let node = id.node else { return }
        endIce(of: node, actions: &actions)
        endRelays(of: node, at: now, actions: &actions)
        statistics.left(node, at: now)
    }

    mutating func profiled(_ update: ProfileUpdate, on connection: ConnectionID, at now: Moment) {
        guard speaker(on: connection, claimed: update.nodeID) != nil, let node = update.nodeID.node else { return }
        statistics.profiled(update, by: node, at: now)
    }

    /// Called after whatever may have changed whether other peers are led to this one.
    mutating func refreshListing(of connection: ConnectionID) {
        recount(connection)
        guard let client = clients[connection], client.isListable, !client.isClosing else {
            peers.remove(connection)
            return
        }
        peers.insert(connection)
    }

    mutating func makeSerial() -> UInt64 {
        defer { nextSerial += 1 }
        return nextSerial
    }

    enum Reply {
        case success(ResponseData?)
        case failure(String, code: String? = nil, retryAfterMs: Int64? = nil, receipt: JoinReceipt? = nil)
    }

    /// Answers a request by its id; a request without one expects no answer.
    func reply(
        _ requestID: WireRequestID?,
        on connection: ConnectionID,
        with reply: Reply,
        actions: inout [Action]
    ) {
        guard let requestID else { return }
        let response: Response
        switch reply {
        case .success(let data):
            response = Response(requestID: requestID, success: true, data: data)
        case .failure(let error, let code, let retryAfterMs, let receipt):
            response = Response(
                requestID: requestID,
                success: false,
                error: error,
                code: code,
                retryAfterMs: retryAfterMs,
                receipt: receipt
            )
        }
        actions.append(.send(connection, .response(response)))
    }
}

/// What happened since start, for reports.
public struct BootstrapCounters: Sendable, Equatable {
    public var connections = 0
    public var registrations = 0
    public var versionMismatches = 0
    /// Clients that proved the key that their id is made of.
    public var proofs = 0
    public var failedProofs = 0
    /// Registrations refused for want of a proof, where one is required.
    public var refusedUnproven = 0
    /// Registrations under an id that another connection held ...
    public var contests = 0
    /// ... of which it was taken over, or refused.
    public var takeovers = 0
    public var refusedIDs = 0
    /// Peers that came back with a membership token, and got peers to dial.
    public var reconnections = 0
    /// Membership tokens that were worth nothing.
    public var tokensRefused = 0
    /// Networks begun anew, since nobody was left of the one before.
    public var renewals = 0
    public var refusedFull = 0
    /// Questions of newcomers, repeats included.
    public var asked = 0
    /// Joins that ended with a helper.
    public var peerFound = 0
    /// Joins that ended with peers known to the bridge or to this server.
    public var degraded = 0
    public var busy = 0
    public var failed = 0
    /// Joins refused because the server was about to stop.
    public var stopping = 0
    public var invitations = 0
    public var invitationsAccepted = 0
    /// Helpers named to newcomers by bridges, of which it is followed what becomes.
    public var introductions = 0
    /// Those for which there was no room.
    public var introductionsUnfollowed = 0
    public var introductionsAccepted = 0
    public var introductionsConnected = 0
    /// The helper sent no invitation.
    public var introductionsSilent = 0
    public var introductionsFailed = 0
    /// Bridges that were told which peers are here.
    public var clientsAnswers = 0
    /// Messages whose sender field is not the id of their connection.
    public var foreignSenders = 0
    /// Messages that only a proven bridge may send, from somebody else.
    public var foreignAnswers = 0
    /// Registrations that claimed to be a bridge's and had not the secret, or no node's id.
    public var unprovenBridges = 0
    public var malformed = 0
    public var unknownMessages = 0
    public var unhandledMessages = 0

    public init() {}
}
