package import Kademlia
import Timekeeping
package import WireMessages

/// The keys with which the bridges of this network sign tokens: our own, and those that bootstraps told us of.
///
/// What a link says replaces what the same link said before. What a closed link had said stays, so that tokens can be checked
/// while a bootstrap restarts, until any link speaks again: then it is either said anew or out of date.
package struct TokenKeys: Sendable {
    private struct Entry: Sendable {
        var id: TokenKeyID
        var bridge: NodeID
        var publicKey: [UInt8]
        /// The open links that said so. At most `BridgeDefaults.maximumLinks`.
        var sources: Set<ConnectionID>
    }

    /// The key of this bridge.
    package let ownID: TokenKeyID
    private let ownBridge: NodeID
    private let cryptography: TokenCryptography
    /// Those of other bridges. A bridge may have had several keys, and a key may be claimed by several bridges, of which only
    /// the one that owns it can sign: so both are looked up together, and nobody's claim displaces another's.
    private var others: [Entry] = []

    package init(of bridge: NodeID, _ cryptography: TokenCryptography) {
        self.cryptography = cryptography
        ownBridge = bridge
        ownID = TokenKeyID(digest: cryptography.sha256(cryptography.publicKey))
    }

    /// How many keys there are, our own included.
    package var count: Int { others.count + 1 }

    /// Our own key as the wire has it: 64 lowercase hex digits.
    package var ownPublicKey: String { String(hexadecimal: cryptography.publicKey) }

    /// SHA-256 as 64 lowercase hex digits.
    package func fingerprint(of bytes: [UInt8]) -> String {
        String(hexadecimal: cryptography.sha256(bytes))
    }

    /// A link named the keys it knows.
    /// - Returns: how many of them were left out: what is no key, says who we are, or found the table full.
    @discardableResult
    package mutating func replace(with keys: [BridgeKeys.Key], from link: ConnectionID) -> Int {
        linkClosed(link)
        others.removeAll { $0.sources.isEmpty }
        var leftOut = 0
        for key in keys where !add(key, from: link) { leftOut += 1 }
        return leftOut
    }

    /// A link is gone. What it said is not forgotten yet.
    package mutating func linkClosed(_ link: ConnectionID) {
        for index in others.indices { others[index].sources.remove(link) }
    }

    private mutating func add(_ key: BridgeKeys.Key, from link: ConnectionID) -> Bool {
        guard let bytes = [UInt8](lowercaseHexadecimal: key.publicKey, count: TokenCryptography.publicKeyBytes) else {
            return false
        }
        // Our own name and our own key come together or not at all; a bootstrap tells us of ourselves, too.
        guard key.bridgeNodeID != ownBridge else { return bytes == cryptography.publicKey }
        let known = others.firstIndex { $0.bridge == key.bridgeNodeID && $0.publicKey == bytes }
        if let known {
            others[known].sources.insert(link)
            return true
        }
        guard others.count < BridgeDefaults.foreignTokenKeys else { return false }
        let id = TokenKeyID(digest: cryptography.sha256(bytes))
        others.append(Entry(id: id, bridge: key.bridgeNodeID, publicKey: bytes, sources: [link]))
        return true
    }

    // MARK: Judging

    /// What a token is worth in the hands of `holder`.
    ///
    /// Whoever names a key that we know must stand up to it. Everything else is judged as existing bridges do, by its shape
    /// (protocol.md 3.6), or refused if `isStrict`. In any case a token must name the one who shows it.
    /// - Parameter time: milliseconds since 1970.
    package func judge(_ token: RawJSON?, of holder: NodeID, at time: Int64, isStrict: Bool) -> TokenVerdict {
        guard let token else { return .missing }
        let holders = ["nodeId", "holder"].compactMap { token.member($0) }
        guard token.isObject, !holders.isEmpty, token.string("signature")?.isEmpty == false else { return .malformed }
        for name in holders {
            guard let id = name.withValue({ NodeID(json: $0) }) ?? nil else { return .malformed }
            guard id == holder else { return .wrongHolder }
        }
        guard let signed = SignedToken(token) else {
            if let id = token.string("keyId").flatMap(TokenKeyID.init(_:)), knows(id) { return .malformed }
            return isStrict ? .unverifiable : .acceptedByShape
        }
        let skew = BridgeDefaults.tokenClockSkew.wholeMilliseconds
        guard signed.token.expires > time - skew else { return .expired }
        guard signed.token.timestamp <= time + skew else { return .notYetValid }
        guard knows(signed.token.keyID) else { return isStrict ? .unknownKey : .acceptedByShape }
        let keys = publicKeys(signed.token.keyID, of: signed.token.issuer)
        guard !keys.isEmpty else { return .foreignKey }
        let text = signed.token.unsigned.bytes
        return keys.contains { cryptography.isSignature(signed.signature, text, $0) } ? .signed : .badSignature
    }

    private func knows(_ id: TokenKeyID) -> Bool {
        id == ownID || others.contains { $0.id == id }
    }

    /// More than one only if somebody took the trouble to find keys of one id.
    private func publicKeys(_ id: TokenKeyID, of bridge: NodeID) -> [[UInt8]] {
        if bridge == ownBridge { return id == ownID ? [cryptography.publicKey] : [] }
        return others.filter { $0.id == id && $0.bridge == bridge }.map(\.publicKey)
    }
}
