/// What tokens need of cryptography. It is done by whoever provides this: here is said what is hashed and checked.
public struct TokenCryptography: Sendable {
    /// How many bytes an Ed25519 public key has.
    public static let publicKeyBytes = 32
    /// How many bytes an Ed25519 signature has.
    public static let signatureBytes = 64

    public var sha256: @Sendable ([UInt8]) -> [UInt8]
    /// Whether the owner of `publicKey` signed `text`. Any bytes of the right number may come, also such that are no key.
    public var isSignature: @Sendable (_ signature: [UInt8], _ text: [UInt8], _ publicKey: [UInt8]) -> Bool

    public init(
        sha256: @escaping @Sendable ([UInt8]) -> [UInt8],
        isSignature: @escaping @Sendable (_ signature: [UInt8], _ text: [UInt8], _ publicKey: [UInt8]) -> Bool
    ) {
        self.sha256 = sha256
        self.isSignature = isSignature
    }
}
