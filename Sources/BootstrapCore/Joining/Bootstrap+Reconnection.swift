import Kademlia
public import Timekeeping
import WireMessages

/// Peers that were in the DHT before and have lost all their connections (protocol.md 2.6.1 step 1, 5.5).
extension Bootstrap {
    /// What a membership token is worth that a client shows as its own.
    public enum TokenWorth: Sendable, Equatable {
        /// A bridge of this network signed it for this id, and it is in force.
        case signed
        /// It has the form of the existing network and names this id, which anybody could write. It means something only of
        /// somebody who was seen to enter.
        case shape
        /// It is somebody else's, forged, out of date, or no token.
        case none
    }

    /// Has the token looked at that a client shows; false if there is nothing to wait for.
    mutating func judgeIfPresented(_ client: Client, actions: inout [Action]) -> Bool {
        guard case .presented(let token) = client.standing, let node = client.id?.node else { return false }
        clients[client.connection]?.standing = .judging
        judging.insert(client.connection)
        clients[client.connection]?.join?.progress = .judging
        actions.append(.judgeToken(client.connection, token, of: node))
        return true
    }

    /// The answer to `.judgeToken`.
    public mutating func tokenJudged(
        _ connection: ConnectionID,
        _ worth: TokenWorth,
        at now: Moment,
        actions: inout [Action]
    ) {
        guard let client = clients[connection], case .judging = client.standing, let node = client.id?.node else {
            return
        }
        judging.remove(connection)
        let isMember =
            switch worth {
            case .signed: true
            case .shape: members.knows(node, publicKey: client.metadata.member("publicKey"))
            case .none: false
            }
        if !isMember { counters.tokensRefused += 1 }
        clients[connection]?.standing = isMember ? .member : .newcomer
        guard case .judging? = client.join?.progress else { return }
        clients[connection]?.join?.progress = .asked
        advanceJoin(on: connection, at: now, actions: &actions)
    }

    /// Variant A: peers to dial at once. False if there are none; it is then led to a helper like a newcomer.
    mutating func answerMember(_ client: Client, id: ClientID, join: Join, actions: inout [Action]) -> Bool {
        let peers = listedPeers(for: client, limit: join.listLimit, where: \.isSettled)
        guard !peers.isEmpty else { return false }
        counters.reconnections += 1
        let answer = JoinAnswer.reconnecting(
            peers: peers,
            message: "Welcome back. These peers can be dialled directly."
        )
        finishJoin(on: client.connection, .success(.join(answer)), actions: &actions)
        return true
    }

    /// It was led into the DHT, or began it.
    mutating func entered(_ id: ClientID) {
        guard let node = id.node else { return }
        members.enter(node, publicKey: holder(of: id)?.metadata.member("publicKey"))
    }
}
