public import Kademlia
public import WireMessages

/// What a node says of itself in its hello or its registration, reduced to what others may hear of it.
///
/// Tokens, secrets and whatever else is in the metadata stop here (protocol.md 8, S2, S12, S19).
public struct Introduction: Sendable, Hashable {
    /// The metadata with only the keys that are passed on, bytes and order kept.
    public var metadata: RawJSON
    public var kind: NodeKind
    public var reach: Reach
    /// Where it can be dialled from a server: its `listeningAddress`, else its `publicWssAddress` (protocol.md 4.9).
    public var address: String?
    public var isTabHidden: Bool
    /// It showed a membership token, in whatever shape.
    public var showsToken: Bool
    /// Whom that token names in `nodeId`: a bridge issued it (protocol.md 1.5).
    public var tokenNodeID: NodeID?

    /// Nothing said: the stateless era, or a tool.
    public static let silent = Introduction(metadata: nil)

    public init(metadata: RawJSON?) {
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
        var kept = metadata?.keeping(PeerMetadata.forwardable) ?? .emptyObject
        if kept.bytes.count > BridgeDefaults.introductionBytes { kept = kept.keeping(Self.essentialKeys) }
        if kept.bytes.count > BridgeDefaults.introductionBytes { kept = .emptyObject }
        self.metadata = kept
        self.kind = kind
        (self.reach, self.address) = Self.reach(of: kind, view, metadata)
        self.isTabHidden = view.isHiddenTab
        self.showsToken = view.membershipToken != nil
        self.tokenNodeID = view.membershipToken?.string("nodeId").flatMap { NodeID($0) }
    }

    /// Fills what this introduction leaves open from an earlier one: stateless peers say next to nothing in their hello, but
    /// said it when they asked to join (protocol.md 4.2).
    public func completed(by earlier: Introduction) -> Introduction {
        guard kind == .unknown, reach == .unknown else { return self }
        var result = earlier
        // A token is shown by its holder or not at all.
        result.showsToken = showsToken
        result.tokenNodeID = tokenNodeID
        result.isTabHidden = isTabHidden
        return result
    }

    /// How it can be reached, and the address that servers dial.
    private static func reach(of kind: NodeKind, _ view: PeerMetadata, _ metadata: RawJSON?) -> (Reach, String?) {
        // No browser listens, whatever it says (protocol.md 4.9).
        if kind == .browser { return (.browser(nat(in: metadata)), nil) }
        let listening = view.listeningAddress.flatMap(PeerAddress.init)
        let web = view.publicWssAddress.flatMap(PeerAddress.init)
        let usable = [listening, web].compactMap { $0 }.filter { $0.scope != .nowhere }
        let address = usable.first?.text
        if view.canAcceptConnections == false { return (.unreachable, address) }
        // Servers dial the first of the two, browsers the second, and each falls back on the other.
        if let dialledByBrowsers = usable.last {
            return (.dialable(secure: dialledByBrowsers.isOpenToWebPages), address)
        }
        let isSilent = listening == nil && web == nil
        return (kind == .unknown || !isSilent ? .unknown : .unreachable, nil)
    }

    /// What a browser found out about its router, in the profile that current-era browsers put into their metadata
    /// (protocol.md 4.2, 2.10). Profiles are not passed on.
    private static func nat(in metadata: RawJSON?) -> NAT {
        let text = metadata?.withValue { $0["connectionProfile"]?["natType"]?.string(maxBytes: 16) } ?? nil
        return switch text {
        case "open", "easy": .easy
        case "hard": .hard
        case .some, nil: .unknown
        }
    }

    /// What a newcomer needs to connect, when somebody made the rest too large.
    private static let essentialKeys: MemberNames = [
        "nodeType", "listeningAddress", "publicWssAddress", "canAcceptConnections", "isBridgeNode",
    ]
}
