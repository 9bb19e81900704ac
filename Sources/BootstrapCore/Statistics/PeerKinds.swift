import WireMessages

/// What registered clients say that they run as.
public enum PeerKind: String, Sendable, CaseIterable {
    case browser
    /// A Node.js process.
    case server
    /// A bridge that proved the secret.
    case bridge
    case other
}

/// How many there are of each kind.
public struct PeerKinds: Sendable, Equatable {
    private var counts: [PeerKind: Int] = [:]

    public init() {}

    public subscript(kind: PeerKind) -> Int { counts[kind, default: 0] }

    mutating func move(from earlier: PeerKind?, to kind: PeerKind?) {
        if let earlier { counts[earlier, default: 0] -= 1 }
        if let kind { counts[kind, default: 0] += 1 }
    }
}

extension Bootstrap {
    /// Keeps `peerKinds` right; called after whatever may have changed what a client is, or that it is registered.
    mutating func recount(_ connection: ConnectionID) {
        guard let client = clients[connection] else { return }
        let kind = client.isRegistered && !client.isClosing ? client.peerKind : nil
        guard kind != client.countedAs else { return }
        peerKinds.move(from: client.countedAs, to: kind)
        clients[connection]?.countedAs = kind
    }
}

extension Bootstrap.Client {
    fileprivate var peerKind: PeerKind {
        if isProvenBridge { return .bridge }
        switch kind {
        case .browser: return .browser
        case .node: return .server
        // It says so, and did not prove it.
        case .bridge, .other: return .other
        }
    }
}
