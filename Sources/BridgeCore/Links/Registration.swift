public import Kademlia
public import WireMessages

/// What the bridge says of itself to a bootstrap that it dialled, without what only the owner of the keys knows.
public struct Registration: Sendable, Equatable {
    public var nodeID: NodeID
    /// When the process started, in milliseconds since 1970.
    public var startTime: Int64
    /// Where others reach us; nil when nobody can.
    public var address: String?
    /// Milliseconds since 1970.
    public var timestamp: Int64
    /// Sessions we relay, and how many we would; 0 when we are no relay.
    public var relayLoad: Int64
    public var relayCapacity: Int64

    public init(
        nodeID: NodeID,
        startTime: Int64,
        address: String?,
        timestamp: Int64,
        relayLoad: Int64 = 0,
        relayCapacity: Int64 = 0
    ) {
        self.nodeID = nodeID
        self.startTime = startTime
        self.address = address
        self.timestamp = timestamp
        self.relayLoad = relayLoad
        self.relayCapacity = relayCapacity
    }

    /// The version that both eras of the existing network accept (protocol.md 1.4).
    private static let protocolVersion = "1.0.0"

    /// The registration as it goes out (protocol.md 2.5.1). It has the shared secret in it: log it never.
    /// - Parameters:
    ///   - publicKey: 64 hex digits.
    ///   - secret: by which the bootstrap knows that this is one of its bridges.
    public func message(publicKey: String, secret: String) -> Register {
        Register(
            nodeID: .node(nodeID),
            protocolVersion: Self.protocolVersion,
            // A fallback build id: it matches any other (protocol.md 1.4).
            buildID: "node_\(startTime)",
            timestamp: timestamp,
            metadata: .object { writer in
                writer.member("publicKey", publicKey)
                writer.key("membershipToken")
                writer.null()
                writer.member("nodeType", "bridge")
                writer.member("listeningAddress", ifPresent: address)
                writer.member("publicWssAddress", ifPresent: address)
                writer.member("capabilities", ["websocket"])
                writer.member("canRelay", relayCapacity > 0)
                if relayCapacity > 0 {
                    writer.member("relayLoad", relayLoad)
                    writer.member("relayCapacity", relayCapacity)
                }
                writer.member("canAcceptConnections", address != nil)
                writer.member("canInitiateConnections", true)
                writer.member("isBridgeNode", true)
                writer.member("bridgeAuthToken", secret)
            },
            features: LinkFeatures.all.names
        )
    }
}
