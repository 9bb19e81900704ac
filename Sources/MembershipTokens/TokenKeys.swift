public import Kademlia
public import WireMessages

/// The keys with which the bridges of this network sign tokens, as one of them knows them: its own, and those that others told
/// it of.
///
/// What a source says replaces what the same source said before. What a source said that is gone stays, so that tokens can be
/// checked while a bootstrap restarts, until any source speaks again: then it is either said anew or out of date.
///
/// - Parameter Source: Who tells of keys: the links to bootstraps. There must be a bound on those that are open.
public struct TokenKeys<Source: Sendable & Hashable>: Sendable {
    private struct Entry: Sendable {
        var key: TokenKey
        /// The open ones that said so.
        var sources: Set<Source>
    }

    private let own: TokenKey
    private let cryptography: TokenCryptography
    /// Those of other bridges. A bridge may have had several keys, and a key may be claimed by several bridges, of which only
    /// the one that owns it can sign: so both are looked up together, and nobody's claim displaces another's.
    private var others: [Entry] = []

    public init(own: TokenKey, _ cryptography: TokenCryptography) {
        self.own = own
        self.cryptography = cryptography
    }

    /// All that are known, our own included.
    public var keys: [TokenKey] { [own] + others.map(\.key) }

    public var count: Int { others.count + 1 }

    /// A source named the keys it knows.
    /// - Returns: how many of them were left out: what is no key, says who we are, or found the table full.
    @discardableResult
    public mutating func replace(with keys: [BridgeKeys.Key], from source: Source) -> Int {
        sourceClosed(source)
        others.removeAll { $0.sources.isEmpty }
        var leftOut = 0
        for key in keys where !add(key, from: source) { leftOut += 1 }
        return leftOut
    }

    /// A source is gone. What it said is not forgotten yet.
    public mutating func sourceClosed(_ source: Source) {
        for index in others.indices { others[index].sources.remove(source) }
    }

    private mutating func add(_ key: BridgeKeys.Key, from source: Source) -> Bool {
        guard let key = TokenKey(key, cryptography) else { return false }
        // Our own name and our own key come together or not at all; a bootstrap tells us of ourselves, too.
        guard key.bridge != own.bridge else { return key == own }
        if let known = others.firstIndex(where: { $0.key == key }) {
            others[known].sources.insert(source)
            return true
        }
        guard others.count < TokenDefaults.foreignKeys else { return false }
        others.append(Entry(key: key, sources: [source]))
        return true
    }

    /// What a token is worth in the hands of `holder`, by the rules of ``TokenFinding``.
    /// - Parameter time: milliseconds since 1970, by our own clock.
    public func judge(_ token: RawJSON?, of holder: NodeID, at time: Int64, isStrict: Bool) -> TokenVerdict {
        TokenFinding(of: token, shownBy: holder, at: time, keys: keys, isStrict: isStrict).verdict(cryptography)
    }
}
