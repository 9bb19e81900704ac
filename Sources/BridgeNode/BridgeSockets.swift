import BridgeCore
import Kademlia
import Logging
import MembershipTokens
import NIOCore
import Synchronization
import Telemetry
import Timekeeping
import WebSocketTransport
import WireMessages

/// Runs a bridge's decisions on real sockets.
///
/// One lock guards the machine. Every event is one step under it. What the step asks for enters one queue in the order of the
/// steps, and is done in that order after the lock is released, by whichever thread finds nobody doing it: so no callback
/// runs inside the lock, and no message overtakes another, whichever threads the two came from.
final class BridgeSockets: Sendable {
    private struct State: Sendable {
        var bridge: Bridge
        var generator = BufferedRandomness()
        var sockets: [ConnectionID: Socket] = [:]
        var effects: [Effect] = []
        var isPerforming = false
        /// The wake-up that is planned; a later one that still fires is ignored.
        var wakeUp: Instant?
        var isStopped = false
        var whenStopped: (@Sendable () -> Void)?
    }

    private struct Socket: Sendable {
        var handler: BridgeSocket
        var connection: WebSocketConnection
    }

    private enum Effect: Sendable {
        case sendToBootstrap(WebSocketConnection, BridgeToBootstrap)
        case sendToPeer(WebSocketConnection, DHTMessage)
        case instruct(AssignmentID, WebSocketConnection?, CreateInvitationForPeer)
        case answer(WebSocketConnection, UnsignedAnswer)
        case register(WebSocketConnection, Registration)
        case linkOpened(WebSocketConnection, isDialIn: Bool)
        case peerOpened(WebSocketConnection)
        case close(WebSocketConnection, BridgeClosing)
        case dial(NodeID, address: String)
        case dialBootstrap(BootstrapID)
        case dialInChanged(DialInStatus, isNews: Bool)
        case remember([RememberedPeer])
        case work
        case wake(at: Instant)
        case stopped
    }

    private let identity: BridgeIdentity
    private let secret: CurrentSecret
    /// In the order of `Bridge.Configuration.dialIns`.
    private let bootstraps: [WebSocketURL]
    let clock: SystemClock
    private let eventLoop: any EventLoop
    private let peerClient: WebSocketClient
    private let bootstrapClient: WebSocketClient
    private let memory: PeerMemory?
    let logger: Logger
    let refusals = LogThrottle()
    private let state: Mutex<State>

    init(
        bridge: Bridge,
        identity: BridgeIdentity,
        secret: CurrentSecret,
        bootstraps: [WebSocketURL],
        bootstrapClient: WebSocketClient,
        trust: ClientTrust,
        memory: PeerMemory?,
        group: any EventLoopGroup,
        clock: SystemClock,
        logger: Logger
    ) {
        self.identity = identity
        self.secret = secret
        self.bootstraps = bootstraps
        self.bootstrapClient = bootstrapClient
        self.memory = memory
        self.clock = clock
        self.logger = logger
        eventLoop = group.next()
        var limits = WebSocketLimits.client
        limits.maxMessageBytes = BridgeDefaults.peerMessageBytes
        peerClient = WebSocketClient(group: group, limits: limits, logger: logger, trust: trust)
        state = Mutex(State(bridge: bridge))
    }

    func listening(at address: String) {
        step { bridge, now, _ in bridge.listening(at: address, now) }
    }

    /// Reads who was remembered, and has some of them dialled once we listen. It returns at once.
    func recall() {
        memory?.read { [weak self] peers in
            self?.step { bridge, now, _ in
                bridge.remembered(peers, at: now)
                return []
            }
        }
    }

    func status() -> BridgeStatus {
        let now = clock.moment()
        return state.withLock { $0.bridge.status(at: now) }
    }

    /// Answers what waits, then says goodbye to everybody; nobody new is let in.
    func stop() {
        step { bridge, now, _ in bridge.stop(at: now) }
    }

    /// Calls `body` once, when all that `stop` asks for has been handed to the sockets.
    func whenStopped(_ body: @escaping @Sendable () -> Void) {
        let isStopped = state.withLock { state in
            if !state.isStopped { state.whenStopped = body }
            return state.isStopped
        }
        if isStopped { body() }
    }

    func add(_ handler: BridgeSocket, _ connection: WebSocketConnection) {
        state.withLock { state in
            state.sockets[ConnectionID(value: connection.id)] = Socket(handler: handler, connection: connection)
        }
    }

    func remove(_ id: ConnectionID) {
        state.withLock { _ = $0.sockets.removeValue(forKey: id) }
    }

    /// The one path from event to effect.
    func step(_ event: (inout Bridge, Moment, inout BufferedRandomness) -> [BridgeAction]) {
        let now = clock.moment()
        let isOurTurn = state.withLock { state in
            for action in event(&state.bridge, now, &state.generator) { Self.resolve(action, &state) }
            if let next = state.bridge.nextDeadline(), state.wakeUp.map({ next < $0 }) ?? true {
                state.wakeUp = next
                state.effects.append(.wake(at: next))
            }
            guard !state.effects.isEmpty, !state.isPerforming else { return false }
            state.isPerforming = true
            return true
        }
        guard isOurTurn else { return }
        while let effects = nextEffects() {
            for effect in effects { perform(effect) }
        }
    }

    /// What is to be done now; nil when there is nothing, and the next step with effects takes over.
    private func nextEffects() -> [Effect]? {
        state.withLock { state in
            guard !state.effects.isEmpty else {
                state.isPerforming = false
                return nil
            }
            let effects = state.effects
            state.effects = []
            return effects
        }
    }

    /// Turns the machine's ids into the sockets they stand for. What concerns a socket that is gone is dropped.
    private static func resolve(_ action: BridgeAction, _ state: inout State) {
        switch action {
        case .becomeLink(let id):
            guard let socket = state.sockets[id] else { return }
            // At once, and not with the effects: the next message may be read by then.
            socket.handler.become(.bootstrap)
            state.effects.append(.linkOpened(socket.connection, isDialIn: socket.handler.isDialIn))
        case .becomePeer(let id):
            guard let socket = state.sockets[id] else { return }
            socket.handler.become(.dht)
            state.effects.append(.peerOpened(socket.connection))
        case .sendToBootstrap(let id, let message):
            guard let socket = state.sockets[id] else { return }
            state.effects.append(.sendToBootstrap(socket.connection, message))
        case .sendToPeer(let id, let message):
            guard let socket = state.sockets[id] else { return }
            state.effects.append(.sendToPeer(socket.connection, message))
        case .instruct(let assignment, let id, let message):
            // A socket that is gone takes nothing, and that has to be said.
            state.effects.append(.instruct(assignment, state.sockets[id]?.connection, message))
        case .answer(let id, let answer):
            guard let socket = state.sockets[id] else { return }
            state.effects.append(.answer(socket.connection, answer))
        case .close(let id, let reason):
            guard let socket = state.sockets[id] else { return }
            state.effects.append(.close(socket.connection, reason))
        case .register(let id, let registration):
            guard let socket = state.sockets[id] else { return }
            state.effects.append(.register(socket.connection, registration))
        case .dial(let id, let address):
            state.effects.append(.dial(id, address: address))
        case .dialBootstrap(let id):
            state.effects.append(.dialBootstrap(id))
        case .dialInChanged(_, let status, let isNews):
            state.effects.append(.dialInChanged(status, isNews: isNews))
        case .remember(let peers):
            state.effects.append(.remember(peers))
        case .scheduleWork:
            state.effects.append(.work)
        case .stopped:
            state.effects.append(.stopped)
        }
    }

    private func perform(_ effect: Effect) {
        switch effect {
        case .sendToBootstrap(let connection, let message):
            connection.send(message.encode())
            if case .onboardingPeerResponse(let response) = message { log(response) }
        case .sendToPeer(let connection, let message):
            connection.send(message.encode())
        case .instruct(let assignment, let connection?, let message):
            connection.offer(DHTMessage.createInvitationForPeer(message).encode()) { [weak self] wasSent in
                self?.instructed(assignment, wasSent: wasSent)
            }
        case .instruct(let assignment, nil, _):
            instructed(assignment, wasSent: false)
        case .answer(let connection, let answer):
            // Signing takes longer than all the rest of an answer: whoever performs the effects goes on meanwhile.
            connection.send(making: { [identity, logger] in Self.sign(answer, with: identity, logger).encode() })
            log(answer)
        case .linkOpened(let connection, let isDialIn):
            connection.setMaxMessageBytes(BridgeDefaults.linkMessageBytes)
            // What becomes of a bootstrap that we dial is told by its status.
            if !isDialIn { logger.info("bootstrap link opened", facts(connection)) }
        case .peerOpened(let connection):
            connection.setMaxMessageBytes(BridgeDefaults.peerMessageBytes)
            logger.debug("peer connected", facts(connection))
        case .close(let connection, let reason):
            log(reason, connection)
            connection.close(WebSocketCloseCode(rawValue: reason.code), reason: reason.reason)
        case .register(let connection, let registration):
            let message = registration.message(publicKey: identity.publicKey, secret: secret.reveal())
            connection.send(PeerToBootstrap.register(message).encode())
        case .dial(let id, let address):
            dial(id, address)
        case .dialBootstrap(let id):
            dial(id)
        case .dialInChanged(let status, let isNews):
            log(status, isNews: isNews)
        case .remember(let peers):
            memory?.write(peers)
        case .stopped:
            let whenStopped = state.withLock { state in
                state.isStopped = true
                return state.whenStopped.take()
            }
            whenStopped?()
        case .work:
            // Not now: the sockets get their turn between two batches, and the queue is what they fill.
            eventLoop.execute { [weak self] in
                self?.step { bridge, now, generator in bridge.work(at: now, using: &generator) }
            }
        case .wake(let instant):
            wake(at: instant)
        }
    }

    private static func sign(
        _ answer: UnsignedAnswer,
        with identity: BridgeIdentity,
        _ logger: Logger
    ) -> BridgeToBootstrap {
        do {
            return answer.signed(try identity.signature(of: answer.token.unsigned.bytes))
        } catch {
            logger.error("membership token could not be signed", [.reason: "\(error)"])
            return answer.failed()
        }
    }

    private func dial(_ id: NodeID, _ address: String) {
        let url: WebSocketURL
        do {
            url = try WebSocketURL(address)
        } catch {
            logger.debug("peer has no usable address", [.node: "\(id)", .reason: "\(error)"])
            return dialFailed(id)
        }
        peerClient.connect(to: url, handler: BridgeSocket(dialling: id, for: self)).whenFailure { [weak self] error in
            self?.logger.debug("peer not reached", [.node: "\(id)", .address: "\(url)", .reason: "\(error)"])
            self?.dialFailed(id)
        }
    }

    private func dial(_ id: BootstrapID) {
        let url = bootstraps[id.index]
        bootstrapClient.connect(to: url, handler: BridgeSocket(dialling: id, for: self)).whenFailure {
            [weak self] error in
            self?.step { bridge, now, generator in
                bridge.notReached(id, error: "\(error)", at: now, using: &generator)
            }
        }
    }

    private func dialFailed(_ id: NodeID) {
        step { bridge, now, _ in
            bridge.dialFailed(id, at: now.instant)
            return []
        }
    }

    private func instructed(_ assignment: AssignmentID, wasSent: Bool) {
        step { bridge, now, generator in
            bridge.instructed(assignment, wasSent: wasSent, at: now, using: &generator)
        }
    }

    private func wake(at instant: Instant) {
        let wait = max(.zero, instant - clock.now())
        eventLoop.scheduleTask(in: .nanoseconds(wait.wholeNanoseconds)) { [weak self] in
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
        step { bridge, now, generator in bridge.tick(at: now, using: &generator) }
    }
}
