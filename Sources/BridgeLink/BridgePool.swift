package import Kademlia
package import LinkCore
package import Logging
package import NIOCore
import Synchronization
package import Telemetry
import Timekeeping
package import WebSocketTransport
package import WireMessages

/// The bootstrap's side of all bridge links: runs the pool's decisions on real sockets.
///
/// One lock guards the machine. Each event is one step under it; what the step asks for is done after the lock is released,
/// so no callback ever runs inside. Messages are decoded before and encoded after.
package final class BridgePool: Sendable {
    package struct Configuration: Sendable {
        package var bridges: [WebSocketURL]
        package var secret: Secret
        /// How this bootstrap names itself to bridges; for their logs only.
        package var name: String
        package var pool = LinkPool<Question, OnboardingPeerResponse>.Configuration()
        /// Largest message on a link (design.md: 1 MiB on bridge links, against 64 KiB for peers).
        package var maxMessageBytes = 1 << 20

        package init(bridges: [WebSocketURL], secret: Secret, name: String) {
            self.bridges = bridges
            self.secret = secret
            self.name = name
        }
    }

    /// A newcomer's question on its way through the pool.
    package struct Question: Sendable {
        let key: UInt64
        let newcomer: NodeID
        let metadata: RawJSON
        let completion: @Sendable (Outcome) -> Void
    }

    /// How a question ended; it comes exactly once.
    package enum Outcome: Sendable {
        case helper(OnboardingAnswer, JoinReceipt)
        /// No bridge named a helper, but one listed the peers it is connected to.
        case emergency([AvailablePeer])
        case busy(retryAfter: Duration)
        case unavailable
    }

    /// What the owner hears. Calls come from any thread, never under the pool's lock.
    package struct Observer: Sendable {
        /// The set of bridges with a ready link changed. Calls from two threads may cross; the list with the higher revision
        /// is the newer one.
        package var bridgesChanged: @Sendable (ConnectedBridges) -> Void
        /// A bridge said something that answers no question.
        package var notified: @Sendable (NodeID, BridgeNotice) -> Void

        package init(
            bridgesChanged: @escaping @Sendable (ConnectedBridges) -> Void,
            notified: @escaping @Sendable (NodeID, BridgeNotice) -> Void
        ) {
            self.bridgesChanged = bridgesChanged
            self.notified = notified
        }
    }

    typealias Machine = LinkPool<Question, OnboardingPeerResponse>

    private struct State: Sendable {
        var machine: Machine
        var generator = SystemRandomNumberGenerator()
        var sockets: [LinkID: Socket] = [:]
        var requestOfKey: [UInt64: RequestID] = [:]
        /// The wake-up that is planned; a later one that still fires is ignored.
        var wakeUp: Instant?
        var observer: Observer?
        /// Counts the lists that were announced.
        var revision = 0
        /// What operators were told last of each endpoint: a bridge that stays away is news once, not at each redial.
        var told: [EndpointID: LinkStatus] = [:]
    }

    private struct Socket: Sendable {
        let endpoint: EndpointID
        var connection: WebSocketConnection?
        var bridge: ConnectedBridge?
    }

    private enum Effect: Sendable {
        case dial(LinkID, EndpointID)
        case authenticate(WebSocketConnection)
        case send(RequestID, Question, WebSocketConnection)
        case ping(WebSocketConnection)
        case close(WebSocketConnection, LinkClosing)
        case finish(RequestID, Question, Machine.Outcome, bridge: NodeID?)
        case report(EndpointReport, isNews: Bool)
        case announce(ConnectedBridges, to: Observer)
        case wake(at: Instant)
    }

    private let configuration: Configuration
    private let client: WebSocketClient
    private let clock: SystemClock
    private let eventLoop: any EventLoop
    private let logger: Logger
    private let state: Mutex<State>

    package init(
        configuration: Configuration,
        group: any EventLoopGroup,
        clock: SystemClock,
        logger: Logger
    ) {
        var limits = WebSocketLimits.client
        limits.handshakeTimeout = configuration.pool.connectTimeout
        limits.maxMessageBytes = configuration.maxMessageBytes
        self.configuration = configuration
        client = WebSocketClient(group: group, limits: limits, logger: logger)
        self.clock = clock
        eventLoop = group.next()
        self.logger = logger
        let addresses = configuration.bridges.map(\.description)
        state = Mutex(State(machine: Machine(addresses: addresses, configuration: configuration.pool)))
    }

    // MARK: What the owner asks for

    /// Dials every bridge, in parallel.
    package func start(observer: Observer) {
        step { state, now, actions in
            state.observer = observer
            state.machine.start(at: now, actions: &actions)
        }
    }

    /// Ends every question and closes every link.
    package func stop() {
        step { state, now, actions in state.machine.stop(at: now, actions: &actions) }
    }

    /// Asks a bridge who can help the newcomer. `completion` is called once, perhaps before this returns.
    ///
    /// - Parameter key: names the question for `cancel`; the caller does not use it twice at a time.
    package func ask(
        key: UInt64,
        newcomer: NodeID,
        metadata: RawJSON,
        completion: @escaping @Sendable (Outcome) -> Void
    ) {
        let question = Question(key: key, newcomer: newcomer, metadata: metadata, completion: completion)
        step { state, now, actions in
            let id = state.machine.submit(question, at: now, using: &state.generator, actions: &actions)
            state.requestOfKey[key] = id
        }
    }

    /// Nobody waits for the answer any more; `completion` is not called unless it already was.
    package func cancel(key: UInt64) {
        step { state, now, actions in
            guard let id = state.requestOfKey.removeValue(forKey: key) else { return }
            state.machine.cancel(id, at: now, actions: &actions)
        }
    }

    /// Hands an invitation to a bridge over its link; false if there is no ready link to it, or no room on it.
    @discardableResult
    package func invite(_ bridge: NodeID, _ invitation: InvitationForBridge) -> Bool {
        let name = bridge.description
        let connection = state.withLock { state in
            state.machine.readyLinks.first { $0.bridge == name }.flatMap { state.sockets[$0.link]?.connection }
        }
        guard let connection, connection.isWritable else { return false }
        connection.send(BootstrapToBridge.invitationForBridge(invitation).encode())
        return true
    }

    /// What is known of each bridge, and what the pool counted.
    package func report() -> PoolReport {
        state.withLock { state in
            PoolReport(
                endpoints: state.machine.reports,
                counters: state.machine.counters,
                pending: state.machine.pendingCount,
                now: clock.now()
            )
        }
    }

    // MARK: What the links say

    fileprivate func opened(_ link: LinkID, _ connection: WebSocketConnection) {
        let isWanted = state.withLock { state in
            guard state.sockets[link] != nil else { return false }
            state.sockets[link]?.connection = connection
            return true
        }
        // The pool gave this dial up while the handshake was on its way.
        guard isWanted else { return connection.abort() }
        step { state, now, actions in state.machine.opened(link, at: now, actions: &actions) }
    }

    fileprivate func received(_ message: WebSocketMessage, on link: LinkID, _ connection: WebSocketConnection) {
        let decoded: BridgeToBootstrap
        do {
            decoded = try message.payload.withUnsafeReadableBytes { (bytes) throws(WireError) in
                try BridgeToBootstrap.decode(bytes)
            }
        } catch {
            logger.debug("bridge sent what is no message", [.link: "\(link.value)", .reason: "\(error.reason)"])
            // An answer that cannot be read is a refusal: waiting for its time to run out would help nobody.
            if let requestID = error.requestID {
                answered(OnboardingPeerResponse(requestID: requestID, success: false), on: link)
            } else {
                heard(link)
            }
            return
        }
        switch decoded {
        case .authSuccess(let success):
            authenticated(success, on: link)
        case .authFailed(let failure):
            refused(failure.message ?? failure.error ?? "auth_failed", on: link)
        case .onboardingPeerResponse(let response):
            answered(response, on: link)
        case .ping(let ping):
            heard(link)
            let pong = Pong(
                requestID: ping.requestID,
                timestamp: SystemClock.unixMilliseconds(),
                originalTimestamp: ping.timestamp
            )
            connection.send(BootstrapToBridge.pong(pong).encode())
        case .bridgeInvitationAccepted(let notice):
            notified(.invitationAccepted(notice), on: link)
        case .bridgeInvitationFailed(let notice):
            notified(.invitationFailed(notice), on: link)
        case .bridgeHealthUpdate(let notice):
            notified(.health(notice), on: link)
        case .pong, .error, .unknown:
            heard(link)
        }
    }

    fileprivate func heard(_ link: LinkID) {
        state.withLock { state in state.machine.heard(link, at: clock.now()) }
    }

    fileprivate func pongReceived(_ link: LinkID) {
        state.withLock { state in state.machine.pongReceived(link, at: clock.now()) }
    }

    fileprivate func closed(_ link: LinkID, _ reason: String) {
        step { state, now, actions in
            state.sockets[link] = nil
            state.machine.closed(link, reason: reason, at: now, using: &state.generator, actions: &actions)
        }
    }

    private func authenticated(_ success: AuthSuccess, on link: LinkID) {
        step { state, now, actions in
            // Said once; a second one changes nothing, least of all who the bridge is.
            guard let endpoint = state.sockets[link]?.endpoint, state.sockets[link]?.bridge == nil else { return }
            state.sockets[link]?.bridge = ConnectedBridge(success, dialledAt: configuration.bridges[endpoint.index])
            state.machine.authenticated(
                link,
                bridge: success.bridgeNodeID.description,
                at: now,
                using: &state.generator,
                actions: &actions
            )
        }
    }

    fileprivate func refused(_ reason: String, on link: LinkID) {
        step { state, now, actions in
            state.machine.authenticationRefused(
                link,
                reason: String(reason.prefix(128)),
                at: now,
                using: &state.generator,
                actions: &actions
            )
        }
    }

    private func answered(_ response: OnboardingPeerResponse, on link: LinkID) {
        // An id that is not of our making was never asked.
        guard let id = RequestID(response.requestID.text) else { return heard(link) }
        let verdict: Machine.Verdict
        if response.success, case .answer? = response.data {
            verdict = .success(response)
        } else if response.code == "busy" {
            let wait = min(max(response.retryAfterMs ?? 1_000, 50), 60_000)
            verdict = .busy(retryAfter: .milliseconds(wait))
        } else {
            verdict = .refused(response)
        }
        step { state, now, actions in
            state.machine.answered(id, on: link, verdict, at: now, using: &state.generator, actions: &actions)
        }
    }

    private func notified(_ notice: BridgeNotice, on link: LinkID) {
        heard(link)
        let (bridge, observer) = state.withLock { ($0.sockets[link]?.bridge?.nodeID, $0.observer) }
        guard let bridge else { return }
        observer?.notified(bridge, notice)
    }

    // MARK: The one path from event to effect

    private func step(_ event: (inout State, Instant, inout [Machine.Action]) -> Void) {
        let now = clock.now()
        let effects = state.withLock { state in
            var actions: [Machine.Action] = []
            event(&state, now, &actions)
            return resolve(actions, &state)
        }
        for effect in effects { perform(effect) }
    }

    /// Turns the machine's ids into the sockets they stand for, while the lock is held.
    private func resolve(_ actions: [Machine.Action], _ state: inout State) -> [Effect] {
        var effects: [Effect] = []
        for action in actions {
            switch action {
            case .dial(let link, let endpoint):
                state.sockets[link] = Socket(endpoint: endpoint)
                effects.append(.dial(link, endpoint))
            case .authenticate(let link):
                if let connection = state.sockets[link]?.connection { effects.append(.authenticate(connection)) }
            case .send(let id, let question, let link, _):
                if let connection = state.sockets[link]?.connection { effects.append(.send(id, question, connection)) }
            case .ping(let link):
                if let connection = state.sockets[link]?.connection { effects.append(.ping(connection)) }
            case .close(let link, let reason):
                if let connection = state.sockets.removeValue(forKey: link)?.connection {
                    effects.append(.close(connection, reason))
                }
            case .finish(let id, let question, let outcome):
                if state.requestOfKey[question.key] == id { state.requestOfKey[question.key] = nil }
                var bridge: NodeID?
                if case .answered(_, let receipt) = outcome {
                    bridge = state.machine.bridge(of: receipt.endpoint).flatMap { NodeID($0) }
                }
                effects.append(.finish(id, question, outcome, bridge: bridge))
            case .statusChanged(let endpoint, let status):
                let isNews = status != .connecting && state.told[endpoint] != status
                if isNews { state.told[endpoint] = status }
                effects.append(.report(state.machine.reports[endpoint.index], isNews: isNews))
                if let observer = state.observer {
                    let ready = state.machine.readyLinks.compactMap { state.sockets[$0.link]?.bridge }
                    state.revision += 1
                    let list = ConnectedBridges(bridges: ready, revision: state.revision)
                    effects.append(.announce(list, to: observer))
                }
            }
        }
        if let next = state.machine.nextDeadline(), state.wakeUp.map({ next < $0 }) ?? true {
            state.wakeUp = next
            effects.append(.wake(at: next))
        }
        return effects
    }

    private func perform(_ effect: Effect) {
        switch effect {
        case .dial(let link, let endpoint):
            dial(link, configuration.bridges[endpoint.index])
        case .authenticate(let connection):
            // Naming features, even none, says that we are of this era: the bridge then reports its health.
            let auth = BootstrapAuth(
                authToken: configuration.secret.reveal(),
                bootstrapServer: configuration.name,
                features: []
            )
            connection.send(BootstrapToBridge.bootstrapAuth(auth).encode())
        case .send(let id, let question, let connection):
            let request = GetOnboardingPeer(
                requestID: id.wireID,
                newNodeID: question.newcomer,
                newNodeMetadata: question.metadata
            )
            connection.send(BootstrapToBridge.getOnboardingPeer(request).encode())
        case .ping(let connection):
            connection.ping(ByteBuffer())
        case .close(let connection, let reason):
            connection.close(reason.closeCode, reason: reason.text)
        case .finish(let id, let question, let outcome, let bridge):
            question.completion(Outcome(outcome, requestID: id, bridge: bridge))
        case .report(let report, let isNews):
            log(report, isNews: isNews)
        case .announce(let bridges, let observer):
            observer.bridgesChanged(bridges)
        case .wake(let instant):
            wake(at: instant)
        }
    }

    private func dial(_ link: LinkID, _ url: WebSocketURL) {
        let handler = LinkHandler(pool: self, link: link)
        client.connect(to: url, handler: handler).whenFailure { [self] error in
            closed(link, "\(error)")
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
        step { state, now, actions in
            state.machine.tick(at: now, using: &state.generator, actions: &actions)
        }
    }

    private func log(_ report: EndpointReport, isNews: Bool) {
        var metadata = Logger.Metadata([.address: "\(report.address)"])
        if let bridge = report.bridge { metadata[.bridge] = "\(bridge)" }
        if let error = report.lastError { metadata[.reason] = "\(error)" }
        switch report.status {
        case .connecting: logger.debug("bridge link connecting", metadata: metadata)
        case .connected: logger.info("bridge link connected", metadata: metadata)
        case .disconnected:
            logger.log(level: isNews ? .warning : .debug, "bridge link disconnected", metadata: metadata)
        case .failed: logger.log(level: isNews ? .error : .debug, "bridge refused the secret", metadata: metadata)
        }
    }
}

/// Translates the callbacks of one connection into the pool's events.
private final class LinkHandler: WebSocketHandler {
    private let pool: BridgePool
    private let link: LinkID

    init(pool: BridgePool, link: LinkID) {
        self.pool = pool
        self.link = link
    }

    func opened(_ connection: WebSocketConnection) {
        pool.opened(link, connection)
    }

    func received(_ message: WebSocketMessage, on connection: WebSocketConnection) {
        pool.received(message, on: link, connection)
    }

    func heardControlFrame(on connection: WebSocketConnection) {
        pool.heard(link)
    }

    func pongReceived(_ payload: ByteBuffer, on connection: WebSocketConnection) {
        pool.pongReceived(link)
    }

    func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) {
        // Bridges of the existing network refuse a wrong secret by this reason alone (protocol.md 3.2.1).
        if closure.initiator == .remote, closure.reason.hasPrefix("Unauthorized") {
            pool.refused(closure.reason, on: link)
        }
        let code = closure.code.map { "\($0.rawValue) " } ?? ""
        pool.closed(link, "\(code)\(closure.reason)")
    }
}
