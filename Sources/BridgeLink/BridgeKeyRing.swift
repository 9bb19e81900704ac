import Kademlia
import WireMessages

/// The keys with which bridges sign membership tokens, as they said themselves when they authenticated: one of each bridge.
///
/// The key of a bridge that is gone stays, since its tokens are still good, until newer ones need the room.
struct BridgeKeyRing: Sendable {
    /// As many as there may be bridges that are not configured (`PoolDefaults.maxDialInOnly`); about 150 bytes each.
    static let capacity = 64

    /// Whoever said theirs last stands last.
    private(set) var keys: [BridgeKeys.Key] = []

    /// - Parameter text: what a bridge calls its key; ignored unless it is 64 hex digits.
    /// - Returns: whether the set is another one now.
    mutating func learn(_ text: String, of bridge: NodeID) -> Bool {
        guard text.utf8.count == 64, text.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else {
            return false
        }
        let key = BridgeKeys.Key(bridgeNodeID: bridge, publicKey: text.lowercased())
        let index = keys.firstIndex { $0.bridgeNodeID == bridge }
        let previous = index.map { keys.remove(at: $0) }
        keys.append(key)
        if keys.count > Self.capacity { keys.removeFirst(keys.count - Self.capacity) }
        return previous != key
    }
}
