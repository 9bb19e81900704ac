public import Kademlia
public import Timekeeping
public import WireMessages

/// Bridges that have lost all their peers ask whom we know (protocol.md 2.10).
extension Bootstrap {
    /// The answer to a bridge, which has proved that it is one: peers that are registered now, those that it can dial first. Each
    /// answer goes on where the last one ended.
    ///
    /// - Parameter bridge: whose connection it came on; it asks for itself alone (robustness.md, S03).
    public mutating func clientsAsked(
        _ request: GetConnectedClients,
        by bridge: NodeID,
        at now: Moment
    ) -> ConnectedClientsResponse {
        guard request.bridgeNodeID == bridge else {
            counters.foreignSenders += 1
            return refusal(request.requestID, "bridgeNodeId is not this connection's", at: now)
        }
        // Who was answered longer ago may ask anyway, so this holds no more than the bridges that asked within that time.
        clientsAnswered = clientsAnswered.filter { now.instant - $0.value < BootstrapDefaults.clientsAnswerInterval }
        guard clientsAnswered[bridge] == nil else { return refusal(request.requestID, "busy", at: now) }
        clientsAnswered[bridge] = now.instant
        counters.clientsAnswers += 1
        var undialable: [ConnectionID] = []
        let dialable = peers.next(
            BootstrapDefaults.clientsPerAnswer,
            lookingAt: BootstrapDefaults.clientsConsideredPerAnswer
        ) { [clients] connection in
            if clients[connection]?.isDialable == true { return true }
            undialable.append(connection)
            return false
        }
        let entries = (dialable + undialable).lazy.compactMap { [clients] connection in
            clients[connection].flatMap(PeerListing.entry(forBridge:))
        }
        return ConnectedClientsResponse(
            requestID: request.requestID,
            success: true,
            clients: Array(entries.prefix(BootstrapDefaults.clientsPerAnswer)),
            totalConnected: Int64(peers.count),
            timestamp: now.unixMilliseconds
        )
    }

    /// The same from a bridge on its client link. Anybody else who asks is counted and hears nothing (robustness.md, S19).
    mutating func clientsAsked(
        _ request: GetConnectedClients,
        on connection: ConnectionID,
        at now: Moment,
        actions: inout [Action]
    ) {
        guard let client = clients[connection], client.isProvenBridge, let bridge = client.id?.node else {
            counters.foreignAnswers += 1
            return
        }
        let answer = clientsAsked(request, by: bridge, at: now)
        actions.append(.send(connection, .connectedClientsResponse(answer)))
    }

    private func refusal(_ requestID: WireRequestID, _ error: String, at now: Moment) -> ConnectedClientsResponse {
        ConnectedClientsResponse(
            requestID: requestID,
            success: false,
            error: error,
            timestamp: now.unixMilliseconds
        )
    }
}
