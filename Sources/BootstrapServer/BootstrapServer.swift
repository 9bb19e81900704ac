package import BootstrapCore
package import BridgeLink
package import HTTPRoutes
import Kademlia
import KeyProofs
import LinkCore
package import Logging
package import NIOCore
import NIOPosix
package import Observation
import Scheduling
import ServiceLifecycle
package import StateStore
import Synchronization
package import Telemetry
import Timekeeping
package import WebSocketTransport
import WireMessages

/// The public entrance of the network: peers by WebSocket, monitors by HTTP, on one port.
///
/// Runs `Bootstrap` (the decisions) on sockets, and puts newcomers' questions to the bridges through `BridgePool`. One lock
/// guards the decisions; messages are decoded before it is taken, on the event loop of their connection.
package final class BootstrapServer: Service, Sendable {
    package struct Configuration: Sendable {
        package var host = "0.0.0.0"
        /// 0 picks a free port.
        package var port = 8080
        package var bridges: [BridgeTarget] = []
        /// What bridges must prove.
        package var secret: Secret
        /// How requests to bridges are timed and bounded.
        package var requests = BridgePool.Settings()
        /// Whom to trust when a bridge is dialled by `wss`.
        package var bridgeTrust = ClientTrust.system
        /// Serves TLS on the port; nil: plain text, as behind a proxy.
        package var tls: ServerTLS?
        /// Proxies that say in whose name they connect; nobody else is believed.
        package var trustedProxies = TrustedProxies.none
        /// Where a proxy mounts this server, as `/ws`: HTTP routes answer there, too. WebSockets are accepted on any path.
        package var basePath = BasePath.root
        package var decisions = Bootstrap.Configuration()
        package var limits = WebSocketLimits.server
        /// On shutdown, how long newcomers who have asked may wait for their answer ...
        package var drainTime = Duration.seconds(4)
        /// ... and connections may take to close after that. Together they leave room within the 10 s of a supervisor's patience.
        package var closingTime = Duration.seconds(3)
        /// How the operator calls this server.
        package var nodeName = HostName.current()
        /// How often the server joins its own network, to see whether that works; nil: never.
        package var probeInterval: Duration?
        /// Whether the live page and `/api/v1` are served on the port of the peers; monitors with a port of their own have them there.
        package var servesOperatorPages = true
        /// The links to bridges close last.
        package var linkClosingTime = Duration.seconds(1)

        package init(secret: Secret) {
            self.secret = secret
        }

        /// The first half of the time for closing is that of the waves, the second that of the last ones' goodbye.
        var wavesTime: Duration { closingTime / 2 }
    }

    struct State: Sendable {
        var core: Bootstrap
        var connections: [ConnectionID: WebSocketConnection] = [:]
        var wakeUp: Instant?
        var bridgesRevision = 0
        var isListening = false
        /// The last decision about the start of the network could be stored.
        var isLedgerUsable = true
        /// Connections of bridges that dialled in, and their links in the pool.
        var bridgeLinks: [ConnectionID: LinkID] = [:]

        func bridgeLink(of connection: ConnectionID) -> LinkID? {
            // Most servers have few bridges that dial in, and many peers that are none.
            bridgeLinks.isEmpty ? nil : bridgeLinks[connection]
        }
    }

    enum Effect: Sendable {
        case ask(JoinID, NodeID, RawJSON, SourceID)
        case cancel(JoinID)
        case adopt(ConnectionID, WebSocketConnection, BridgeRegistration)
        case bridgeSaid(BridgeToBootstrap, LinkID)
        case verify(ConnectionID, KeyProof)
        case judgeToken(ConnectionID, RawJSON, of: NodeID)
        case recordGenesis(NodeID, replacing: NodeID?)
        case inviteBridge(NodeID, InvitationForBridge)
        case reportOutcome(IntroductionOutcome, to: NodeID)
        case log(JoinNote, at: Moment)
        case warnOfBlindBeginning(NodeID, absentBridges: Int)
        case wake(at: Instant)
    }

    let configuration: Configuration
    private let secret: CurrentSecret
    private let ledger: any GenesisLedger
    private let group: any EventLoopGroup
    let clock: SystemClock
    private let logger: Logger
    private let state: Mutex<State>
    private let listening: ListeningAddress
    private let pool: BridgePool
    private let poolLog: PoolLog
    let observatory: Observatory
    private let joinLog: JoinLog
    /// The way of each join.
    package let journal: JoinJournal
    /// Kept once every configured bridge has had a link at the same time; broken if the server stops before.
    private let linked: EventLoopPromise<Void>
    let timerLoop: any EventLoop

    /// - Parameters:
    ///   - ledger: remembers the genesis decision. Its answer from an earlier run is read here, so a server whose state cannot be
    ///     read does not start.
    ///   - history: remembers what happened, for operators.
    package init(
        configuration: Configuration,
        ledger: any GenesisLedger,
        history: any HistoryStore = InMemoryHistoryStore(),
        group: any EventLoopGroup,
        clock: SystemClock,
        logger: Logger
    ) throws {
        self.configuration = configuration
        self.ledger = ledger
        self.group = group
        self.clock = clock
        self.logger = logger
        let observatory = Observatory(name: configuration.nodeName, history: history, clock: clock, logger: logger)
        self.observatory = observatory
        poolLog = PoolLog(logger: logger, observatory: observatory)
        joinLog = JoinLog(logger: logger)
        journal = JoinJournal(store: history, logger: logger)
        timerLoop = group.next()
        listening = ListeningAddress(on: group.next())
        linked = group.next().makePromise()
        let secret = CurrentSecret(configuration.secret)
        self.secret = secret
        var decisions = configuration.decisions
        decisions.isBridgeSecret = { secret.matches($0) }
        decisions.nodeIDOfKey = { P256Identity(jwk: $0)?.nodeID }
        decisions.makeNonce = ChallengeNonce.make
        var core = Bootstrap(configuration: decisions, genesis: try ledger.genesis())
        core.renewsNetwork = Self.renewsNetwork(with: configuration.bridges)
        // Until the links say more.
        core.bridgesChanged([], absent: configuration.bridges.count)
        state = Mutex(State(core: core))
        var generator = SystemRandomNumberGenerator()
        var pool = BridgePool.Configuration(
            bridges: configuration.bridges,
            secret: configuration.secret,
            name: ServerName.make(port: configuration.port, using: &generator)
        )
        pool.pool = configuration.requests
        let client = BridgePool.client(
            for: configuration.requests,
            trust: configuration.bridgeTrust,
            group: group,
            logger: logger
        )
        self.pool = BridgePool(configuration: pool, client: client, eventLoop: group.next(), clock: clock)
    }

    /// A server that never ran keeps nobody waiting.
    deinit {
        listening.fail()
        linked.fail(ListeningAddress.NeverListened())
    }

    /// Serves until graceful shutdown; then closes every peer, with 1001 or, if it knows when to come back, with 1012, and the links
    /// to the bridges after them.
    package func run() async throws {
        var server = WebSocketServer.Configuration(host: configuration.host, port: configuration.port)
        server.limits = configuration.limits
        server.tls = configuration.tls
        server.trustedProxies = configuration.trustedProxies
        server.drainTime = configuration.closingTime - configuration.wavesTime
        let flushing = timerLoop.scheduleRepeatedTask(
            initialDelay: .nanoseconds(JournalDefaults.pace.wholeNanoseconds),
            delay: .nanoseconds(JournalDefaults.pace.wholeNanoseconds)
        ) { [journal] _ in
            NIOThreadPool.singleton.submit { _ in journal.flush() }
        }
        // Just after each full second, so that it is whole when it is shown.
        let untilSecond = 1_010 - clock.moment().unixMilliseconds % 1_000
        let watch = timerLoop.scheduleRepeatedTask(initialDelay: .milliseconds(untilSecond), delay: .seconds(1)) {
            [weak self] _ in
            self?.observe()
        }
        let responder = pages(isPublic: true).responder().channelResponder(logger: logger)
        let transport = WebSocketServer(
            configuration: server,
            group: group,
            logger: logger,
            onUpgrade: { [self] _ in .accept(PeerHandler(server: self)) },
            http: responder
        )
        defer {
            flushing.cancel()
            watch.cancel()
            pool.stop()
            listening.fail()
            linked.fail(ListeningAddress.NeverListened())
        }
        try await withThrowingDiscardingTaskGroup { tasks in
            tasks.addTask { await self.probe() }
            // Whoever waits for the address must hear that there will be none, or this group would wait for the probe.
            defer { listening.fail() }
            try await serve(transport)
            tasks.cancelAll()
        }
        await pool.stop(within: configuration.linkClosingTime)
        observe()
        // If the threads have ended before us, so has the process.
        try? await NIOThreadPool.singleton.runIfActive { [journal, observatory] in
            journal.flush()
            observatory.flush()
        }
    }

    private func serve(_ transport: WebSocketServer) async throws {
        try await transport.run(
            onListening: { [self] address in
                logger.info("bootstrap server listening", [.address: "\(address)"])
                state.withLock { $0.isListening = true }
                listening.resolve(address)
                observatory.note(.serverStarted, .info, "server started, listening at \(address.hostAndPort)")
                pool.start(
                    observer: BridgePool.Observer(
                        bridgesChanged: { [weak self] in self?.bridgesChanged($0) },
                        notified: { [weak self] in self?.notified($0, $1) },
                        statusChanged: { [poolLog] in poolLog.statusChanged($0) },
                        noticed: { [poolLog] in poolLog.noticed($0) }
                    )
                )
            },
            beforeClosing: { [self] in await drain() }
        )
    }

    /// Looks at itself, for the live page and for whoever asks later.
    private func observe() { observatory.tick(status(), peaks: pool.takePeaks()) }

    /// Keeps an event that somebody else logs: what an operator would tell a colleague.
    package func note(
        _ kind: OperatorEvent.Kind,
        level: OperatorEvent.Level,
        subject: String? = nil,
        text: String
    ) {
        observatory.note(kind, level, subject: subject, text)
    }

    /// Newcomers who have asked get their answer; who asks now is told to come back.
    private func drain() async {
        logger.info("draining", [.count: "\(state.withLock { $0.core.questionCount })"])
        observatory.note(.draining, .info, "server prepares to stop")
        let patience = configuration.drainTime + configuration.closingTime + configuration.linkClosingTime
        observatory.drains(until: clock.moment().unixMilliseconds + patience.wholeMilliseconds)
        step { state, now, actions in state.core.drain(at: now, actions: &actions) }
        await pool.drain(within: configuration.drainTime)
        await dismissClients()
    }

    /// Closes the connections wave by wave. Cancelled, it closes all of them at once.
    private func dismissClients() async {
        let absence = configuration.closingTime + configuration.linkClosingTime
        var waves: [[Bootstrap.Action]] = []
        step { state, _, actions in
            var generator = SystemRandomNumberGenerator()
            waves = state.core.dismiss(
                waves: Int(configuration.wavesTime / BootstrapDefaults.wavePause),
                absence: absence,
                using: &generator,
                actions: &actions
            )
        }
        for (number, wave) in waves.enumerated() {
            if number > 0 { try? await Task.sleep(for: BootstrapDefaults.wavePause) }
            step { _, _, actions in actions += wave }
        }
    }

    /// Takes over what may change while the server runs. Links to bridges that stay, and connections of peers, are not touched.
    package func reload(bridges: [BridgeTarget], secret: Secret) {
        self.secret.replace(with: secret)
        step { state, _, _ in state.core.renewsNetwork = Self.renewsNetwork(with: bridges) }
        pool.reconfigure(bridges: bridges, secret: secret)
    }

    /// Bridges that only dial in may be away, and know everybody.
    private static func renewsNetwork(with configured: [BridgeTarget]) -> Bool { !configured.isEmpty }

    /// Where the server listens, once it does; throws if it stopped before.
    package func listeningAddress() async throws -> SocketAddress {
        try await listening.value()
    }

    /// Waits until every configured bridge has a link; false if that takes longer than `patience`, or the server stops.
    package func linkedToAllBridges(within patience: Duration) async -> Bool {
        if configuration.bridges.isEmpty { return true }
        let result = timerLoop.makePromise(of: Bool.self)
        linked.futureResult.whenSuccess { result.succeed(true) }
        linked.futureResult.whenFailure { _ in result.succeed(false) }
        let overdue = timerLoop.scheduleTask(in: .nanoseconds(patience.wholeNanoseconds)) { result.succeed(false) }
        defer { overdue.cancel() }
        return (try? await result.futureResult.get()) ?? false
    }

    /// What monitors and `causeway up` show.
    package func status() -> BootstrapStatus {
        let pool = pool.report()
        let now = clock.moment()
        return state.withLock { state in
            BootstrapStatus(
                registeredPeers: state.core.registeredCount,
                connections: state.core.connectionCount,
                counters: state.core.counters,
                pool: pool,
                createsNewDHT: configuration.decisions.createNewDHT,
                opensNetwork: configuration.decisions.openNetwork,
                maxPeers: configuration.decisions.maxPeers,
                isListening: state.isListening,
                isDraining: state.core.isDraining,
                isLedgerUsable: state.isLedgerUsable,
                statistics: state.core.statisticsReport(at: now),
                pendingReconnections: state.core.pendingReconnections,
                observed: state.core.observed,
                peerKinds: state.core.peerKinds,
                isNewNetwork: state.core.isNewNetwork,
                canNameHelper: state.core.canNameHelper,
                probe: observatory.probe
            )
        }
    }

    /// What is served over HTTP; each caller gets pages of its own.
    ///
    /// - Parameter isPublic: on the port of the peers.
    package func pages(isPublic: Bool = false) -> BootstrapPages {
        var pages = BootstrapPages.Configuration(basePath: configuration.basePath)
        pages.servesOperatorPages = !isPublic || configuration.servesOperatorPages
        return BootstrapPages(configuration: pages, source: self, logger: logger)
    }

    // MARK: What clients do

    func opened(_ connection: WebSocketConnection) {
        step { state, now, _ in
            let id = ConnectionID(connection.id)
            state.connections[id] = connection
            state.core.opened(id, from: ClientOrigin(connection.clientAddress), at: now)
        }
    }

    func received(_ message: WebSocketMessage, on connection: WebSocketConnection) {
        let id = ConnectionID(connection.id)
        let decoded: Result<PeerToBootstrap, WireError> = message.payload.withUnsafeReadableBytes { bytes in
            Result { () throws(WireError) in try PeerToBootstrap.decode(bytes) }
        }
        var link: LinkID?
        step { state, now, actions in
            link = state.bridgeLink(of: id)
            switch decoded {
            case .success(let message): state.core.received(message, on: id, at: now, actions: &actions)
            case .failure(let error): state.core.malformed(error, on: id, actions: &actions)
            }
        }
        if let link { pool.heard(link) }
    }

    func heardControlFrame(on connection: WebSocketConnection) {
        if let link = heard(connection) { pool.heard(link) }
    }

    func pongReceived(on connection: WebSocketConnection) {
        if let link = heard(connection) { pool.pongReceived(link) }
    }

    /// A sign of life. Returns the link that it is one of, if any.
    private func heard(_ connection: WebSocketConnection) -> LinkID? {
        let id = ConnectionID(connection.id)
        let (link, isProbing) = state.withLock { ($0.bridgeLink(of: id), $0.core.isProbing) }
        if isProbing { step { state, now, actions in state.core.heard(id, at: now, actions: &actions) } }
        return link
    }

    func writabilityChanged(_ isWritable: Bool, on connection: WebSocketConnection) {
        if let link = bridgeLink(of: connection) { pool.writabilityChanged(link, isWritable: isWritable) }
    }

    func closed(_ connection: WebSocketConnection, _ closure: WebSocketClosure) {
        var link: LinkID?
        step { state, now, actions in
            let id = ConnectionID(connection.id)
            state.connections[id] = nil
            link = state.bridgeLinks.removeValue(forKey: id)
            state.core.closed(id, at: now, actions: &actions)
        }
        if let link { pool.closed(link, closure.reason) }
    }

    private func bridgeLink(of connection: WebSocketConnection) -> LinkID? {
        state.withLock { $0.bridgeLink(of: ConnectionID(connection.id)) }
    }

    // MARK: What bridges do

    /// A bridge proved the secret on a connection of its own.
    private func adopt(
        _ id: ConnectionID,
        _ connection: WebSocketConnection,
        _ registration: BridgeRegistration
    ) {
        let bridge = ConnectedBridge(
            nodeID: registration.nodeID,
            listeningAddress: registration.listeningAddress,
            publicWssAddress: registration.publicWssAddress,
            isRemote: connection.clientAddress?.isLoopback == false
        )
        if let link = state.withLock({ $0.bridgeLinks[id] }) { return pool.describe(link, bridge) }
        connection.setMaxMessageBytes(BridgePool.maxMessageBytes)
        logger.info("bridge dialled in", [.bridge: "\(registration.nodeID)"])
        var isOpen = true
        let link = pool.adopt(
            connection,
            of: bridge,
            isNative: registration.features != nil,
            isStatelessEra: registration.isStatelessEra
        ) { link in
            // Known here before the bridge can answer.
            isOpen = state.withLock { state in
                guard state.connections[id] != nil else { return false }
                state.bridgeLinks[id] = link
                return true
            }
        }
        // It closed while it was being adopted.
        if !isOpen { pool.closed(link, "closed") }
    }

    private func bridgesChanged(_ connected: ConnectedBridges) {
        if connected.absent == 0 { linked.succeed() }
        step { state, now, _ in
            guard connected.revision > state.bridgesRevision else { return }
            state.bridgesRevision = connected.revision
            state.core.bridgesChanged(
                connected.bridges.map {
                    BridgeContact(
                        nodeID: $0.nodeID,
                        listeningAddress: $0.listeningAddress,
                        publicWssAddress: $0.publicWssAddress,
                        canBeInvited: $0.canBeInvited
                    )
                },
                absent: connected.absent,
                at: now
            )
        }
    }

    private func notified(_ bridge: NodeID, _ notice: BridgeNotice) {
        switch notice {
        case .invitationAccepted(let accepted):
            step { state, now, actions in
                state.core.bridgeAccepted(accepted, from: bridge, at: now, actions: &actions)
            }
        case .invitationFailed(let failure):
            logger.warning(
                "bridge could not follow an invitation",
                [.bridge: "\(bridge)", .reason: "\(failure.reason ?? "unknown")"]
            )
        case .health(let health):
            let peers = health.bridgeHealth.connectedPeers ?? 0
            logger.debug("bridge reports its health", [.bridge: "\(bridge)", .count: "\(peers)"])
            step { state, now, actions in
                state.core.bridgeReported(connectedPeers: peers, by: bridge, at: now, actions: &actions)
            }
        case .clientsAsked(let request, let link):
            var answer: ConnectedClientsResponse?
            step { state, now, _ in answer = state.core.clientsAsked(request, by: bridge, at: now) }
            if let answer { pool.answer(answer, on: link) }
        }
    }

    private func ended(_ join: JoinID, _ outcome: BridgePool.Outcome, _ passage: JoinPassage) {
        // Before whatever is made of it is noted, and not under the lock that all joins need.
        journal.ended(passage, at: clock.moment())
        step { state, now, actions in
            let result: Bootstrap.OnboardingOutcome
            switch outcome {
            case .helper(let answer):
                result = .helper(answer)
            case .emergency(let peers):
                result = .emergency(peers.map { PeerEntry(nodeID: .node($0.nodeID), metadata: $0.metadata) })
            case .busy(let retryAfter):
                result = .busy(retryAfterMilliseconds: retryAfter.wholeMilliseconds)
            case .unavailable(let reason):
                result = .unavailable(reason)
            case .stopping:
                result = .stopping
            }
            state.core.onboardingEnded(join, result, receipt: passage.receipt, at: now, actions: &actions)
        }
    }

    private func cancel(_ join: JoinID) {
        guard let passage = pool.cancel(key: join.value), let id = passage.receipt.requestID else { return }
        let now = clock.moment()
        let note = JoinNote(id, .abandoned)
        journal.ended(passage, at: now)
        journal.note(note, at: now)
        if joinLog.wants(note) { joinLog.noted(note, at: now) }
    }

    // MARK: The one path from event to effect

    func step(_ event: (inout State, Moment, inout [Bootstrap.Action]) -> Void) {
        let now = clock.moment()
        let effects = state.withLock { state in
            var actions: [Bootstrap.Action] = []
            event(&state, now, &actions)
            return resolve(actions, at: now, &state)
        }
        for effect in effects { perform(effect) }
    }

    private func resolve(_ actions: [Bootstrap.Action], at now: Moment, _ state: inout State) -> [Effect] {
        var effects: [Effect] = []
        for action in actions {
            switch action {
            case .send(let id, let message):
                // Under the lock, so that no later message overtakes this one. A send only queues bytes, and no callback comes
                // of it before the loop's next turn.
                state.connections[id]?.send(message.encode())
            case .close(let id, let reason):
                state.connections[id]?.close(WebSocketCloseCode(rawValue: reason.code), reason: reason.text)
            case .ask(let join, let newcomer, let metadata, let source):
                effects.append(.ask(join, newcomer, metadata, SourceID(value: source)))
            case .adoptBridge(let id, let registration):
                if let connection = state.connections[id] { effects.append(.adopt(id, connection, registration)) }
            case .bridgeSaid(let id, let message):
                if let link = state.bridgeLinks[id] { effects.append(.bridgeSaid(message, link)) }
            case .cancel(let join): effects.append(.cancel(join))
            case .probe(let id): state.connections[id]?.ping(ByteBuffer())
            case .verify(let id, let proof): effects.append(.verify(id, proof))
            case .judgeToken(let id, let token, of: let node): effects.append(.judgeToken(id, token, of: node))
            case .recordGenesis(let node, let previous): effects.append(.recordGenesis(node, replacing: previous))
            case .inviteBridge(let node, let invitation): effects.append(.inviteBridge(node, invitation))
            case .reportOutcome(let outcome, let bridge): effects.append(.reportOutcome(outcome, to: bridge))
            case .journal(let note):
                // Under the lock, so that the steps of one join keep their order.
                journal.note(note, at: now)
                if joinLog.wants(note) { effects.append(.log(note, at: now)) }
            case .warnOfBlindBeginning(let node, let absent):
                effects.append(.warnOfBlindBeginning(node, absentBridges: absent))
            }
        }
        if let next = state.core.nextDeadline(), state.wakeUp.map({ next < $0 }) ?? true {
            state.wakeUp = next
            effects.append(.wake(at: next))
        }
        return effects
    }

    private func perform(_ effect: Effect) {
        switch effect {
        case .ask(let join, let newcomer, let metadata, let source):
            pool.ask(key: join.value, newcomer: newcomer, metadata: metadata, source: source) {
                [weak self] outcome, passage in
                self?.ended(join, outcome, passage)
            }
        case .cancel(let join):
            cancel(join)
        case .adopt(let id, let connection, let registration):
            adopt(id, connection, registration)
        case .bridgeSaid(let message, let link):
            pool.received(message, on: link)
        case .verify(let id, let proof):
            verify(proof, of: id)
        case .judgeToken(let id, let token, of: let node):
            judge(token, of: node, on: id)
        case .recordGenesis(let node, let previous):
            recordGenesis(node, replacing: previous)
        case .inviteBridge(let node, let invitation):
            pool.invite(node, invitation)
        case .reportOutcome(let outcome, let bridge):
            pool.report(outcome, to: bridge)
        case .log(let note, let now):
            joinLog.noted(note, at: now)
        case .warnOfBlindBeginning(let node, let absent):
            logger.warning(
                "a network is begun without having asked all bridges whether there is one: some are not linked",
                [.node: "\(node)", .count: "\(absent)"]
            )
            observatory.note(
                .networkStarted,
                .warning,
                "a network is begun although \(absent) bridges were not linked and could not be asked whether there is one"
            )
        case .wake(let instant):
            wake(at: instant)
        }
    }

    /// Storage blocks, so it is asked off the event loops.
    private func recordGenesis(_ node: NodeID, replacing previous: NodeID?) {
        let now = SystemClock.unixMilliseconds()
        NIOThreadPool.singleton.submit { [self] _ in
            let record: Bootstrap.GenesisRecord
            do {
                switch try ledger.recordGenesis(node, replacing: previous, at: now) {
                case .recorded:
                    if let previous {
                        logger.warning(
                            "network had no members left and was started anew",
                            [.node: "\(node)", .previous: "\(previous)"]
                        )
                        observatory.note(.networkRenewed, .warning, "network had no members left and was started anew")
                    } else {
                        logger.notice("network started", [.node: "\(node)"])
                        observatory.note(.networkStarted, .info, "network started by its first peer, \(node)")
                    }
                    record = .decided(node)
                case .alreadyDecided(let other):
                    record = .decided(other)
                }
            } catch {
                logger.error("start of the network could not be stored", [.reason: "\(error)"])
                observatory.note(.stateUnusable, .error, "start of the network could not be stored: \(error)")
                record = .failed
            }
            step { state, now, actions in
                state.isLedgerUsable = record != .failed
                state.core.genesisRecorded(record, at: now, actions: &actions)
            }
        }
    }

    /// Checks of signatures take about 0.1 ms each, which the event loops have better uses for.
    private func verify(_ proof: KeyProof, of connection: ConnectionID) {
        NIOThreadPool.singleton.submit { [self] _ in
            let text = P256Identity.signedText(nonce: proof.nonce, timestamp: proof.timestamp)
            let isGood =
                P256Identity(jwk: proof.publicKey)?.verifies(signature: proof.signature, of: text) ?? false
            step { state, now, actions in
                state.core.proofChecked(connection, serial: proof.serial, isGood: isGood, at: now, actions: &actions)
            }
        }
    }

    private func judge(_ token: RawJSON, of node: NodeID, on connection: ConnectionID) {
        NIOThreadPool.singleton.submit { [self] _ in
            let worth = Bootstrap.TokenWorth(of: token, shownBy: node, keys: pool.tokenKeys, at: clock.moment())
            step { state, now, actions in
                state.core.tokenJudged(connection, worth, at: now, actions: &actions)
            }
        }
    }

    private func wake(at instant: Instant) {
        let wait = max(.zero, instant - clock.now())
        timerLoop.scheduleTask(in: .nanoseconds(wait.wholeNanoseconds)) { [weak self] in
            self?.wokeUp(for: instant)
        }
    }

    private func wokeUp(for instant: Instant) {
        let isCurrent = state.withLock { state in
            guard state.wakeUp == instant else { return false }
            state.wakeUp = nil
            return true
        }
        guard isCurrent else { return }
        step { state, now, actions in state.core.tick(at: now, actions: &actions) }
    }
}
