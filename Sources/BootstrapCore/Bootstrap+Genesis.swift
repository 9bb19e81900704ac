package import Kademlia
package import Timekeeping
import WireMessages

extension Bootstrap {
    /// What became of writing the genesis decision.
    package enum GenesisRecord: Sendable, Equatable {
        /// It is on stable storage, now or since an earlier run: this node is genesis.
        case decided(NodeID)
        /// It could not be written. Nobody is made genesis.
        case failed
    }

    /// The storage answered. Everybody who waited goes on: the candidate hears that it is genesis, the others are led to it.
    package mutating func genesisRecorded(_ record: GenesisRecord, at now: Moment, actions: inout [Action]) {
        guard case .recording = genesis else { return }
        switch record {
        case .decided(let node): genesis = .decided(node)
        case .failed: genesis = .undecided
        }
        let waiting = clients.values
            .filter { client in
                if case .awaitingGenesis? = client.join?.progress { true } else { false }
            }
            .map(\.connection)
            .sorted { $0.value < $1.value }
        for connection in waiting {
            switch record {
            case .decided(let node) where isRegistered(node, on: connection):
                // Even if the server is about to stop: the decision stands.
                announceGenesis(on: connection, at: now, actions: &actions)
            case .decided:
                clients[connection]?.join?.progress = .asked
                advanceJoin(on: connection, at: now, actions: &actions)
            case .failed:
                // Better no network than two: the decision must survive a restart before anybody hears of it.
                counters.failed += 1
                finishJoin(
                    on: connection,
                    .failure(
                        "The server cannot store the start of the network. Please try again later.",
                        code: "state_unavailable",
                        retryAfterMs: BootstrapDefaults.unavailableRetryAfterMilliseconds
                    ),
                    actions: &actions
                )
            }
        }
    }

    private func isRegistered(_ node: NodeID, on connection: ConnectionID) -> Bool {
        guard let client = clients[connection] else { return false }
        return client.isRegistered && client.id == .node(node)
    }

    /// Variant B: this peer starts the network, and dials the bridges.
    mutating func announceGenesis(on connection: ConnectionID, at now: Moment, actions: inout [Action]) {
        let answer = JoinAnswer.genesis(
            bridges: bridges.compactMap(PeerListing.entry(of:)),
            message: "You are the first peer of this network."
        )
        finishJoin(on: connection, .success(.join(answer)), actions: &actions)
        timers.set(.inviteBridges(connection), at: now.instant + configuration.bridgeInvitationDelay)
    }

    /// The genesis peer is asked to invite each bridge; it does so only for those it is not linked to by now.
    mutating func requestBridgeInvitations(on connection: ConnectionID, actions: inout [Action]) {
        guard clients[connection]?.isRegistered == true else { return }
        for bridge in bridges where bridge.canBeInvited {
            let request = BridgeInvitationRequest(
                targetPeerID: bridge.nodeID,
                bridgeNodeInfo: BridgeNodeInfo(
                    nodeID: bridge.nodeID,
                    listeningAddress: bridge.listeningAddress,
                    capabilities: ["websocket"]
                ),
                message: "Please invite this bridge unless you are connected to it."
            )
            actions.append(.send(connection, .bridgeInvitationRequest(request)))
        }
    }
}
