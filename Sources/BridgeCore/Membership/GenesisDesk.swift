public import Kademlia
public import Timekeeping

/// Who is being let in as the first peer of the network. Existing bridges accept anybody at any time; here a network begins
/// once, and a second first peer is refused while the former one may still be on its way.
public struct GenesisDesk: Sendable {
    /// Why a peer can't be the first one. The texts are ours; existing bridges never refuse.
    public enum Refusal: String, Sendable, Hashable, CaseIterable {
        case isThisBridge = "The genesis peer cannot be this bridge"
        case isBridge = "A bridge cannot be the genesis peer"
        case networkExists = "The network exists already"
        case anotherIsExpected = "Another genesis peer is expected"
        case full = "Too many peers"
        case stopping = "Bridge is shutting down"
    }

    private var expected: (id: NodeID, until: Instant)?

    public init() {}

    /// Takes the peer as the first one, unless there is a reason not to. Asked again for the same peer it agrees again.
    /// - Parameters:
    ///   - members: connected peers that are no bridges, this one not counted.
    ///   - hasRoom: whether it is connected, or could be.
    public mutating func admit(
        _ id: NodeID,
        isBridge: Bool,
        members: Int,
        hasRoom: Bool,
        at now: Instant
    ) -> Refusal? {
        if isBridge { return .isBridge }
        if members > 0 { return .networkExists }
        if let expected, expected.id != id, now < expected.until { return .anotherIsExpected }
        if !hasRoom { return .full }
        expected = (id, now + BridgeDefaults.genesisHold)
        return nil
    }
}
