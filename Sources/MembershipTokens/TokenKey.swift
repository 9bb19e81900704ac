public import Kademlia
public import WireMessages

/// A key with which a bridge signs tokens.
public struct TokenKey: Sendable, Hashable {
    public let bridge: NodeID
    /// Ed25519, 32 raw bytes.
    public let publicKey: [UInt8]
    public let id: TokenKeyID

    public init(of bridge: NodeID, publicKey: [UInt8], _ cryptography: TokenCryptography) {
        self.bridge = bridge
        self.publicKey = publicKey
        id = TokenKeyID(digest: cryptography.sha256(publicKey))
    }

    /// Nil unless the text is 64 lowercase hex digits.
    public init?(_ key: BridgeKeys.Key, _ cryptography: TokenCryptography) {
        guard let bytes = [UInt8](lowercaseHexadecimal: key.publicKey, count: TokenCryptography.publicKeyBytes) else {
            return nil
        }
        self.init(of: key.bridgeNodeID, publicKey: bytes, cryptography)
    }

    /// The key as the wire has it: 64 lowercase hex digits.
    public var text: String { String(hexadecimal: publicKey) }
}
