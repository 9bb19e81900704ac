import DHTTestKit
import Kademlia
import Logging
import NIOCore
import PeerCore
import Synchronization
import Telemetry
import Timekeeping
import WebSocketTransport

/// All peers of one swarm, and the order in which they come. Lives on the swarm's event loop and nowhere else.
final class SwarmStage: SwarmObserver {
    private let configuration: PeerSwarm.Configuration
    private let eventLoop: any EventLoop
    private let metrics: Metrics
    private let progress: SwarmProgress
    private let logger: Logger
    private let clock = SystemClock()

    private var generator: SeededGenerator
    /// Who can be dialled: all that did not leave, and those that fell silent a while ago.
    private var peers: [NodeID: SwarmPeer] = [:]
    /// Those that did not leave.
    private var present: [SwarmPeer] = []
    private var waiting: [SwarmPeer] = []
    private var lead: NodeID?
    private var leadDeadline: Scheduled<Void>?
    private var nursery: Nursery?
    private var schedule: ChurnSchedule?
    private var genesis: (id: NodeID, since: Instant)?
    private var isSettled = false
    private var isStopped = false

    /// What newcomers are made with.
    private struct Nursery {
        var port: Int
        var surroundings: SwarmPeer.Surroundings
    }

    /// How long the genesis peer stays at least: the bridges hear of the network from nobody else at first.
    private static let genesisStay = Duration.seconds(30)
    /// When the connections of a silent peer are given up: after each of its partners should have noticed by itself.
    private static let silentConnections = Duration.seconds(60)

    /// Shared with whoever takes snapshots, on whatever thread.
    final class Metrics: Sendable {
        let values = Mutex(SwarmMetrics())
    }

    init(
        configuration: PeerSwarm.Configuration,
        eventLoop: any EventLoop,
        metrics: Metrics,
        progress: SwarmProgress,
        logger: Logger
    ) {
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.metrics = metrics
        self.progress = progress
        self.logger = logger
        self.generator = SeededGenerator(seed: configuration.seed ?? .random(in: .min ... .max))
    }

    /// The peers listen on `port` now: creates them and lets the first one begin.
    func begin(listeningOn port: Int) {
        guard !isStopped else { return }
        let nursery = Nursery(
            port: port,
            surroundings: SwarmPeer.Surroundings(
                eventLoop: eventLoop,
                client: WebSocketClient(group: eventLoop, logger: logger),
                bootstrap: configuration.bootstrap,
                clock: clock,
                observer: self
            )
        )
        self.nursery = nursery
        for _ in 0..<configuration.count { waiting.append(addPeer(from: nursery)) }
        // Taken from the end from now on.
        waiting.reverse()
        guard let first = waiting.popLast() else {
            progress.settlement.reach(1)
            return
        }
        lead = first.id
        leadDeadline = eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(configuration.leadTimeout)) {
            self.logger.warning("first peer is not in yet, the others start without it", [.peer: "\(first.id)"])
            self.openTheDoors()
        }
        first.start()
    }

    /// Closes every connection of every peer.
    func stop() {
        isStopped = true
        leadDeadline?.cancel()
        waiting.removeAll()
        for peer in peers.values { peer.stop() }
        progress.end()
    }

    /// The peer that listens at `path`, with or without a query.
    func peer(at path: String) -> SwarmPeer? {
        guard !isStopped else { return nil }
        let name = path.prefix { $0 != "?" }.split(separator: "/").last
        return name.flatMap { NodeID($0) }.flatMap { peers[$0] }
    }

    private func addPeer(from nursery: Nursery) -> SwarmPeer {
        let id = NodeID.random(using: &generator)
        let key = PeerKey(using: &generator)
        let identity = PeerIdentity(
            id: id,
            publicKey: key.publicKey,
            address: "ws://\(configuration.host):\(nursery.port)/\(id)",
            sign: key.sign
        )
        let settings = SimulatedPeer.Settings(joinTimeout: configuration.joinTimeout)
        let peer = SwarmPeer(
            machine: SimulatedPeer(identity: identity, settings: settings),
            generator: SeededGenerator(seed: generator.next()),
            surroundings: nursery.surroundings
        )
        peers[id] = peer
        present.append(peer)
        metrics.values.withLock { $0.introductions.came(id) }
        return peer
    }

    // MARK: Arrival

    /// The first peer is in, or will not be: the others may come.
    private func openTheDoors() {
        guard lead != nil else { return }
        lead = nil
        leadDeadline?.cancel()
        leadDeadline = nil
        switch configuration.arrival {
        case .together:
            while let peer = waiting.popLast() { peer.start() }
        case .perSecond(let rate):
            // At least one an hour, at most one a microsecond: any rate gives a valid pause.
            let pause = Duration.seconds(min(max(1 / rate, 1e-6), 3600))
            startNext(every: TimeAmount(pause))
        }
    }

    private func startNext(every pause: TimeAmount) {
        guard let peer = waiting.popLast() else { return }
        peer.start()
        eventLoop.assumeIsolated().scheduleTask(in: pause) { self.startNext(every: pause) }
    }

    // MARK: Churn

    private func beginChurn() {
        schedule = ChurnSchedule(
            percentPerMinute: configuration.churn.percentPerMinute,
            of: configuration.count,
            startingAt: clock.now()
        )
        scheduleReplacement()
    }

    private func scheduleReplacement() {
        guard !isStopped, let due = schedule?.next(using: &generator) else { return }
        let pause = max(due - clock.now(), .zero)
        eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(pause)) {
            self.replaceOne()
            self.scheduleReplacement()
        }
    }

    /// One peer leaves, a newcomer comes.
    private func replaceOne() {
        guard !isStopped, let nursery else { return }
        let now = clock.now()
        let staying = genesis.flatMap { now - $0.since < Self.genesisStay ? $0.id : nil }
        guard let index = present.indices.filter({ present[$0].id != staying }).randomElement(using: &generator) else {
            return
        }
        present.swapAt(index, present.endIndex - 1)
        let peer = present.removeLast()
        let departure = Departure.draw(silentPercent: configuration.churn.silentPercent, using: &generator)
        metrics.values.withLock { metrics in
            metrics.left(departure)
            if !peer.isJoinOver { metrics.joinAbandoned() }
            metrics.introductions.left(peer.id, at: now)
        }
        logger.debug("peer leaves", [.peer: "\(peer.id)", .reason: "\(departure)"])
        peer.leave(departure)
        switch departure {
        case .stopped, .goingAway, .abrupt:
            peers[peer.id] = nil
        case .silent:
            eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(Self.silentConnections)) {
                self.peers[peer.id] = nil
                peer.stop()
            }
        }
        metrics.values.withLock { $0.newcomerCame() }
        addPeer(from: nursery).start()
    }

    private func introduced(_ newcomer: NodeID, to helper: NodeID) {
        let now = clock.now()
        let (number, gone) = metrics.values.withLock { metrics in
            (
                metrics.introductions.named(helper, to: newcomer, at: now),
                metrics.introductions.goneFor(helper, at: now)
            )
        }
        guard let number else { return }
        if let gone {
            logger.info(
                "helper was gone when it was named",
                [.peer: "\(newcomer)", .node: "\(helper)", .seconds: "\(gone)"]
            )
        }
        eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(IntroductionLedger.patience)) {
            guard !self.isStopped else { return }
            let (unmet, gone) = self.metrics.values.withLock { metrics in
                (
                    metrics.introductions.patienceOver(number, of: newcomer),
                    metrics.introductions.goneFor(helper, at: self.clock.now())
                )
            }
            guard let unmet else { return }
            self.peers[newcomer]?.expectNoMore(of: unmet)
            self.logger.info(
                "introduction led nowhere",
                [
                    .peer: "\(newcomer)", .node: "\(unmet)",
                    .reason: gone.map { "helper left \($0) ago" } ?? "helper is there",
                ]
            )
        }
    }

    // MARK: SwarmObserver

    func joinStarted() { metrics.values.withLock { $0.joinStarted() } }
    func messageSent() { metrics.values.withLock { $0.messageSent() } }
    func messageReceived() { metrics.values.withLock { $0.messageReceived() } }

    func report(_ report: JoinReport, of peer: NodeID) {
        let ended = metrics.values.withLock { $0.report(report, of: peer) }
        switch report {
        case .asked, .answered:
            break
        case .introduced(let helper):
            introduced(peer, to: helper)
        case .genesis:
            genesis = (peer, clock.now())
            // It lets the others in when it has its links: until then the bridges know nobody.
            logger.info("peer is genesis", [.peer: "\(peer)"])
        case .joined(let helper, let latency):
            logger.debug(
                "peer joined",
                metadata: ["peer": "\(peer)", "helper": "\(helper)", "ms": "\(latency.fractionalMilliseconds)"]
            )
            if peer == lead { openTheDoors() }
        case .failed(let failure):
            logger.warning("join failed", [.peer: "\(peer)", .reason: "\(failure)"])
            if peer == lead { openTheDoors() }
        }
        if ended >= configuration.count, !isSettled {
            isSettled = true
            progress.settlement.reach(1)
            beginChurn()
        }
        progress.replacements.reach(ended - configuration.count)
    }

    func met(_ helper: NodeID, by peer: NodeID) {
        metrics.values.withLock { $0.introductions.linked(peer, to: helper) }
    }

    func connectednessChanged(of peer: NodeID, to isConnected: Bool) {
        // The last snapshot shows the swarm as it was before it was stopped.
        guard !isStopped else { return }
        metrics.values.withLock { $0.connectedPeersChanged(by: isConnected ? 1 : -1) }
    }

    func settledIn(_ peer: NodeID) {
        // Linked to every bridge it was told of: whichever bridge a newcomer's question goes to knows somebody.
        if peer == lead { openTheDoors() }
    }
}
