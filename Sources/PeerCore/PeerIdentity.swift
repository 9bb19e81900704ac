public import Kademlia

/// Who a simulated peer is: its id, the key it signs with, and where others reach it.
///
/// As with a Node peer of the existing network, the id is a random number and the key is unrelated to it (protocol.md 1.1).
public struct PeerIdentity: Sendable {
    public let id: NodeID
    /// The Ed25519 public key as 64 hex digits.
    public let publicKey: String
    /// The `ws://` address others dial.
    public let address: String
    /// Signs a text with the private key: 128 lowercase hex digits, or nil when signing failed.
    public let sign: @Sendable (_ text: [UInt8]) -> String?

    public init(id: NodeID, publicKey: String, address: String, sign: @escaping @Sendable (_ text: [UInt8]) -> String?)
    {
        self.id = id
        self.publicKey = publicKey
        self.address = address
        self.sign = sign
    }
}
