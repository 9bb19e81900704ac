public import Kademlia
import Timekeeping
public import WireMessages

/// What can be said of a token without cryptography.
public enum TokenFinding: Sendable, Hashable {
    case verdict(TokenVerdict)
    /// All depends on the signature.
    case needsCheck(SignatureCheck)

    /// Looks at a token in the hands of `holder`, whose id must be certain to whoever asks: proved or bound to a socket.
    ///
    /// Whoever names one of `keys` must stand up to it. Everything else is judged as existing bridges do, by its shape
    /// (protocol.md 3.6), or refused if `isStrict`. In any case a token must name the one who shows it.
    /// - Parameters:
    ///   - token: Whatever came in its place; nil if nothing did.
    ///   - keys: All keys that are known to sign tokens in this network.
    ///   - time: Milliseconds since 1970.
    public init(
        of token: RawJSON?,
        shownBy holder: NodeID,
        at time: Int64,
        keys: some Collection<TokenKey>,
        isStrict: Bool
    ) {
        guard let token else {
            self = .verdict(.missing)
            return
        }
        if let refusal = Self.refusal(of: token, shownBy: holder) {
            self = .verdict(refusal)
            return
        }
        guard let signed = SignedToken(token) else {
            let id = token.string("keyId").flatMap(TokenKeyID.init(_:))
            let namesKey = keys.contains { $0.id == id }
            self = .verdict(namesKey ? .malformed : isStrict ? .unverifiable : .acceptedByShape)
            return
        }
        self.init(of: signed, at: time, keys: keys, isStrict: isStrict)
    }

    private init(of signed: SignedToken, at time: Int64, keys: some Collection<TokenKey>, isStrict: Bool) {
        let token = signed.token
        let skew = TokenDefaults.clockSkew.wholeMilliseconds
        let namesakes = keys.filter { $0.id == token.keyID }
        // More than one only if somebody took the trouble to find keys of one id.
        let publicKeys = namesakes.filter { $0.bridge == token.issuer }.map(\.publicKey)
        if token.expires <= time - skew {
            self = .verdict(.expired)
        } else if token.timestamp > time + skew {
            self = .verdict(.notYetValid)
        } else if namesakes.isEmpty {
            self = .verdict(isStrict ? .unknownKey : .acceptedByShape)
        } else if publicKeys.isEmpty {
            self = .verdict(.foreignKey)
        } else {
            self = .needsCheck(
                SignatureCheck(signature: signed.signature, text: token.unsigned.bytes, publicKeys: publicKeys)
            )
        }
    }

    /// Why a token cannot be that of `holder`, of whatever form it is; nil if it may be.
    private static func refusal(of token: RawJSON, shownBy holder: NodeID) -> TokenVerdict? {
        let holders = ["nodeId", "holder"].compactMap { token.member($0) }
        guard token.isObject, !holders.isEmpty, token.string("signature")?.isEmpty == false else { return .malformed }
        for name in holders {
            guard let id = name.withValue({ NodeID(json: $0) }) ?? nil else { return .malformed }
            guard id == holder else { return .wrongHolder }
        }
        return nil
    }

    /// What the token is worth, the signature checked if need be.
    public func verdict(_ cryptography: TokenCryptography) -> TokenVerdict {
        switch self {
        case .verdict(let verdict): verdict
        case .needsCheck(let check): check.verdict(cryptography)
        }
    }
}

/// The check of a signature that decides what a token is worth. It costs about 0.1 ms, which the owner of a core may prefer to
/// spend elsewhere.
public struct SignatureCheck: Sendable, Hashable {
    /// 64 bytes.
    public var signature: [UInt8]
    public var text: [UInt8]
    /// Ed25519, 32 raw bytes each; one of them must have signed.
    public var publicKeys: [[UInt8]]

    /// Either ``TokenVerdict/signed`` or ``TokenVerdict/badSignature``.
    public func verdict(_ cryptography: TokenCryptography) -> TokenVerdict {
        publicKeys.contains { cryptography.isSignature(signature, text, $0) } ? .signed : .badSignature
    }
}
