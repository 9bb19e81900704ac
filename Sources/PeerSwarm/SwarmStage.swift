import Crypto
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
    private let settlement: Settlement
    private let logger: Logger
    private let clock = SystemClock()

    private var generator: SeededGenerator
    private var peers: [NodeID: SwarmPeer] = [:]
    private var waiting: [SwarmPeer] = []
    private var lead: NodeID?
    private var leadDeadline: Scheduled<Void>?
    private var isStopped = false

    /// Shared with whoever takes snapshots, on whatever thread.
    final class Metrics: Sendable {
        let values = Mutex(SwarmMetrics())
    }

    init(
        configuration: PeerSwarm.Configuration,
        eventLoop: any EventLoop,
        metrics: Metrics,
        settlement: Settlement,
        logger: Logger
    ) {
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.metrics = metrics
        self.settlement = settlement
        self.logger = logger
        self.generator = SeededGenerator(seed: configuration.seed ?? .random(in: .min ... .max))
    }

    /// The peers listen on `port` now: creates them and lets the first one begin.
    func begin(listeningOn port: Int) {
        guard !isStopped else { return }
        let surroundings = SwarmPeer.Surroundings(
            eventLoop: eventLoop,
            client: WebSocketClient(group: eventLoop, logger: logger),
            bootstrap: configuration.bootstrap,
            clock: clock,
            observer: self
        )
        for _ in 0..<configuration.count {
            let peer = makePeer(port: port, surroundings: surroundings)
            peers[peer.id] = peer
            waiting.append(peer)
        }
        // Taken from the end from now on.
        waiting.reverse()
        guard let first = waiting.popLast() else {
            settlement.settle()
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
        settlement.settle()
    }

    /// The peer that listens at `path`, with or without a query.
    func peer(at path: String) -> SwarmPeer? {
        guard !isStopped else { return nil }
        let name = path.prefix { $0 != "?" }.split(separator: "/").last
        return name.flatMap { NodeID($0) }.flatMap { peers[$0] }
    }

    private func makePeer(port: Int, surroundings: SwarmPeer.Surroundings) -> SwarmPeer {
        let id = NodeID.random(using: &generator)
        let key = PeerKey(using: &generator)
        let identity = PeerIdentity(
            id: id,
            publicKey: key.publicKey,
            address: "ws://\(configuration.host):\(port)/\(id)",
            sign: key.sign
        )
        let settings = SimulatedPeer.Settings(joinTimeout: configuration.joinTimeout)
        return SwarmPeer(
            machine: SimulatedPeer(identity: identity, settings: settings),
            generator: SeededGenerator(seed: generator.next()),
            surroundings: surroundings
        )
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

    // MARK: SwarmObserver

    func joinStarted() { metrics.values.withLock { $0.joinStarted() } }
    func messageSent() { metrics.values.withLock { $0.messageSent() } }
    func messageReceived() { metrics.values.withLock { $0.messageReceived() } }

    func report(_ report: JoinReport, of peer: NodeID) {
        let ended = metrics.values.withLock { $0.report(report, of: peer) }
        switch report {
        case .asked, .answered:
            break
        case .genesis:
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
        if ended == configuration.count { settlement.settle() }
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

/// The key of one simulated peer.
struct PeerKey: Sendable {
    let publicKey: String
    let sign: @Sendable ([UInt8]) -> String?

    init(using generator: inout some RandomNumberGenerator) {
        let seed = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        // Any 32 bytes are an Ed25519 private key (RFC 8032, 5.1.5), so the fallback is never taken.
        let key = (try? Curve25519.Signing.PrivateKey(rawRepresentation: seed)) ?? Curve25519.Signing.PrivateKey()
        publicKey = String(hexadecimal: [UInt8](key.publicKey.rawRepresentation))
        sign = { text in (try? key.signature(for: text)).map { String(hexadecimal: [UInt8]($0)) } }
    }
}
