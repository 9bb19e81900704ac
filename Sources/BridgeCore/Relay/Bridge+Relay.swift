import Kademlia
import Relaying
import Timekeeping
import WireMessages

/// Relaying between peers that cannot reach each other (protocol.md 4.8).
extension Bridge {
    mutating func relay(_ request: RelayRequest, of id: NodeID, at now: Moment) -> [BridgeAction] {
        let delivery = relays.open(request, by: id, to: standing(request.targetPeerID.node), at: now)
        armRelay()
        return deliver([delivery], at: now.instant)
    }

    mutating func relay(_ message: RelayForward, of id: NodeID, at now: Moment) -> [BridgeAction] {
        guard let delivery = relays.forward(message, from: id, at: now) else { return [] }
        // Whoever left without our noticing is noticed here at the latest.
        guard peers.contains(delivery.recipient) else { return endRelaysIfGone(delivery.recipient, at: now) }
        return deliver([delivery], at: now.instant)
    }

    mutating func relay(_ ping: RelayPing, of id: NodeID, at now: Moment) -> [BridgeAction] {
        let deliveries = relays.ping(ping, from: id, at: now)
        return deliver(deliveries, at: now.instant)
    }

    mutating func relay(_ message: RelayClose, of id: NodeID, at now: Moment) -> [BridgeAction] {
        let deliveries = relays.close(message, from: id, at: now)
        return deliver(deliveries, at: now.instant)
    }

    /// A socket of a peer is gone; if it was the last one, its sessions end.
    mutating func endRelaysIfGone(_ id: NodeID, at now: Moment) -> [BridgeAction] {
        guard !peers.contains(id) else { return [] }
        let deliveries = relays.disconnected(id, at: now)
        return deliver(deliveries, at: now.instant)
    }

    mutating func expireRelays(at now: Moment) -> [BridgeAction] {
        let deliveries = relays.expire(at: now)
        armRelay()
        return deliver(deliveries, at: now.instant)
    }

    private mutating func armRelay() {
        if let next = relays.nextDeadline() { timers.set(.relay, at: next) }
    }

    private func standing(_ target: NodeID?) -> RelayTarget {
        guard let target else { return .unknown }
        guard let candidate = peers.candidate(target) else { return routing[target] == nil ? .unknown : .known }
        return candidate.kind == .bridge ? .bridge : .connected
    }

    /// Takes what the desk said already: a call of the desk among the arguments would have all of `self` copied first.
    private func deliver(_ deliveries: some Sequence<RelayDelivery>, at now: Instant) -> [BridgeAction] {
        deliveries.compactMap { delivery in
            socket(of: delivery.recipient, at: now).map { .sendToPeer($0, DHTMessage(relay: delivery.message)) }
        }
    }

    private func deliver(_ delivery: RelayDelivery?, at now: Instant) -> [BridgeAction] {
        delivery.map { deliver([$0], at: now) } ?? []
    }
}

extension DHTMessage {
    fileprivate init(relay message: RelayMessage) {
        switch message {
        case .ack(let message): self = .relayAck(message)
        case .forward(let message): self = .relayForward(message)
        case .close(let message): self = .relayClose(message)
        case .pong(let message): self = .relayPong(message)
        }
    }
}
