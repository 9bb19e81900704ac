/// The variants of protocol.md 2.6.3, by its letters. (L is a failed `Response`.)
extension JoinAnswer {
    /// A: the client was in the DHT before and gets peers to dial.
    public static func reconnecting(peers: [PeerEntry], message: String? = nil) -> JoinAnswer {
        JoinAnswer(peers: peers, reconnecting: true, status: .reconnectionPeers, message: message)
    }

    /// B: the client is the first peer of a new network and dials the bridges. Only bridges whose id is known may be listed: one
    /// made-up id, and existing clients dial none (2.6.4).
    public static func genesis(bridges: [PeerEntry], message: String? = nil) -> JoinAnswer {
        JoinAnswer(peers: bridges, isGenesis: true, message: message)
    }

    /// C: to a bridge, which waits to be dialled.
    public static let emptyForBridge = JoinAnswer(peers: [])

    /// D: to a bridge that has lost all its peers.
    public static func peersForBridge(_ peers: [PeerEntry], message: String? = nil) -> JoinAnswer {
        JoinAnswer(peers: peers, emergencyRecovery: true, status: .emergencyPeersForBridge, message: message)
    }

    /// E: a bridge has named a helper.
    public static func peerFound(
        helper: PeerEntry,
        membershipToken: RawJSON?,
        message: String? = nil,
        receipt: JoinReceipt? = nil
    ) -> JoinAnswer {
        JoinAnswer(
            peers: [helper],
            membershipToken: membershipToken,
            status: .peerFound,
            message: message,
            receipt: receipt
        )
    }

    /// F, G, H: no helper, but peers to dial, each marked with `RawJSON.markedAsTarget`.
    ///
    /// - Parameter status: `emergencyBridgeRouting`, `emergencyDirectConnect` or `emergencyGenesisConnect`.
    public static func emergency(
        _ status: Status,
        peers: [PeerEntry],
        message: String? = nil,
        receipt: JoinReceipt? = nil
    ) -> JoinAnswer {
        JoinAnswer(peers: peers, emergencyMode: true, status: status, message: message, receipt: receipt)
    }

    /// I: nobody to name.
    public static func networkEmpty(message: String? = nil, receipt: JoinReceipt? = nil) -> JoinAnswer {
        JoinAnswer(peers: [], emergencyMode: true, status: .networkEmpty, message: message, receipt: receipt)
    }

    /// J: ask again in 5 s.
    public static func helperCoordinating(message: String? = nil, receipt: JoinReceipt? = nil) -> JoinAnswer {
        JoinAnswer(peers: [], status: .helperCoordinating, message: message, receipt: receipt)
    }

    /// K: a plain list.
    public static func peerList(_ peers: [PeerEntry]) -> JoinAnswer {
        JoinAnswer(peers: peers)
    }
}

extension RawJSON {
    /// This metadata with the marks that make a client dial its owner directly (variants F, G and H).
    public func markedAsTarget(fromBridgeRouting: Bool = false) -> RawJSON {
        let marked = adding("emergencyTarget", true).adding("directConnection", true)
        return fromBridgeRouting ? marked.adding("fromBridgeRouting", true) : marked
    }
}
