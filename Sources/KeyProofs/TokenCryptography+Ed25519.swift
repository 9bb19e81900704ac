import Crypto
package import MembershipTokens

extension TokenCryptography {
    /// SHA-256 (FIPS 180-4) and Ed25519 (RFC 8032).
    package static let ed25519 = TokenCryptography(
        sha256: { [UInt8](SHA256.hash(data: $0)) },
        isSignature: { signature, text, publicKey in
            (try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey))?.isValidSignature(signature, for: text)
                == true
        }
    )
}
