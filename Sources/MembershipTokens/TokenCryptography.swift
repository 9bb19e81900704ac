/// What tokens need of cryptography. It is done by whoever provides this: here is said what is hashed and checked.
package struct TokenCryptography: Sendable {
    /// How many bytes an Ed25519 public key has.
    package static let publicKeyBytes = 32
    /// How many bytes an Ed25519 signature has.
    package static let signatureBytes = 64

    package var sha256: @Sendable ([UInt8]) -> [UInt8]
    /// Whether the owner of `publicKey` signed `text`. Any bytes of the right number may come, also such that are no key.
    package var isSignature: @Sendable (_ signature: [UInt8], _ text: [UInt8], _ publicKey: [UInt8]) -> Bool

    package init(
        sha256: @escaping @Sendable ([UInt8]) -> [UInt8],
        isSignature: @escaping @Sendable (_ signature: [UInt8], _ text: [UInt8], _ publicKey: [UInt8]) -> Bool
    ) {
        self.sha256 = sha256
        self.isSignature = isSignature
    }
}
