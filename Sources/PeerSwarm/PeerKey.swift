import Crypto
import Kademlia

/// The key of one simulated peer.
struct PeerKey: Sendable {
    let publicKey: String
    let sign: @Sendable ([UInt8]) -> String?

    init(using generator: inout some RandomNumberGenerator) {
        let seed = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        // Any 32 bytes are an Ed25519 private key (RFC 8032, 5.1.5), so the fallback is never taken.
        let key = (try? Curve25519.Signing.PrivateKey(rawRepresentation: seed)) ?? Curve25519.Signing.PrivateKey()
        publicKey = String(hexadecimal: [UInt8](key.publicKey.rawRepresentation))
        sign = { text in (try? key.signature(for: text)).map { String(hexadecimal: [UInt8]($0)) } }
    }
}
