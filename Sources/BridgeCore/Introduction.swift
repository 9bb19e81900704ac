package import WireMessages

/// What a node says of itself in its hello or its registration, reduced to what others may hear of it.
///
/// Tokens, secrets and whatever else is in the metadata stop here (protocol.md 8, S2, S12, S19).
package struct Introduction: Sendable, Hashable {
    /// The metadata with only the keys that are passed on, bytes and order kept.
    package var metadata: RawJSON
    package var kind: NodeKind
    package var reach: Reach
    /// Where it can be dialled from a server: its `listeningAddress`, else its `publicWssAddress` (protocol.md 4.9).
    package var address: String?
    package var isTabHidden: Bool
    /// It showed a membership token, in whatever shape.
    package var showsToken: Bool

    /// Nothing said: the stateless era, or a tool.
    package static let silent = Introduction(metadata: nil)

    package init(metadata: RawJSON?) {
        let view = PeerMetadata(metadata)
        let kind: NodeKind =
            if view.claimsToBeBridge {
                .bridge
            } else {
                switch (view.nodeTypeText, view.nodeType) {
                case (nil, _), (_, .other): .unknown
                case (_, .browser): .browser
                case (_, .node): .server
                case (_, .bridge): .bridge
                }
            }
        let address = [view.listeningAddress, view.publicWssAddress].compactMap { $0 }.first(where: Self.isDialable)
        var kept = metadata?.keeping(PeerMetadata.forwardable) ?? .emptyObject
        if kept.bytes.count > BridgeDefaults.introductionBytes { kept = kept.keeping(Self.essentialKeys) }
        if kept.bytes.count > BridgeDefaults.introductionBytes { kept = .emptyObject }
        self.metadata = kept
        self.kind = kind
        self.address = address
        self.reach = Self.reach(kind: kind, isDialable: address != nil, accepts: view.canAcceptConnections)
        self.isTabHidden = view.isHiddenTab
        self.showsToken = view.membershipToken != nil
    }

    /// Whether an address may be dialled or named: `ws` or `wss`, a host, and no more text than an address needs
    /// (protocol.md 8, S14).
    package static func isDialable(_ address: String) -> Bool {
        let utf8 = address.utf8
        guard utf8.count <= BridgeDefaults.addressBytes, utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            return false
        }
        let rest: Substring
        if address.hasPrefix("ws://") {
            rest = address.dropFirst(5)
        } else if address.hasPrefix("wss://") {
            rest = address.dropFirst(6)
        } else {
            return false
        }
        guard let first = rest.first else { return false }
        return first.isLetter || first.isNumber || first == "["
    }

    /// Fills what this introduction leaves open from an earlier one: stateless peers say next to nothing in their hello, but
    /// said it when they asked to join (protocol.md 4.2).
    package func completed(by earlier: Introduction) -> Introduction {
        guard kind == .unknown, reach == .unknown else { return self }
        var result = earlier
        // A token is shown by its holder or not at all.
        result.showsToken = showsToken
        result.isTabHidden = isTabHidden
        return result
    }

    private static func reach(kind: NodeKind, isDialable: Bool, accepts: Bool?) -> Reach {
        if isDialable, accepts != false { return .dialable }
        switch kind {
        case .browser: return .browser
        case .server, .bridge: return .unreachable
        case .unknown: return accepts == false ? .unreachable : .unknown
        }
    }

    /// What a newcomer needs to connect, when somebody made the rest too large.
    private static let essentialKeys: Set<String> = [
        "nodeType", "listeningAddress", "publicWssAddress", "canAcceptConnections", "isBridgeNode",
    ]
}
