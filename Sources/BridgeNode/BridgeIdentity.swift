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

    /// The Ed25519 signature of `text` as 128 lowercase hex digits.
    func signature(of text: [UInt8]) throws -> String {
        let signature = [UInt8](try signingKey.signature(for: text))
        return String(unsafeUninitializedCapacity: 2 * signature.count) { buffer in
            func digit(_ value: UInt8) -> UInt8 {
                value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
            }
            var index = 0
            for byte in signature {
                buffer[index] = digit(byte >> 4)
                buffer[index + 1] = digit(byte & 0xf)
                index += 2
            }
            return index
        }
    }
}
