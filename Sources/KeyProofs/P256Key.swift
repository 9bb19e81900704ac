import Crypto
package import Kademlia
package import WireMessages

/// The key pair of a browser peer: the other side of `P256Identity`, for simulated peers.
package struct P256Key: Sendable {
    private let key: P256.Signing.PrivateKey

    /// A new one.
    package init() {
        key = P256.Signing.PrivateKey()
    }

    /// The one whose secret number is these 32 bytes, big-endian. Nil if there is none, which random bytes meet once in 2³².
    package init?(secret: [UInt8]) {
        guard let key = try? P256.Signing.PrivateKey(rawRepresentation: secret) else { return nil }
        self.key = key
    }

    /// The public key as browsers export it.
    package var jwk: RawJSON {
        let point = key.publicKey.rawRepresentation
        return .object { writer in
            writer.member("crv", "P-256")
            writer.member("ext", true)
            writer.member("key_ops", ["verify"])
            writer.member("kty", "EC")
            writer.member("x", Base64URL.text(point.prefix(KeyProofLimits.coordinate)))
            writer.member("y", Base64URL.text(point.suffix(KeyProofLimits.coordinate)))
        }
    }

    package var identity: P256Identity { P256Identity(key.publicKey) }

    /// Whose key it is (protocol.md 1.1).
    package var nodeID: NodeID { identity.nodeID }

    /// The signature of `text` as an `auth_response` carries it: 128 lowercase hex digits, r and s in the form of IEEE P1363.
    package func signature(of text: String) throws -> String {
        String(hexadecimal: [UInt8](try key.signature(for: Array(text.utf8)).rawRepresentation))
    }
}
