import BridgeCore
import Kademlia
import Timekeeping
import WireMessages

/// A Node peer at an address of its own.
func serverMetadata(at host: String, port: Int = 80) -> RawJSON {
    .object { writer in
        writer.member("nodeType", "nodejs")
        writer.member("listeningAddress", "ws://\(host):\(port)")
        writer.member("canAcceptConnections", true)
    }
}

extension BridgeHarness {
    /// A bridge with a memory that holds these.
    init(
        remembering peers: [RememberedPeer],
        maximumPeers: Int = 50,
        targetPeers: Int = BridgeDefaults.targetPeers
    ) {
        self.init(maximumConnections: 400, maximumPeers: maximumPeers, targetPeers: targetPeers, remembersPeers: true)
        bridge.remembered(peers, at: now)
    }

    /// A dialled peer answers.
    mutating func answer(_ id: NodeID, metadata: RawJSON? = nil) -> ConnectionID {
        let connection = newConnection()
        _ = bridge.dialled(id, as: connection, at: now)
        _ = say(.connected(DHTPeerConnected(bridgeNodeID: id, metadata: metadata)), on: connection)
        return connection
    }
}

extension BridgeAction {
    var book: [RememberedPeer]? {
        if case .remember(let peers) = self { peers } else { nil }
    }
}

extension [BridgeAction] {
    var books: [[RememberedPeer]] { compactMap(\.book) }
}

/// Remembered from before the restart, `count` of them, at addresses of this machine; each was heard before the next.
func crowd(_ count: Int) -> [RememberedPeer] {
    (0..<count).map { number in
        RememberedPeer(
            id: NodeID(integerLiteral: UInt32(0x1000 + number)),
            address: "ws://127.0.0.1:\(9_000 + number)",
            lastHeard: 1_799_000_000_000 + Int64(number)
        )
    }
}
