public import Kademlia
public import LinkCore
import NIOCore
import Synchronization
import WebSocketTransport
public import WireMessages

/// What is said to bridges of ours alone, each where it announced the feature.
extension BridgePool {
    /// Tells a bridge what became of a helper that it named. Dropped unless the bridge has a link that stays, wants to hear of it,
    /// and reads as fast as we write: it must never stand in the way of requests.
    public func report(_ outcome: IntroductionOutcome, to bridge: NodeID) {
        let connection = state.withLock { state in
            state.sockets.first { link, socket in
                socket.bridge?.nodeID == bridge && socket.features.contains(.outcome) && state.machine.isStanding(link)
            }?.value.connection
        }
        guard let connection else { return outcomeEnded(isSent: false) }
        connection.offer(BootstrapToBridge.introductionOutcome(outcome).encode()) { [weak self] isSent in
            self?.outcomeEnded(isSent: isSent)
        }
    }

    private func outcomeEnded(isSent: Bool) {
        state.withLock { state in
            if isSent {
                state.statistics.outcomesSent += 1
            } else {
                state.statistics.outcomesDropped += 1
            }
        }
    }

    /// Answers `BridgeNotice.clientsAsked`, on the link that the question came on. Whoever does not read it asks again.
    public func answer(_ answer: ConnectedClientsResponse, on link: LinkID) {
        let connection = state.withLock { $0.sockets[link]?.connection }
        connection?.offer(BootstrapToBridge.connectedClientsResponse(answer).encode()) { _ in }
    }

    /// The keys with which bridges of this network sign membership tokens, as they said themselves.
    public var tokenKeys: [BridgeKeys.Key] { state.withLock { $0.keys.keys } }

    /// A bridge has authenticated on a link. Everybody who wants to know the keys is told all of them if they changed, and this
    /// bridge in any case.
    ///
    /// Under the lock, so that no older set overtakes a newer one. A send only queues bytes, and no callback comes of it, or of
    /// an offer that waited before it, before the loop's next turn.
    func shareKeys(learning key: String?, of bridge: NodeID, from link: LinkID, _ state: inout State) {
        // Closed at once if it is a second link to the same bridge, or had to prove more than it did.
        guard state.machine.isReady(link) else { return }
        let isNews = key.map { state.keys.learn($0, of: bridge) } ?? false
        guard !state.keys.keys.isEmpty else { return }
        let readers = state.sockets.filter { id, socket in
            (isNews || id == link) && socket.features.contains(.keys) && state.machine.isStanding(id)
        }
        guard !readers.isEmpty else { return }
        let text = BootstrapToBridge.bridgeKeys(BridgeKeys(keys: state.keys.keys)).encode()
        for reader in readers.values { reader.connection?.send(text) }
    }
}
