import Kademlia
import WireMessages

/// Whom this server has seen enter the DHT, so that a token which proves nothing by itself means something when one of them
/// comes back with it (protocol.md 8, S9).
///
/// At most `capacity`; whoever entered longest ago is forgotten first, and is then a newcomer like all others.
struct MemberBook: Sendable {
    private struct Entry: Sendable {
        /// What the member called its public key. Node peers have no other link between two connections than this.
        var publicKey: RawJSON?
        var serial: UInt64
    }

    let capacity: Int
    private var entries: [NodeID: Entry] = [:]
    /// In the order in which they were entered, oldest first; out of date where the serial is another.
    private var order: [(node: NodeID, serial: UInt64)] = []
    private var first = 0
    private var nextSerial: UInt64 = 0

    init(capacity: Int = BootstrapDefaults.maxMembers) {
        self.capacity = capacity
    }

    var count: Int { entries.count }

    mutating func enter(_ node: NodeID, publicKey: RawJSON?) {
        // Entered over and over, it must not push the others out.
        guard !knows(node, publicKey: publicKey) else { return }
        nextSerial += 1
        entries[node] = Entry(publicKey: publicKey, serial: nextSerial)
        order.append((node, nextSerial))
        while entries.count > capacity || order.count - first > 2 * capacity { forgetOldest() }
        if first > capacity {
            order.removeFirst(first)
            first = 0
        }
    }

    /// Whether it was seen to enter, with this very key.
    func knows(_ node: NodeID, publicKey: RawJSON?) -> Bool {
        guard let entry = entries[node] else { return false }
        return entry.publicKey == publicKey
    }

    private mutating func forgetOldest() {
        guard first < order.count else { return }
        let (node, serial) = order[first]
        first += 1
        if entries[node]?.serial == serial { entries[node] = nil }
    }
}
