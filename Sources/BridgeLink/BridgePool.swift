public import Kademlia
public import LinkCore
public import Logging
public import NIOCore
public import Observation
public import Scheduling
import Synchronization
public import Telemetry
import Timekeeping
public import WebSocketTransport
public import WireMessages

/// The bootstrap's side of all bridge links: runs the pool's decisions on real sockets.
///
/// One lock guards the machine. Each event is one step under it; what the step asks for is done after the lock is released,
/// so no callback ever runs inside. Messages are decoded before and encoded after.
///
/// It writes no log and no metrics: its owner hears of everything through `Observer`, and reads `report()`.
public final class BridgePool: Sendable {
    /// Times and bounds.
    public typealias Settings = LinkPool.Configuration

    /// Largest message on a link (design.md: 1 MiB on bridge links, against 64 KiB for peers).
    public static let maxMessageBytes = 1 << 20

    public struct Configuration: Sendable {
        public var bridges: [BridgeTarget]
        public var secret: Secret
        /// How this bootstrap names itself to bridges, on each connection alike: a bridge deals fairly with several bootstraps by
        /// it, so no two should have one name. It is no secret.
        public var name: String
        public var pool = Settings()

        public init(bridges: [BridgeTarget], secret: Secret, name: String) {
            self.bridges = bridges
            self.secret = secret
            self.name = name
        }
    }

    /// A newcomer's question on its way through the pool.
    public struct Question: Sendable {
        let newcomer: NodeID
        let metadata: RawJSON
        let completion: @Sendable (Outcome, JoinPassage) -> Void
        /// What the machine calls it.
        var id: RequestID?
        /// The last answer that counted for it, by the ticket that the machine has for it: the helper, or a refusal that may turn
        /// out to be all there is.
        var answer: (ticket: Ticket, response: OnboardingPeerResponse)?
    }

    /// How a question ended; it comes exactly once.
    public enum Outcome: Sendable {
        case helper(OnboardingAnswer)
        /// No bridge named a helper, but one listed the peers it is connected to.
        case emergency([AvailablePeer])
        case busy(retryAfter: Duration)
        case unavailable(UnhelpedReason)
        case stopping
    }

    /// What the owner hears. Calls come from any thread, never under the pool's lock.
    public struct Observer: Sendable {
        /// The set of bridges that can be asked changed. Calls from two threads may cross; the list with the higher revision is
        /// the newer one.
        public var bridgesChanged: @Sendable (ConnectedBridges) -> Void
        /// A bridge said something that answers no question.
        public var notified: @Sendable (NodeID, BridgeNotice) -> Void
        public var statusChanged: @Sendable (StatusChange) -> Void
        public var noticed: @Sendable (PoolNotice) -> Void

        public init(
            bridgesChanged: @escaping @Sendable (ConnectedBridges) -> Void,
            notified: @escaping @Sendable (NodeID, BridgeNotice) -> Void = { _, _ in },
            statusChanged: @escaping @Sendable (StatusChange) -> Void = { _ in },
            noticed: @escaping @Sendable (PoolNotice) -> Void = { _ in }
        ) {
            self.bridgesChanged = bridgesChanged
            self.notified = notified
            self.statusChanged = statusChanged
            self.noticed = noticed
        }
    }

    typealias Machine = LinkPool

    struct State: Sendable {
        var machine: Machine
        var secret: Secret
        var targets: [String: WebSocketURL]
        var generator = BufferedRandomness()
        var sockets: [LinkID: Socket] = [:]
        /// By node id, of bridges that authenticated at least once.
        var descriptions: [String: ConnectedBridge] = [:]
        /// What is to be said on connections that are still being opened for it.
        var errands: [LinkID: InvitationForBridge] = [:]
        /// By the ticket that the machine has for them, their key.
        var questions: [UInt64: Question] = [:]
        var lastAnswer: UInt64 = 0
        var statistics = PoolStatistics()
        /// What bridges sign with, for all of them to know.
        var keys = BridgeKeyRing()
        /// The wake-up that is planned; a later one that still fires is ignored.
        var wakeUp: Instant?
        var observer: Observer?
        var announced = ConnectedBridges(bridges: [], absent: 0, revision: 0)
        var drained: EventLoopPromise<Void>?
        /// Connections that were dialled, from open to really closed, the forgotten ones included.
        var open: Set<UInt64> = []
        var closed: EventLoopPromise<Void>?
    }

    struct Socket: Sendable {
        /// Where it was dialled; nil if the bridge dialled in.
        var url: WebSocketURL?
        var connection: WebSocketConnection?
        var bridge: ConnectedBridge?
        /// What the bridge announced beyond the existing network.
        var features: LinkFeatures = []
        var chatter: UnexpectedMessages
    }

    let configuration: Configuration
    let client: WebSocketClient
    let clock: SystemClock
    private let eventLoop: any EventLoop
    let state: Mutex<State>

    /// - Parameter client: dials the bridges. Its limits decide how long a message may be and how long a handshake may take.
    public init(
        configuration: Configuration,
        client: WebSocketClient,
        eventLoop: any EventLoop,
        clock: SystemClock
    ) {
        self.configuration = configuration
        self.client = client
        self.clock = clock
        self.eventLoop = eventLoop
        let addresses = configuration.bridges.map(\.poolAddress)
        state = Mutex(
            State(
                machine: Machine(bridges: addresses, configuration: configuration.pool),
                secret: configuration.secret,
                targets: Self.targets(of: configuration.bridges)
            )
        )
    }

    /// A client that dials bridges as this pool expects it.
    public static func client(
        for settings: Settings,
        trust: ClientTrust = .system,
        group: any EventLoopGroup,
        logger: Logger
    ) -> WebSocketClient {
        var limits = WebSocketLimits.client
        limits.handshakeTimeout = settings.connectTimeout
        limits.maxMessageBytes = maxMessageBytes
        return WebSocketClient(group: group, limits: limits, logger: logger, trust: trust)
    }

    /// A pool that never ran keeps nobody waiting.
    deinit {
        state.withLock { state in
            state.drained?.succeed()
            state.closed?.succeed()
        }
    }

    private static func targets(of bridges: [BridgeTarget]) -> [String: WebSocketURL] {
        Dictionary(bridges.map { ($0.poolAddress.address, $0.url) }, uniquingKeysWith: { first, _ in first })
    }

    // MARK: What the owner asks for

    /// Dials every bridge, in parallel.
    public func start(observer: Observer) {
        step(changesLinks: true) { state, now, actions in
            state.observer = observer
            state.machine.start(at: now, actions: &actions)
        }
    }

    /// The configuration names these bridges, and this secret, now. Links of bridges that stay are not touched.
    public func reconfigure(bridges: [BridgeTarget], secret: Secret) {
        step(changesLinks: true) { state, now, actions in
            state.secret = secret
            state.targets = Self.targets(of: bridges)
            state.machine.reconfigure(bridges.map(\.poolAddress), at: now, actions: &actions)
        }
    }

    /// Accepts no more questions, and returns when the last has ended, or after `limit`, which ends them.
    public func drain(within limit: Duration) async {
        let promise = eventLoop.makePromise(of: Void.self)
        step(changesLinks: false) { state, now, actions in
            state.drained?.succeed()
            state.drained = promise
            state.machine.drain(until: now + limit, at: now, actions: &actions)
        }
        // Kept by `drained`, by `stop`, or with the pool itself; it never fails.
        try? await promise.futureResult.get()
    }

    /// Ends every question and closes every link.
    public func stop() {
        step(changesLinks: true) { state, now, actions in
            state.machine.stop(at: now, actions: &actions)
            state.drained?.succeed()
            state.drained = nil
        }
    }

    /// As `stop`, and returns when every connection that was dialled is closed, so that the bridges read why; or after `limit`.
    public func stop(within limit: Duration) async {
        let promise = eventLoop.makePromise(of: Void.self)
        stop()
        let isClosed = state.withLock { state in
            state.closed?.succeed()
            state.closed = state.open.isEmpty ? nil : promise
            return state.open.isEmpty
        }
        if isClosed { return promise.succeed() }
        let overdue = eventLoop.scheduleTask(in: .nanoseconds(limit.wholeNanoseconds)) { [weak self] in
            self?.allClosed()
        }
        // Kept by the last connection to close, by the limit, or with the pool itself; it never fails.
        try? await promise.futureResult.get()
        overdue.cancel()
    }

    private func allClosed() {
        let promise = state.withLock { state in
            defer { state.closed = nil }
            return state.closed
        }
        promise?.succeed()
    }

    /// Asks a bridge who can help the newcomer. `completion` is called once, perhaps before this returns.
    ///
    /// - Parameters:
    ///   - key: names the question for `cancel`; the caller does not use it twice at a time.
    ///   - source: whose question it is: those of one source wait behind each other, not in front of others.
    public func ask(
        key: UInt64,
        newcomer: NodeID,
        metadata: RawJSON,
        source: SourceID = SourceID(value: 0),
        completion: @escaping @Sendable (Outcome, JoinPassage) -> Void
    ) {
        let question = Question(newcomer: newcomer, metadata: metadata, completion: completion)
        step(changesLinks: false) { state, now, actions in
            state.questions[key] = question
            let id = state.machine.submit(
                Ticket(value: key),
                source: source,
                at: now,
                using: &state.generator,
                actions: &actions
            )
            state.questions[key]?.id = id
        }
    }

    /// Nobody waits for the answer any more; `completion` is not called unless it already was.
    ///
    /// - Returns: the way of the question until now; nil if it has ended already.
    @discardableResult
    public func cancel(key: UInt64) -> JoinPassage? {
        var passage: JoinPassage?
        step(changesLinks: false) { state, now, actions in
            guard let question = state.questions.removeValue(forKey: key), let id = question.id,
                let receipt = state.machine.cancel(id, at: now, actions: &actions)
            else { return }
            passage = JoinPassage(of: id, for: question.newcomer, receipt, bridge: nil, in: state.machine, at: now)
        }
        return passage
    }

    /// Hands an invitation to a bridge over its link; false if there is no link on which it could take one, or no room there.
    @discardableResult
    public func invite(_ bridge: NodeID, _ invitation: InvitationForBridge) -> Bool {
        var connection: WebSocketConnection?
        var isPromised = false
        step(changesLinks: false) { state, now, actions in
            guard let link = state.machine.errand(to: bridge.description, at: now, actions: &actions) else { return }
            if let open = state.sockets[link]?.connection {
                connection = open
            } else {
                state.errands[link] = invitation
                isPromised = true
            }
        }
        guard let connection else { return isPromised }
        guard connection.isWritable else { return false }
        connection.send(BootstrapToBridge.invitationForBridge(invitation).encode())
        return true
    }

    /// What is known of each bridge, and what the pool counted.
    public func report() -> PoolReport {
        state.withLock { state in
            let now = clock.now()
            return PoolReport(
                endpoints: state.machine.reports(at: now),
                counters: state.machine.counters,
                statistics: state.statistics,
                pending: state.machine.pendingCount,
                waiting: state.machine.waitingCount,
                waitingLimit: state.machine.configuration.maxWaiting,
                now: now
            )
        }
    }

    /// The most requests that were in flight, and that waited, at a time, since the last call.
    public func takePeaks() -> (inFlight: Int, waiting: Int) {
        state.withLock { state in
            let waiting = state.machine.waitingCount
            let inFlight = state.machine.pendingCount - waiting
            defer {
                state.statistics.peakInFlight = 0
                state.statistics.peakWaiting = 0
            }
            return (max(inFlight, state.statistics.peakInFlight), max(waiting, state.statistics.peakWaiting))
        }
    }

    // MARK: Bridges that dial in

    /// A bridge proved the secret on a connection that it opened. From now on what is heard there is reported under this id.
    ///
    /// - Parameters:
    ///   - isNative: it announced features: it is one of ours, and is authenticated like one that was dialled.
    ///   - isStatelessEra: it shows signs of the stateless era, in which nothing is answered on such a connection.
    ///   - note: hears the id before anything is said on the connection, under the pool's lock: it must not call the pool.
    @discardableResult
    public func adopt(
        _ connection: WebSocketConnection,
        of bridge: ConnectedBridge,
        isNative: Bool,
        isStatelessEra: Bool,
        note: (LinkID) -> Void
    ) -> LinkID {
        var link = LinkID(value: 0)
        step(changesLinks: true) { state, now, actions in
            let name = bridge.nodeID.description
            let dialIn = DialIn(bridge: name, isNative: isNative, isStatelessEra: isStatelessEra)
            link = state.machine.dialledIn(dialIn, at: now, using: &state.generator, actions: &actions)
            var socket = Socket(url: nil, connection: connection, chatter: UnexpectedMessages(at: now))
            // One of ours introduces itself once more when it is authenticated.
            if !isNative { socket.bridge = bridge }
            state.sockets[link] = socket
            state.descriptions[name] = bridge
            note(link)
        }
        return link
    }

    /// A bridge that dialled in says something new of itself.
    public func describe(_ link: LinkID, _ bridge: ConnectedBridge) {
        step(changesLinks: true) { state, _, _ in
            guard state.sockets[link] != nil else { return }
            state.sockets[link]?.bridge = bridge
            state.descriptions[bridge.nodeID.description] = bridge
        }
    }

    // MARK: What the links say

    func opened(_ link: LinkID, _ connection: WebSocketConnection) {
        let isWanted = state.withLock { state in
            state.open.insert(connection.id)
            guard state.sockets[link] != nil else { return false }
            state.sockets[link]?.connection = connection
            return true
        }
        // The pool gave this dial up while the handshake was on its way.
        guard isWanted else { return connection.abort() }
        step(changesLinks: true) { state, now, actions in state.machine.opened(link, at: now, actions: &actions) }
    }

    /// A message on a link.
    public func received(_ message: BridgeToBootstrap, on link: LinkID) {
        switch message {
        case .authSuccess(let success):
            authenticated(success, on: link)
        case .authFailed(let failure):
            refused(failure.message ?? failure.error ?? "auth_failed", on: link)
        case .onboardingPeerResponse(let response):
            answered(response, on: link)
        case .ping(let ping):
            pinged(ping, on: link)
        case .pong(let pong):
            pongReceived(link, load: pong.load.map(LoadReport.init))
        case .bridgeInvitationAccepted(let notice):
            notified(.invitationAccepted(notice), on: link)
        case .bridgeInvitationFailed(let notice):
            notified(.invitationFailed(notice), on: link)
        case .bridgeHealthUpdate(let notice):
            notified(.health(notice), on: link)
        case .getConnectedClients(let request):
            notified(.clientsAsked(request, on: link), on: link, usedBy: .clients)
        case .reconnectionResult, .genesisConnectionResult, .error, .unknown:
            unexpected(on: link) { _, _, _ in }
        }
    }

    func unreadable(_ error: WireError, on link: LinkID) {
        // An answer that cannot be read moves its request on: waiting for its time to run out would help nobody.
        let id = error.requestID.flatMap { RequestID($0.text) }
        unexpected(on: link) { state, now, actions in
            state.statistics.unreadableMessages += 1
            guard let id else { return }
            state.machine.answered(id, on: link, .unusable, at: now, using: &state.generator, actions: &actions)
        }
    }

    public func heard(_ link: LinkID) {
        state.withLock { state in state.machine.heard(link, at: clock.now()) }
    }

    public func pongReceived(_ link: LinkID, load: LoadReport? = nil) {
        state.withLock { state in state.machine.pongReceived(link, load: load, at: clock.now()) }
    }

    public func writabilityChanged(_ link: LinkID, isWritable: Bool) {
        step(changesLinks: false) { state, now, actions in
            state.machine.writabilityChanged(link, isWritable: isWritable, at: now, actions: &actions)
        }
    }

    public func closed(_ link: LinkID, _ reason: String) {
        step(changesLinks: true) { state, now, actions in
            state.sockets[link] = nil
            state.errands[link] = nil
            state.machine.closed(link, reason: reason, at: now, using: &state.generator, actions: &actions)
        }
    }

    /// A connection that was dialled is really closed.
    func ended(_ connection: WebSocketConnection) {
        let isLast = state.withLock { state in
            state.open.remove(connection.id)
            return state.open.isEmpty && state.closed != nil
        }
        if isLast { allClosed() }
    }

    func refused(_ reason: String, on link: LinkID) {
        step(changesLinks: true) { state, now, actions in
            state.machine.authenticationRefused(
                link,
                reason: String(reason.prefix(128)),
                at: now,
                using: &state.generator,
                actions: &actions
            )
        }
    }

    private func authenticated(_ success: AuthSuccess, on link: LinkID) {
        step(changesLinks: true) { state, now, actions in
            // Said once; a second one changes nothing, least of all who the bridge is.
            guard let socket = state.sockets[link], socket.bridge == nil else { return }
            let name = success.bridgeNodeID.description
            // Who dialled in has introduced itself.
            let introduced = socket.url == nil ? state.descriptions[name] : nil
            let bridge = introduced ?? ConnectedBridge(success, dialledAt: socket.url)
            state.sockets[link]?.bridge = bridge
            state.sockets[link]?.features = LinkFeatures(names: success.features ?? [])
            state.descriptions[name] = bridge
            state.machine.authenticated(
                link,
                bridge: name,
                traits: success.features.map {
                    BridgeTraits(features: LinkFeatures(names: $0), window: success.window)
                },
                at: now,
                using: &state.generator,
                actions: &actions
            )
            shareKeys(learning: success.publicKey, of: success.bridgeNodeID, from: link, &state)
        }
    }

    private func pinged(_ ping: Ping, on link: LinkID) {
        unexpected(on: link) { state, now, _ in state.machine.pinged(link, at: now) }
        let pong = Pong(
            requestID: ping.requestID,
            timestamp: SystemClock.unixMilliseconds(),
            originalTimestamp: ping.timestamp
        )
        let connection = state.withLock { $0.sockets[link]?.connection }
        connection?.send(BootstrapToBridge.pong(pong).encode())
    }

    private func answered(_ response: OnboardingPeerResponse, on link: LinkID) {
        // An id that is not of our making was never asked.
        guard let id = RequestID(response.requestID.text) else {
            return unexpected(on: link) { state, now, _ in
                state.statistics.unknownAnswers += 1
                state.machine.heard(link, at: now)
            }
        }
        step(changesLinks: false) { state, now, actions in
            let dropped = state.machine.counters.droppedAnswers
            state.lastAnswer += 1
            let ticket = Ticket(value: state.lastAnswer)
            let key = state.machine.ticket(of: id)?.value
            let verdict = Machine.Verdict(response, ticket)
            if state.machine.answered(id, on: link, verdict, at: now, using: &state.generator, actions: &actions),
                verdict.ticket != nil, let key
            {
                state.questions[key]?.answer = (ticket, response)
            }
            guard state.machine.counters.droppedAnswers > dropped else { return }
            chatter(on: link, &state, now, &actions)
        }
    }

    /// - Parameter feature: what both ends must have announced for it; nothing, where it is of the existing network.
    private func notified(_ notice: BridgeNotice, on link: LinkID, usedBy feature: LinkFeatures = []) {
        var told: (NodeID, Observer)?
        unexpected(on: link) { state, _, _ in
            guard let socket = state.sockets[link], socket.features.isSuperset(of: feature),
                let bridge = socket.bridge?.nodeID, let observer = state.observer
            else { return }
            told = (bridge, observer)
        }
        if let (bridge, observer) = told { observer.notified(bridge, notice) }
    }

    /// A step for what a bridge says unasked: a sign of life, and bounded.
    private func unexpected(
        on link: LinkID,
        _ event: (inout State, Instant, inout [Machine.Action]) -> Void
    ) {
        step(changesLinks: false) { state, now, actions in
            state.machine.heard(link, at: now)
            event(&state, now, &actions)
            chatter(on: link, &state, now, &actions)
        }
    }

    private func chatter(on link: LinkID, _ state: inout State, _ now: Instant, _ actions: inout [Machine.Action]) {
        guard state.sockets[link]?.chatter.admit(at: now) == false else { return }
        state.statistics.floods += 1
        state.machine.closed(
            link,
            reason: "flooded with messages that answer nothing",
            at: now,
            using: &state.generator,
            actions: &actions
        )
        actions.append(.close(link, .flooding))
    }

    // MARK: The one path from event to effect

    private func step(changesLinks: Bool, _ event: (inout State, Instant, inout [Machine.Action]) -> Void) {
        let now = clock.now()
        let effects = state.withLock { state in
            var actions: [Machine.Action] = []
            event(&state, now, &actions)
            return resolve(actions, changesLinks: changesLinks, at: now, &state)
        }
        for effect in effects { perform(effect) }
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
        step(changesLinks: true) { state, now, actions in
            state.machine.tick(at: now, using: &state.generator, actions: &actions)
        }
    }

    private func perform(_ effect: Effect) {
        switch effect {
        case .dial(let link, let url):
            client.connect(to: url, handler: LinkHandler(pool: self, link: link)).whenFailure { [self] error in
                closed(link, "\(error)")
            }
        case .undiallable(let link):
            closed(link, "the address is not in the configuration any more")
        case .wake(let instant):
            wake(at: instant)
        case .authenticate, .send, .withdraw, .ping, .invite, .close, .finish, .statusChanged, .noticed, .announce,
            .drained:
            effect.perform(as: configuration.name)
        }
    }
}
