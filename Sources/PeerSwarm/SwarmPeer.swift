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

    /// Only goes forward.
    private enum Life {
        case present
        case silent
        /// What is closed from now on, is closed in this way.
        case gone(Departure)
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
    private var life = Life.present
    /// Connections that came after we fell silent: held, and nothing said.
    private var held: [UInt64: WebSocketConnection] = [:]
    /// Helpers whom answers named and to whom there is no link yet; the observer says when to give up.
    private var expected: [NodeID] = []
    private(set) var isJoinOver = false
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

    /// Leaves in order, or gives up the connections of a silence. Does nothing after another departure.
    func stop() {
        switch life {
        case .present:
            leave(.stopped)
        case .silent:
            life = .gone(.abrupt)
            // Nothing is opened or closed in the machine during a silence, so these are all there were.
            clientConnection?.abort()
            for connection in connections.values { connection.abort() }
            for connection in held.values { connection.abort() }
            connections = [:]
            held = [:]
        case .gone:
            break
        }
    }

    /// No event means anything to the peer afterwards.
    func leave(_ departure: Departure) {
        guard case .present = life else { return }
        alarm?.task.cancel()
        alarm = nil
        switch departure {
        case .silent:
            life = .silent
        case .stopped, .goingAway, .abrupt:
            life = .gone(departure)
            // What an event before this one left to do does not happen any more.
            waitingActions = []
            for action in machine.stop() { perform(action) }
        }
        guard wasConnected else { return }
        wasConnected = false
        surroundings.observer.connectednessChanged(of: id, to: false)
    }

    /// The observer has given up on a link to `helper`.
    func expectNoMore(of helper: NodeID) {
        expected.removeAll { $0 == helper }
    }

    // MARK: Events

    /// The one path from an event to its effects.
    private func handle(
        _ event: (inout SimulatedPeer, inout SeededGenerator, Moment) -> [SimulatedPeer.Action]
    ) {
        guard case .present = life else { return }
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
            if let clientConnection { close(clientConnection, reason: "Manual disconnect") }
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
            if let connection = connections.removeValue(forKey: link) { close(connection, reason: "done") }
        case .report(let report):
            note(report)
        }
    }

    private func note(_ report: JoinReport) {
        switch report {
        case .asked, .answered, .introduced: break
        case .genesis, .joined, .failed: isJoinOver = true
        }
        surroundings.observer.report(report, of: id)
        if case .introduced(let helper) = report {
            expected.append(helper)
            noteMeetings()
        }
    }

    private func noteMeetings() {
        guard !expected.isEmpty else { return }
        let met = expected.filter { machine.isLinked(to: $0) }
        expected.removeAll { met.contains($0) }
        for helper in met { surroundings.observer.met(helper, by: id) }
    }

    private func close(_ connection: WebSocketConnection, reason: String) {
        switch life {
        case .present, .gone(.stopped): connection.close(.normal, reason: reason)
        case .silent: break
        case .gone(.goingAway): connection.close(.goingAway, reason: reason)
        case .gone(.abrupt), .gone(.silent): connection.abort()
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
        noteMeetings()
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
        guard case .present = life, let due = machine.nextDeadline else { return }
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
        switch life {
        case .present: break
        case .silent:
            held[connection.id] = connection
            return
        case .gone: return close(connection, reason: "stopped")
        }
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
        guard case .present = life else { return }
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
        held[connection.id] = nil
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
