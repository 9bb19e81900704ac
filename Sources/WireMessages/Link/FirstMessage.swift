/// The first message on a bridge's port, which decides what the link is (protocol.md 3.2). Anything else is `unknown`, and the link
/// is closed.
public enum FirstMessage: WireConversation {
    /// A bootstrap has dialled: `BootstrapToBridge` and `BridgeToBootstrap` from here on.
    case bootstrapAuth(BootstrapAuth)
    /// A peer has dialled: `DHTMessage` from here on.
    case dhtPeerHello(DHTPeerHello)
    /// A type that is not in this list, cut to `WireLimits.messageType` bytes. To be ignored, and counted.
    case unknown(type: String)

    public init(type: WireType, fields: WireFields) throws(WireError.Reason) {
        switch type {
        case "bootstrap_auth": self = .bootstrapAuth(try BootstrapAuth(reading: fields))
        case "dht_peer_hello": self = .dhtPeerHello(try DHTPeerHello(reading: fields))
        default: self = .unknown(type: type.text)
        }
    }

    public func write(to writer: inout JSONWriter) {
        switch self {
        case .bootstrapAuth(let message): message.write(to: &writer)
        case .dhtPeerHello(let message): message.write(to: &writer)
        case .unknown(let type): writer.typeOnly(type)
        }
    }
}
