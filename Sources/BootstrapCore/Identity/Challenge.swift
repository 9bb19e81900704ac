public import WireMessages

/// A question that only the holder of a key can answer (protocol.md 2.5.2). Good for one answer on the connection that it was
/// put to.
struct Challenge: Sendable, Equatable {
    /// 64 hex digits.
    let nonce: String
    /// Milliseconds since the Unix epoch; part of what is signed.
    let timestamp: Int64
    /// The JWK that the client's id is made of.
    let publicKey: RawJSON
}

/// An answer to check: whether the owner of a key signed the challenge that was put to it.
public struct KeyProof: Sendable, Equatable {
    /// Tells the checks of one connection apart.
    public let serial: UInt64
    /// A JWK (protocol.md 2.5.1).
    public let publicKey: RawJSON
    public let nonce: String
    public let timestamp: Int64
    /// As the client sent it: 128 hex digits if it is honest.
    public let signature: String
}
