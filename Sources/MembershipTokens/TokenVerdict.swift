/// What a membership token is worth.
public enum TokenVerdict: Sendable, Hashable, CaseIterable {
    /// Signed by a bridge of this network, for the one who shows it, and in force.
    case signed
    /// It looks like a token of the existing network, which proves nothing: bridges there put a constant for a signature, and
    /// the Ed25519 signatures of peers can't be checked, since nobody publishes their keys (protocol.md 1.5, 3.6). Or a bridge
    /// signed it whose key we have not heard of.
    case acceptedByShape
    case missing
    /// It names no holder or has no signature; or it names a key of ours and is otherwise not of our form.
    case malformed
    /// It is somebody else's.
    case wrongHolder
    case expired
    case notYetValid
    /// Of our form, but with a key that we have not heard of, and strictness was asked for.
    case unknownKey
    /// The key is another bridge's than the one that is said to have issued it.
    case foreignKey
    case badSignature
    /// A token of the existing network, and strictness was asked for.
    case unverifiable

    public var isAccepted: Bool {
        switch self {
        case .signed, .acceptedByShape: true
        case .missing, .malformed, .wrongHolder, .expired, .notYetValid, .unknownKey, .foreignKey, .badSignature,
            .unverifiable:
            false
        }
    }

    /// For people; also goes into the answer to a reconnection.
    public var explanation: String {
        switch self {
        case .signed: "signed by a bridge of this network"
        case .acceptedByShape: "accepted by its shape, which proves nothing"
        case .missing: "there is none"
        case .malformed: "it is malformed"
        case .wrongHolder: "it belongs to another node"
        case .expired: "it has expired"
        case .notYetValid: "it is not valid yet"
        case .unknownKey: "its key is not known"
        case .foreignKey: "its issuer does not own the key"
        case .badSignature: "its signature is wrong"
        case .unverifiable: "it cannot be verified"
        }
    }
}
