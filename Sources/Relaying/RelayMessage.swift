public import Kademlia
public import WireMessages

/// What a relay says. The messages are the same on a link of the DHT and on a client link, but belong to another
/// conversation there: each role turns them into its own. A relay answers pings and sends none.
public enum RelayMessage: Sendable, Hashable {
    case ack(RelayAck)
    case forward(RelayForward)
    case close(RelayClose)
    case pong(RelayPong)
}

/// Something to send to a connected peer.
public struct RelayDelivery: Sendable, Hashable {
    public var recipient: NodeID
    public var message: RelayMessage

    public init(to recipient: NodeID, _ message: RelayMessage) {
        self.recipient = recipient
        self.message = message
    }
}

/// What is known of the peer that somebody wants to be relayed to.
public enum RelayTarget: Sendable, Hashable {
    case connected
    /// Heard of, but not connected.
    case known
    case unknown
    /// Bridges can be reached directly, and have nothing to say to each other over a relay.
    case bridge
}

/// What the relay counted since the start.
public struct RelayCounters: Sendable, Equatable {
    public var opened = 0
    public var refused = 0
    public var expired = 0
    public var forwarded = 0
    /// Bytes of the payloads forwarded.
    public var bytes = 0
    /// Messages that were not forwarded: too large, for a third peer, or of a session that is not the sender's.
    public var dropped = 0

    public init() {}
}
