import Crypto
import Kademlia
package import StateStore

extension BridgeIdentity {
    /// The identity that a state directory keeps; made there on the first start, so that a restart is the same bridge.
    package static func stored(in store: some IdentityStore) throws -> BridgeIdentity {
        let stored = try store.loadOrCreateIdentity {
            let fresh = BridgeIdentity.random()
            return StoredIdentity(nodeID: fresh.nodeID, signingKey: [UInt8](fresh.signingKey.rawRepresentation))
        }
        return BridgeIdentity(
            nodeID: stored.nodeID,
            signingKey: try Curve25519.Signing.PrivateKey(rawRepresentation: stored.signingKey)
        )
    }
}
