/// How much of each kind of thing we take from a stranger, beyond which a field is refused. JSON as a whole: `JSONLimits`.
public enum WireLimits {
    /// Bytes of an id of a diagnostic tool. Real ones look like `diagnostic_1795344183908`.
    public static let toolID = 128
    /// Bytes of a request id. The longest recorded has 42 (protocol.md 1.3); ids that name two nodes have about 100.
    public static let requestID = 128
    /// Bytes of a message's type as kept for a type we do not know. The longest we know has 28.
    public static let messageType = 64
    /// Bytes of any other text: addresses, versions, explanations. Session descriptions are opaque and not counted.
    public static let text = 4096
    /// Bytes of an address that somebody is to dial: more than any host name has.
    public static let address = 256
    /// Bytes of a `metadata` object (protocol.md 8.1). Recorded ones stay below 1,200.
    public static let metadata = 16 << 10
    /// Nesting of an opaque value (protocol.md 8.1 suggests 8 for metadata). Whatever wraps it when we pass it on must stay
    /// within the 32 levels that the next reader allows.
    public static let opaqueDepth = 16
    /// Entries of a list. Well-behaved lists end at 20; an emergency list of an existing bootstrap names all its peers.
    public static let listEntries = 256
    /// Entries of a peer list, asked for and given (k of the network, protocol.md 1.2).
    public static let peers = 20
}
