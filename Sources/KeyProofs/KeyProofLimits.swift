/// How much a stranger's key may be before it is looked at.
package enum KeyProofLimits {
    /// Bytes of a JWK. What browsers export has about 200; certificates and the like, which a JWK may also hold, do not belong
    /// into a `register` message.
    package static let jwk = 4_096
    /// Bytes of a coordinate of a point on P-256.
    static let coordinate = 32
    /// Bytes of an ECDSA signature on P-256 in the form of IEEE P1363: r, then s.
    static let signature = 64
    /// Bytes of a text to be signed: a nonce and a time have below 100.
    package static let signedText = 1_024
}
