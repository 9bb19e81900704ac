import Kademlia
import Timekeeping
import WireMessages

/// Two browsers start their halves of a WebRTC connection at one moment (protocol.md 2.11); `IceDesk` decides when.
extension Bootstrap {
    mutating func coordinate(
        _ request: IceRequest,
        on connection: ConnectionID,
        at now: Moment,
        actions: inout [Action]
    ) {
        guard let node = registeredNode(on: connection) else {
            actions.append(.send(connection, request.refusalOfStrangers))
            return
        }
        let isHere = reachable(request.target) != nil
        let deliveries = ice.coordinate(request, from: node, isTargetHere: isHere, at: now)
        deliver(deliveries, actions: &actions)
        armIce()
    }

    mutating func iceDue(at now: Moment, actions: inout [Action]) {
        let deliveries = ice.tick(at: now)
        deliver(deliveries, actions: &actions)
        armIce()
    }

    /// Nobody speaks under this id any more.
    mutating func endIce(of node: NodeID, actions: inout [Action]) {
        let deliveries = ice.left(node)
        deliver(deliveries, actions: &actions)
        armIce()
    }

    /// Takes what the desk said already: a call of the desk among the arguments would have all of `self` copied first.
    private func deliver(_ deliveries: [IceDelivery], actions: inout [Action]) {
        for delivery in deliveries {
            guard let client = holder(of: .node(delivery.recipient)) else { continue }
            actions.append(.send(client.connection, delivery.message))
        }
    }

    private mutating func armIce() {
        if let next = ice.nextDeadline() { timers.set(.ice, at: next) } else { timers.cancel(.ice) }
    }

    /// The node that this connection speaks for, once it is registered.
    func registeredNode(on connection: ConnectionID) -> NodeID? {
        guard let client = clients[connection], client.isRegistered else { return nil }
        return client.id?.node
    }
}
