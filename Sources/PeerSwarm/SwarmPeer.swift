import DHTTestKit
import Kademlia
import NIOCore
import PeerCore
import Telemetry
import Timekeeping
import WebSocketTransport
import WireMessages

/// One simulated peer on real sockets: carries out what its machine decides. Lives on the swarm's event loop and nowhere else.
final class SwarmPeer {
    /// What one swarm's peers share.
    struct Surroundings {
        let eventLoop: any EventLoop
        let client: WebSocketClient
        let bootstrap: WebSocketURL
        let clock: SystemClock
        let observer: any SwarmObserver
    }

    private let surroundings: Surroundings
    private var machine: SimulatedPeer
    private var generator: SeededGenerator

    private var clientConnection: WebSocketConnection?
    private var connections: [DHTLinkID: WebSocketConnection] = [:]
    /// Links by the connection that somebody else opened to us.
    private var acceptedLinks: [UInt64: DHTLinkID] = [:]
    /// Dials whose connection is not there yet.
    private var dialling: Set<DHTLinkID> = []

    private var waitingActions: [SimulatedPeer.Action] = []
    private var isActing = false
    private var isStopped = false
    private var alarm: (due: Instant, task: Scheduled<Void>)?
    private var wasConnected = false
    private var wasSettled = false

    init(machine: SimulatedPeer, generator: SeededGenerator, surroundings: Surroundings) {
        self.machine = machine
        self.generator = generator
        self.surroundings = surroundings
    }

    var id: NodeID { machine.id }

    func start() {
        surroundings.observer.joinStarted()
        handle { $0.start(at: $2) }
    }

    func stop() {
        guard !isStopped else { return }
        handle { machine, _, _ in machine.stop() }
        isStopped = true
        alarm?.task.cancel()
        alarm = nil
    }

    // MARK: Events

    /// The one path from an event to its effects.
    private func handle(
        _ event: (inout SimulatedPeer, inout SeededGenerator, Moment) -> [SimulatedPeer.Action]
    ) {
        guard !isStopped else { return }
        waitingActions += event(&machine, &generator, surroundings.clock.moment())
        // Before its effects, so that whoever hears of a join finds the peer connected.
        noteConnectedness()
        // An effect may report its outcome at once, a refused dial for instance; what follows from that waits its turn.
        guard !isActing else { return }
        isActing = true
        while !waitingActions.isEmpty {
            let actions = waitingActions
            waitingActions = []
            for action in actions { perform(action) }
        }
        isActing = false
        setAlarm()
    }

    private func perform(_ action: SimulatedPeer.Action) {
        switch action {
        case .openClientLink:
            connect(to: surroundings.bootstrap, as: .client) { $0.clientLinkClosed(at: $2) }
        case .closeClientLink:
            clientConnection?.close(.normal, reason: "Manual disconnect")
        case .tell(let message):
            guard let clientConnection else { return }
            surroundings.observer.messageSent()
            clientConnection.send(message.encode())
        case .dial(let link, let address):
            guard let url = try? WebSocketURL(address) else {
                handle { $0.linkClosed(link, at: $2) }
                return
            }
            dialling.insert(link)
            connect(to: url, as: .dialled(link)) { [weak self] machine, _, now in
                self?.dialling.remove(link)
                return machine.linkClosed(link, at: now)
            }
        case .send(let message, let link):
            guard let connection = connections[link] else { return }
            surroundings.observer.messageSent()
            connection.send(message.encode())
        case .close(let link):
            dialling.remove(link)
            connections.removeValue(forKey: link)?.close(.normal, reason: "done")
        case .report(let report):
            surroundings.observer.report(report, of: id)
        }
    }

    private func connect(
        to url: WebSocketURL,
        as role: SwarmConnection.Role,
        onFailure: @escaping (inout SimulatedPeer, inout SeededGenerator, Moment) -> [SimulatedPeer.Action]
    ) {
        let handler = SwarmConnection(peer: NIOLoopBound(self, eventLoop: surroundings.eventLoop), role: role)
        surroundings.client.connect(to: url, handler: handler).assumeIsolated().whenComplete { result in
            switch result {
            case .success: break
            case .failure: self.handle(onFailure)
            }
        }
    }

    private func noteConnectedness() {
        let isConnected = machine.linkedPeerCount > 0
        if isConnected != wasConnected {
            wasConnected = isConnected
            surroundings.observer.connectednessChanged(of: id, to: isConnected)
        }
        let isSettled = isConnected && !machine.isDialling
        if isSettled != wasSettled {
            wasSettled = isSettled
            if isSettled { surroundings.observer.settledIn(id) }
        }
    }

    /// One timer for everything that the machine waits for. An earlier one stays armed: it finds nothing due and is set anew.
    private func setAlarm() {
        guard !isStopped, let due = machine.nextDeadline else { return }
        if let alarm, alarm.due <= due { return }
        alarm?.task.cancel()
        let pause = max(due - surroundings.clock.now(), .zero)
        let task = surroundings.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(pause)) {
            self.alarm = nil
            self.handle { $0.tick(at: $2, using: &$1) }
        }
        alarm = (due, task)
    }
}

// MARK: Connections

extension SwarmPeer {
    func opened(_ connection: WebSocketConnection, as role: SwarmConnection.Role) {
        guard !isStopped else { return connection.close(.goingAway, reason: "stopped") }
        switch role {
        case .client:
            clientConnection = connection
            handle { $0.clientLinkOpened(at: $2, using: &$1) }
        case .dialled(let link):
            guard dialling.remove(link) != nil else { return connection.close(.normal, reason: "done") }
            connections[link] = connection
            handle { $0.linkOpened(link, at: $2) }
        case .accepted:
            var accepted: DHTLinkID?
            handle { machine, _, now in
                accepted = machine.linkAccepted(at: now)
                return []
            }
            guard let accepted else { return connection.close(.tryAgainLater, reason: "too many links") }
            connections[accepted] = connection
            acceptedLinks[connection.id] = accepted
        }
    }

    func received(_ message: WebSocketMessage, on connection: WebSocketConnection, as role: SwarmConnection.Role) {
        surroundings.observer.messageReceived()
        switch role {
        case .client:
            // What we cannot read is ignored, as existing clients do (protocol.md 0.4).
            guard let message: BootstrapToPeer = decode(message) else { return }
            handle { $0.heard(message, at: $2, using: &$1) }
        case .dialled(let link):
            guard let message: DHTMessage = decode(message) else { return }
            handle { $0.heard(message, on: link, at: $2, using: &$1) }
        case .accepted:
            guard let link = acceptedLinks[connection.id], let message: DHTMessage = decode(message) else { return }
            handle { $0.heard(message, on: link, at: $2, using: &$1) }
        }
    }

    func closed(_ connection: WebSocketConnection, as role: SwarmConnection.Role) {
        switch role {
        case .client:
            guard clientConnection?.id == connection.id else { return }
            clientConnection = nil
            handle { $0.clientLinkClosed(at: $2) }
        case .dialled(let link):
            connections[link] = nil
            handle { $0.linkClosed(link, at: $2) }
        case .accepted:
            guard let link = acceptedLinks.removeValue(forKey: connection.id) else { return }
            connections[link] = nil
            handle { $0.linkClosed(link, at: $2) }
        }
    }

    private func decode<Message: WireConversation>(_ message: WebSocketMessage) -> Message? {
        message.payload.withUnsafeReadableBytes { try? Message.decode($0) }
    }
}

/// One WebSocket of one simulated peer.
final class SwarmConnection: WebSocketHandler {
    enum Role: Sendable {
        case client
        case dialled(DHTLinkID)
        case accepted
    }

    private let peer: NIOLoopBound<SwarmPeer>
    private let role: Role

    init(peer: NIOLoopBound<SwarmPeer>, role: Role) {
        self.peer = peer
        self.role = role
    }

    func opened(_ connection: WebSocketConnection) {
        peer.value.opened(connection, as: role)
    }

    func received(_ message: WebSocketMessage, on connection: WebSocketConnection) {
        peer.value.received(message, on: connection, as: role)
    }

    func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) {
        peer.value.closed(connection, as: role)
    }
}
