package import Crypto
package import Kademlia

/// Who a bridge is, across restarts: its node id, and the key that signs the tokens it issues.
///
/// The id is a random number and not derived from the key, as with all servers of the existing network (protocol.md 1.1).
package struct BridgeIdentity: Sendable {
    package var nodeID: NodeID
    package var signingKey: Curve25519.Signing.PrivateKey

    package init(nodeID: NodeID, signingKey: Curve25519.Signing.PrivateKey) {
        self.nodeID = nodeID
        self.signingKey = signingKey
    }

    /// A new one, for a bridge without a state directory.
    package static func random() -> BridgeIdentity {
        var generator = SystemRandomNumberGenerator()
        return BridgeIdentity(nodeID: .random(using: &generator), signingKey: Curve25519.Signing.PrivateKey())
    }

    /// The Ed25519 key that `signature` can be checked with: 32 bytes.
    var rawPublicKey: [UInt8] { [UInt8](signingKey.publicKey.rawRepresentation) }

    /// The same as 64 lowercase hex digits.
    var publicKey: String { String(hexadecimal: rawPublicKey) }

    /// The Ed25519 signature of `text` as 128 lowercase hex digits.
    func signature(of text: [UInt8]) throws -> String {
        String(hexadecimal: [UInt8](try signingKey.signature(for: text)))
    }
}
