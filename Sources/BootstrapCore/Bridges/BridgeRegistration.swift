public import Kademlia
import WireMessages

/// What a bridge says of itself on its own client link, which it has proved with the secret (protocol.md 3.1 (c)). The secret
/// is not in it.
public struct BridgeRegistration: Sendable, Equatable {
    public var nodeID: NodeID
    /// Where it says that it can be dialled; nil if it does not say, behind NAT for instance.
    public var listeningAddress: String?
    public var publicWssAddress: String?
    /// What it understands beyond the existing network, which makes it one of ours: it expects `BootstrapAuth` on this
    /// connection and can then be asked on it. Nil for a bridge of the existing network.
    public var features: [String]?
    /// A hint that it is of the stateless era, in which a bridge ignores questions on its client link (protocol.md 2.5.1).
    public var isStatelessEra: Bool

    public init(
        nodeID: NodeID,
        listeningAddress: String? = nil,
        publicWssAddress: String? = nil,
        features: [String]? = nil,
        isStatelessEra: Bool = false
    ) {
        self.nodeID = nodeID
        self.listeningAddress = listeningAddress
        self.publicWssAddress = publicWssAddress
        self.features = features
        self.isStatelessEra = isStatelessEra
    }

    /// Takes over what is to be kept of a registration, once its secret was found right.
    init(nodeID: NodeID, metadata: RawJSON, view: PeerMetadata, features: [String]?) {
        self.init(
            nodeID: nodeID,
            listeningAddress: view.listeningAddress,
            publicWssAddress: view.publicWssAddress,
            features: features,
            isStatelessEra: features == nil && Self.isOfStatelessEra(metadata)
        )
    }

    /// The current era writes both keys, though one may be null.
    private static func isOfStatelessEra(_ metadata: RawJSON) -> Bool {
        metadata.withValue { $0["relayLoad"] == nil && $0["membershipToken"] == nil } ?? false
    }
}

/// A bridge with a ready link, in the terms in which a peer is told of it (protocol.md 2.6.4).
public struct BridgeContact: Sendable, Equatable {
    public var nodeID: NodeID
    /// Where peers dial it; nil if nobody can, and then no peer is sent there.
    public var listeningAddress: String?
    public var publicWssAddress: String?
    /// Whether its link carries `InvitationForBridge`. On the client link of a bridge of the existing network that message
    /// ends the bridge's process (protocol.md 3.6).
    public var canBeInvited: Bool

    public init(
        nodeID: NodeID,
        listeningAddress: String?,
        publicWssAddress: String?,
        canBeInvited: Bool = true
    ) {
        self.nodeID = nodeID
        self.listeningAddress = listeningAddress
        self.publicWssAddress = publicWssAddress
        self.canBeInvited = canBeInvited
    }
}
