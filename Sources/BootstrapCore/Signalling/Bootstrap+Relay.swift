import Kademlia
import Relaying
import Timekeeping
import WireMessages

/// Relaying between two clients that cannot reach each other (protocol.md 2.12, 4.8); `RelayDesk` decides.
extension Bootstrap {
    mutating func relay(
        _ request: RelayRequest,
        on connection: ConnectionID,
        at now: Moment,
        actions: inout [Action]
    ) {
        guard let node = registeredNode(on: connection) else {
            let refusal = RelayAck(
                sessionID: request.sessionID,
                success: false,
                timestamp: now.unixMilliseconds,
                error: RelayRefusal.unauthorized.rawValue
            )
            actions.append(.send(connection, .relayAck(refusal)))
            return
        }
        let target: RelayTarget =
            switch holder(of: request.targetPeerID) {
            case let client? where client.isBridge: .bridge
            case .some: .connected
            case nil: .unknown
            }
        let delivery = relays.open(request, by: node, to: target, at: now)
        deliver([delivery], actions: &actions)
        armRelay()
    }

    mutating func relay(
        _ message: RelayForward,
        on connection: ConnectionID,
        at now: Moment,
        actions: inout [Action]
    ) {
        guard let node = registeredNode(on: connection) else { return }
        let deliveries = relays.forward(message, from: node, at: now)
        deliver(deliveries, actions: &actions)
    }

    mutating func relay(_ ping: RelayPing, on connection: ConnectionID, at now: Moment, actions: inout [Action]) {
        guard let node = registeredNode(on: connection) else { return }
        let deliveries = relays.ping(ping, from: node, at: now)
        deliver(deliveries, actions: &actions)
    }

    mutating func relay(
        _ message: RelayClose,
        on connection: ConnectionID,
        at now: Moment,
        actions: inout [Action]
    ) {
        guard let node = registeredNode(on: connection) else { return }
        let deliveries = relays.close(message, from: node, at: now)
        deliver(deliveries, actions: &actions)
    }

    mutating func relaysDue(at now: Moment, actions: inout [Action]) {
        let deliveries = relays.expire(at: now)
        deliver(deliveries, actions: &actions)
        armRelay()
    }

    /// Nobody speaks under this id any more.
    mutating func endRelays(of node: NodeID, at now: Moment, actions: inout [Action]) {
        let deliveries = relays.disconnected(node, at: now)
        deliver(deliveries, actions: &actions)
        armRelay()
    }

    private func deliver(_ deliveries: some Sequence<RelayDelivery>, actions: inout [Action]) {
        for delivery in deliveries {
            guard let client = holder(of: .node(delivery.recipient)) else { continue }
            actions.append(.send(client.connection, BootstrapToPeer(relay: delivery.message)))
        }
    }

    private func deliver(_ delivery: RelayDelivery?, actions: inout [Action]) {
        if let delivery { deliver([delivery], actions: &actions) }
    }

    private mutating func armRelay() {
        if let next = relays.nextDeadline() { timers.set(.relay, at: next) } else { timers.cancel(.relay) }
    }
}

extension BootstrapToPeer {
    fileprivate init(relay message: RelayMessage) {
        switch message {
        case .ack(let message): self = .relayAck(message)
        case .forward(let message): self = .relayForward(message)
        case .close(let message): self = .relayClose(message)
        case .pong(let message): self = .relayPong(message)
        }
    }
}
