package import BootstrapCore
import BridgeLink
import HTTPRoutes
import Hummingbird
import Kademlia
package import Logging
package import NIOCore
import NIOPosix
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
        package var bridges: [WebSocketURL] = []
        package var secret: Secret
        package var decisions = Bootstrap.Configuration()
        package var limits = WebSocketLimits.server
        /// How long connections may take to close on shutdown.
        package var drainTime = Duration.seconds(6)

        package init(secret: Secret) {
            self.secret = secret
        }
    }

    private struct State: Sendable {
        var core: Bootstrap
        var connections: [ConnectionID: WebSocketConnection] = [:]
        var wakeUp: Instant?
        var bridgesRevision = 0
    }

    private enum Effect: Sendable {
        case ask(JoinID, NodeID, RawJSON)
        case cancel(JoinID)
        case recordGenesis(NodeID)
        case inviteBridge(NodeID, InvitationForBridge)
        case wake(at: Instant)
    }

    private let configuration: Configuration
    private let ledger: any GenesisLedger
    private let group: any EventLoopGroup
    private let clock: SystemClock
    private let logger: Logger
    private let state: Mutex<State>
    private let listening: ListeningAddress
    private let pool: BridgePool
    /// Kept once every configured bridge has had a link at the same time; broken if the server stops before.
    private let linked: EventLoopPromise<Void>
    private let timerLoop: any EventLoop

    /// - Parameter ledger: remembers the genesis decision. Its answer from an earlier run is read here, so a server whose
    ///   state cannot be read does not start.
    package init(
        configuration: Configuration,
        ledger: any GenesisLedger,
        group: any EventLoopGroup,
        clock: SystemClock,
        logger: Logger
    ) throws {
        self.configuration = configuration
        self.ledger = ledger
        self.group = group
        self.clock = clock
        self.logger = logger
        timerLoop = group.next()
        listening = ListeningAddress(on: group.next())
        linked = group.next().makePromise()
        state = Mutex(State(core: Bootstrap(configuration: configuration.decisions, genesis: try ledger.genesis())))
        let pool = BridgePool.Configuration(
            bridges: configuration.bridges,
            secret: configuration.secret,
            name: "\(configuration.host):\(configuration.port)"
        )
        self.pool = BridgePool(configuration: pool, group: group, clock: clock, logger: logger)
    }

    /// A server that never ran keeps nobody waiting.
    deinit {
        listening.fail()
        linked.fail(ListeningAddress.NeverListened())
    }

    /// Serves until graceful shutdown; then closes every peer with 1001, and the links to the bridges after them.
    package func run() async throws {
        var server = WebSocketServer.Configuration(host: configuration.host, port: configuration.port)
        server.limits = configuration.limits
        server.drainTime = configuration.drainTime
        let responder = routes().buildResponder().channelResponder(logger: logger)
        let transport = WebSocketServer(
            configuration: server,
            group: group,
            logger: logger,
            onUpgrade: { [self] _ in .accept(PeerHandler(server: self)) },
            http: responder
        )
        defer {
            pool.stop()
            listening.fail()
            linked.fail(ListeningAddress.NeverListened())
        }
        try await transport.run { [self] address in
            logger.info("bootstrap server listening", [.address: "\(address)"])
            listening.resolve(address)
            pool.start(
                observer: BridgePool.Observer(
                    bridgesChanged: { [weak self] in self?.bridgesChanged($0) },
                    notified: { [weak self] in self?.notified($0, $1) }
                )
            )
        }
    }

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
        let (registered, connections, counters) = state.withLock { state in
            (state.core.registeredCount, state.core.connectionCount, state.core.counters)
        }
        return BootstrapStatus(
            registeredPeers: registered,
            connections: connections,
            counters: counters,
            pool: pool.report(),
            createsNewDHT: configuration.decisions.createNewDHT,
            maxPeers: configuration.decisions.maxPeers
        )
    }

    // MARK: What peers do

    fileprivate func opened(_ connection: WebSocketConnection) {
        step { state, now, _ in
            let id = ConnectionID(connection.id)
            state.connections[id] = connection
            state.core.opened(id, at: now)
        }
    }

    fileprivate func received(_ message: WebSocketMessage, on connection: WebSocketConnection) {
        let id = ConnectionID(connection.id)
        let decoded: Result<PeerToBootstrap, WireError> = message.payload.withUnsafeReadableBytes { bytes in
            Result { () throws(WireError) in try PeerToBootstrap.decode(bytes) }
        }
        step { state, now, actions in
            switch decoded {
            case .success(let message): state.core.received(message, on: id, at: now, actions: &actions)
            case .failure(let error): state.core.malformed(error, on: id, actions: &actions)
            }
        }
    }

    fileprivate func closed(_ connection: WebSocketConnection) {
        step { state, now, actions in
            let id = ConnectionID(connection.id)
            state.connections[id] = nil
            state.core.closed(id, at: now, actions: &actions)
        }
    }

    // MARK: What bridges do

    private func bridgesChanged(_ connected: ConnectedBridges) {
        if connected.bridges.count == configuration.bridges.count { linked.succeed() }
        step { state, _, _ in
            guard connected.revision > state.bridgesRevision else { return }
            state.bridgesRevision = connected.revision
            state.core.bridgesChanged(
                connected.bridges.map {
                    BridgeContact(
                        nodeID: $0.nodeID,
                        listeningAddress: $0.listeningAddress,
                        publicWssAddress: $0.publicWssAddress
                    )
                }
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
        }
    }

    private func ended(_ join: JoinID, _ outcome: BridgePool.Outcome) {
        step { state, now, actions in
            var receipt: JoinReceipt?
            let result: Bootstrap.OnboardingOutcome
            switch outcome {
            case .helper(let answer, let joinReceipt):
                receipt = joinReceipt
                result = .helper(answer)
            case .emergency(let peers):
                result = .emergency(peers.map { PeerEntry(nodeID: .node($0.nodeID), metadata: $0.metadata) })
            case .busy(let retryAfter):
                result = .busy(retryAfterMilliseconds: retryAfter.wholeMilliseconds)
            case .unavailable:
                result = .unavailable
            }
            state.core.onboardingEnded(join, result, receipt: receipt, at: now, actions: &actions)
        }
    }

    // MARK: The one path from event to effect

    private func step(_ event: (inout State, Moment, inout [Bootstrap.Action]) -> Void) {
        let now = clock.moment()
        let effects = state.withLock { state in
            var actions: [Bootstrap.Action] = []
            event(&state, now, &actions)
            return resolve(actions, &state)
        }
        for effect in effects { perform(effect) }
    }

    private func resolve(_ actions: [Bootstrap.Action], _ state: inout State) -> [Effect] {
        var effects: [Effect] = []
        for action in actions {
            switch action {
            case .send(let id, let message):
                // Under the lock, so that no later message overtakes this one. A send only queues bytes, and no callback comes
                // of it before the loop's next turn.
                state.connections[id]?.send(message.encode())
            case .close(let id, let reason):
                state.connections[id]?.close(WebSocketCloseCode(rawValue: reason.code), reason: reason.text)
            case .ask(let join, let newcomer, let metadata): effects.append(.ask(join, newcomer, metadata))
            case .cancel(let join): effects.append(.cancel(join))
            case .recordGenesis(let node): effects.append(.recordGenesis(node))
            case .inviteBridge(let node, let invitation): effects.append(.inviteBridge(node, invitation))
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
        case .ask(let join, let newcomer, let metadata):
            pool.ask(key: join.value, newcomer: newcomer, metadata: metadata) { [weak self] outcome in
                self?.ended(join, outcome)
            }
        case .cancel(let join):
            pool.cancel(key: join.value)
        case .recordGenesis(let node):
            recordGenesis(node)
        case .inviteBridge(let node, let invitation):
            pool.invite(node, invitation)
        case .wake(let instant):
            wake(at: instant)
        }
    }

    /// Storage blocks, so it is asked off the event loops.
    private func recordGenesis(_ node: NodeID) {
        let now = SystemClock.unixMilliseconds()
        NIOThreadPool.singleton.submit { [self] _ in
            let record: Bootstrap.GenesisRecord
            do {
                switch try ledger.recordGenesis(node, at: now) {
                case .recorded:
                    logger.notice("network started", [.node: "\(node)"])
                    record = .decided(node)
                case .alreadyDecided(let other):
                    record = .decided(other)
                }
            } catch {
                logger.error("start of the network could not be stored", [.reason: "\(error)"])
                record = .failed
            }
            step { state, now, actions in state.core.genesisRecorded(record, at: now, actions: &actions) }
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

/// Translates the callbacks of one peer's connection into the server's events.
private final class PeerHandler: WebSocketHandler {
    private let server: BootstrapServer

    init(server: BootstrapServer) {
        self.server = server
    }

    func opened(_ connection: WebSocketConnection) {
        server.opened(connection)
    }

    func received(_ message: WebSocketMessage, on connection: WebSocketConnection) {
        server.received(message, on: connection)
    }

    func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) {
        server.closed(connection)
    }
}
