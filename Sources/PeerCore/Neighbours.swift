import Kademlia
import OrderedCollections
import Timekeeping
import WireMessages

/// What is known of another node, from itself or from others.
struct Contact: Equatable, Sendable {
    /// What may be passed on: tokens and secrets stay with those who sent them (protocol.md 8, S2 and S19).
    var metadata: RawJSON
    /// Where it listens, if anybody said so.
    var address: String?
    var isBridge: Bool

    init(metadata: RawJSON?) {
        self.metadata = metadata?.keeping(PeerMetadata.forwardable) ?? .emptyObject
        let view = PeerMetadata(metadata)
        self.address = view.listeningAddress ?? view.publicWssAddress
        self.isBridge = view.claimsToBeBridge
    }
}

/// Whom one peer knows: its routing table, and the bridges, which it wants links to however far away they are.
struct Neighbours: Sendable {
    private struct Bridge: Sendable {
        var contact: Contact
        var failures = 0
        var retryAt = Instant.zero
    }

    private var table: RoutingTable<Contact>
    private var bridgesByID: OrderedDictionary<NodeID, Bridge> = [:]

    init(localID: NodeID) {
        table = RoutingTable(localID: localID)
    }

    /// The bridges, in the order in which they were heard of.
    var bridges: [NodeID] { bridgesByID.keys.elements }

    func isBridge(_ peer: NodeID) -> Bool { bridgesByID[peer] != nil }

    func contact(of peer: NodeID) -> Contact? { bridgesByID[peer]?.contact ?? table[peer]?.contact }

    /// `peer` itself said hello.
    mutating func met(_ peer: NodeID, metadata: RawJSON?, at now: Instant) {
        var contact = Contact(metadata: metadata)
        // A stateless-era hello holds nothing but a token (protocol.md 4.2); what others said before is worth more.
        if contact.address == nil, let known = self.contact(of: peer), known.address != nil { contact = known }
        if contact.isBridge { rememberBridge(peer, Bridge(contact: contact)) }
        _ = table.seen(peer, contact: contact, at: now)
    }

    /// Something was heard from `peer`.
    mutating func heard(_ peer: NodeID, at now: Instant) {
        guard let contact = contact(of: peer) else { return }
        _ = table.seen(peer, contact: contact, at: now)
    }

    /// Somebody else spoke of `peer`.
    ///
    /// Of somebody known that is no news, and most of what is heard is that: it is not even read. Who cannot be reached where
    /// we think is forgotten, and then listened to anew.
    mutating func heardOf(_ peer: NodeID, metadata: RawJSON?) {
        let isReached = bridgesByID[peer].map { $0.failures == 0 } ?? (table[peer] != nil)
        guard peer != table.localID, !isReached else { return }
        let contact = Contact(metadata: metadata)
        guard contact.address != nil else { return }
        if contact.isBridge, contact.address != bridgesByID[peer]?.contact.address {
            rememberBridge(peer, Bridge(contact: contact))
        }
        _ = table.heardOf(peer, contact: contact)
    }

    /// A dial to `peer` failed, or its last link ended. A peer is forgotten; a bridge is tried again later, because it
    /// comes back under its id and its address, and newcomers depend on it.
    mutating func lost(_ peer: NodeID, at now: Instant) {
        table.failed(peer)
        guard var bridge = bridgesByID[peer] else { return }
        bridge.failures += 1
        let doubled = PeerDefaults.bridgeRetryPause * (1 << min(bridge.failures - 1, 8))
        bridge.retryAt = now + min(doubled, PeerDefaults.longestBridgeRetryPause)
        bridgesByID[peer] = bridge
    }

    /// Bridges that may be dialled now.
    func bridgesToTry(at now: Instant) -> [NodeID] {
        bridgesByID.filter { $0.value.retryAt <= now }.keys.elements
    }

    /// When the next bridge that satisfies `isWanted` may be dialled.
    func nextBridgeRetry(where isWanted: (NodeID) -> Bool) -> Instant? {
        bridgesByID.filter { isWanted($0.key) }.map(\.value.retryAt).min()
    }

    /// Nodes to name in an answer, nearest to `target` first, without the one that asks. Only those that were heard
    /// themselves: hearsay that is passed on keeps those alive who left long ago.
    func nearest(to target: NodeID, limit: Int, except asker: NodeID) -> [RoutingTable<Contact>.Entry] {
        table.closest(limit, to: target) { $0.id != asker && $0.contact.address != nil && $0.lastSeen != nil }
    }

    /// Peers that are no bridges and have an address, nearest first.
    func dialable(where isWanted: (NodeID) -> Bool) -> [NodeID] {
        table.closest(table.count, to: table.localID) {
            !$0.contact.isBridge && $0.contact.address != nil && isWanted($0.id)
        }.map(\.id)
    }

    private mutating func rememberBridge(_ id: NodeID, _ bridge: Bridge) {
        if bridgesByID[id] == nil, bridgesByID.count >= PeerDefaults.rememberedBridges {
            guard let useless = bridgesByID.elements.max(by: { $0.value.failures < $1.value.failures }),
                useless.value.failures > 0
            else { return }
            bridgesByID[useless.key] = nil
        }
        bridgesByID[id] = bridge
    }
}
