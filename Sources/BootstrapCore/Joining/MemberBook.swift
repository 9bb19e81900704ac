import Kademlia
import WireMessages

/// Whom this server has seen enter the DHT, so that a token which proves nothing by itself means something when one of them
/// comes back with it (protocol.md 8, S9).
///
/// At most `capacity`; whoever entered longest ago is forgotten first, and is then a newcomer like all others.
struct MemberBook: Sendable {
    /// What each member called its public key. Node peers have no other link between two connections than this.
    private var publicKeys: RecentBook<RawJSON?>

    init(capacity: Int = BootstrapDefaults.maxMembers) {
        publicKeys = RecentBook(capacity: capacity)
    }

    mutating func enter(_ node: NodeID, publicKey: RawJSON?) {
        // Entered over and over, it stays where it was.
        guard !knows(node, publicKey: publicKey) else { return }
        publicKeys.write(publicKey, of: node)
    }

    /// Whether it was seen to enter, with this very key.
    func knows(_ node: NodeID, publicKey: RawJSON?) -> Bool {
        guard let known = publicKeys[node] else { return false }
        return known == publicKey
    }
}
