import OrderedCollections
import WireMessages

/// Values kept for others, the oldest dropped first.
struct ValueStore: Sendable {
    private var values: OrderedDictionary<String, RawJSON> = [:]

    subscript(key: String) -> RawJSON? { values[key] }

    /// - Returns: false when key or value are too large to be kept.
    mutating func keep(_ value: RawJSON, for key: String) -> Bool {
        guard key.utf8.count <= PeerDefaults.storedKeyBytes, value.bytes.count <= PeerDefaults.storedValueBytes else {
            return false
        }
        values[key] = nil
        if values.count >= PeerDefaults.storedValues { values.removeFirst() }
        values[key] = value
        return true
    }
}
