import Kademlia
import WireMessages

/// What one peer is shown of another (protocol.md 8, S12 and S19): never tokens or secrets.
enum PeerListing {
    private static let withoutAddresses = PeerMetadata.forwardableWithoutAddresses
    private static let withListeningAddress = withoutAddresses.with("listeningAddress")
    private static let withPublicAddress = withoutAddresses.with("publicWssAddress")
    private static let withBothAddresses = withListeningAddress.with("publicWssAddress")

    /// The addresses that a peer names and may use. Others are not passed on: they are no addresses, or lead into networks
    /// where the peer is not (protocol.md 8, S14; robustness.md, S16).
    struct Addresses: Sendable {
        private var listening = false
        private var publicOne = false
        /// One of them means nothing outside its own network.
        private(set) var hasNearby = false

        init(_ view: PeerMetadata, usableFrom origin: ClientOrigin) {
            listening = add(view.listeningAddress, origin)
            publicOne = add(view.publicWssAddress, origin)
        }

        private mutating func add(_ text: String?, _ origin: ClientOrigin) -> Bool {
            guard let text, let address = PeerAddress(text), origin.mayUse(address) else { return false }
            if address.scope != .everywhere { hasNearby = true }
            return true
        }

        var isEmpty: Bool { !listening && !publicOne }

        /// What may be kept and passed on of the metadata that they are in.
        fileprivate var names: MemberNames {
            switch (listening, publicOne) {
            case (false, false): PeerListing.withoutAddresses
            case (true, false): PeerListing.withListeningAddress
            case (false, true): PeerListing.withPublicAddress
            case (true, true): PeerListing.withBothAddresses
            }
        }
    }

    /// What may be kept and passed on of a peer's metadata.
    static func shown(_ metadata: RawJSON, _ addresses: Addresses) -> RawJSON {
        metadata.keeping(addresses.names)
    }

    /// What may be told to somebody there.
    static func shown(_ metadata: RawJSON, to receiver: ClientOrigin) -> RawJSON {
        shown(metadata, Addresses(PeerMetadata(metadata), usableFrom: receiver))
    }

    static func entry(of client: Bootstrap.Client, id: NodeID, for receiver: ClientOrigin) -> PeerEntry {
        PeerEntry(nodeID: .node(id), metadata: client.metadata(for: receiver))
    }

    /// What a newcomer is shown of its helper before the invitation. Without addresses: a current-era client dials a listed
    /// peer that has one twice, a second later, and two dials destroy each other and the invitation's link with them
    /// (protocol.md 2.2 and 4.7). The invitation brings the addresses.
    static func helper(_ metadata: RawJSON) -> RawJSON {
        metadata.keeping(withoutAddresses)
    }

    /// What a bridge that looks for peers is shown of one: the keys of protocol.md 2.10, nothing else. Nil if that is too much.
    static func entry(forBridge client: Bootstrap.Client) -> PeerEntry? {
        guard let id = client.id?.node else { return nil }
        let metadata = client.metadata.keeping([
            "nodeType", "isBridgeNode", "listeningAddress", "publicWssAddress", "capabilities",
        ])
        guard metadata.bytes.count <= BootstrapDefaults.maxClientEntryBytes else { return nil }
        return PeerEntry(nodeID: .node(id), metadata: metadata)
    }

    /// The entry of a bridge in the answer to the genesis peer: these keys, exactly (protocol.md 2.6.4). Nil for a bridge that
    /// nobody can dial.
    static func entry(of bridge: BridgeContact) -> PeerEntry? {
        guard let address = bridge.listeningAddress else { return nil }
        let metadata = RawJSON.object { writer in
            writer.member("isBridgeNode", true)
            writer.member("nodeType", "bridge")
            writer.member("websocketAddress", address)
            writer.member("listeningAddress", address)
            writer.member("publicWssAddress", bridge.publicWssAddress ?? address)
            writer.member("capabilities", ["websocket"])
        }
        return PeerEntry(nodeID: .node(bridge.nodeID), metadata: metadata)
    }
}
