import Kademlia
import Synchronization

/// A book that forgets with the process, for tests.
package final class InMemoryPeerBookStore: PeerBookStore {
    private let book = Mutex<[NodeID: StoredPeer]>([:])

    package init() {}

    package func peers() -> [StoredPeer] {
        book.withLock { book in
            book.values.sorted { ($1.lastHeard, $0.nodeID) < ($0.lastHeard, $1.nodeID) }
        }
    }

    package func replacePeers(with peers: [StoredPeer]) {
        book.withLock { book in
            book = Dictionary(peers.map { ($0.nodeID, $0) }, uniquingKeysWith: { $1 })
        }
    }
}
