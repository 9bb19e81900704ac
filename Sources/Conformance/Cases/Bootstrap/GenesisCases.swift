import WebSocketTransport
import WireMessages

extension ConformanceCase {
    static let genesis: [ConformanceCase] = [
        ConformanceCase(
            "genesis",
            "get_peers_or_genesis",
            "2.6.3 B, 2.6.4",
            expects: "the first peer: isGenesis true; bridges with their ids, exactly the keys of 2.6.4, no secrets",
            need: .throwAway
        ) { probe in
            let first = try first(probe)
            try expect(first.answer.bool("success") == true, else: "success is not true")
            let bridges = first.answer.member("data")?.elements("peers") ?? []
            for bridge in bridges {
                let id = bridge.string("nodeId")
                try expect(Hex.isText(id, digits: 40), else: "a made-up id: \(id ?? "none")")
                let metadata = bridge.member("metadata") ?? .emptyObject
                try expect(metadata.bool("isBridgeNode") == true, else: "isBridgeNode is not true")
                for key in ["nodeType", "websocketAddress", "listeningAddress", "publicWssAddress"] {
                    try expect(metadata.string(key) != nil, else: "no \(key)")
                }
                try expect(!metadata.elements("capabilities").isEmpty, else: "no capabilities")
                try expectNoSecrets(metadata, in: "a bridge")
            }
            return "\(bridges.count) bridges"
        },
        ConformanceCase(
            "genesis-second",
            "get_peers_or_genesis",
            "2.6.1",
            expects: "nobody after the first is told isGenesis true",
            need: .throwAway,
            timeLimit: ConformanceDefaults.slowCaseLimit
        ) { probe in
            let (peer, requestID) = (try await probe.node(), probe.newRequestID())
            peer.send(Probe.join(peer.id, requestID))
            let answer = try await peer.socket.response(to: requestID, within: ConformanceDefaults.join)
            try expect(answer.member("data")?.bool("isGenesis") != true, else: "isGenesis:true")
            return "not genesis"
        },
        ConformanceCase(
            "genesis-invites-bridges",
            "bridge_invitation_request",
            "2.7",
            expects:
                "what the first peer is asked 2 s later: targetPeerId, bridgeNodeInfo with the bridge's real address",
            need: .throwAway
        ) { probe in
            let first = try first(probe)
            let asked = try await first.socket.inbox.first(within: .seconds(4)) { inbox in
                inbox.all.first { $0.type == "bridge_invitation_request" }?.json
            }
            // It may be linked to all of them by then, so that there is nothing to ask.
            guard let asked else { return "nothing asked" }
            let info = asked.member("bridgeNodeInfo")
            try expect(Hex.isText(asked.string("targetPeerId"), digits: 40), else: "targetPeerId is no id")
            try expect(info?.string("nodeId") == asked.string("targetPeerId"), else: "bridgeNodeInfo of another id")
            try expect(info?.bool("isBridgeNode") == true, else: "isBridgeNode is not true")
            let told = first.answer.member("data")?.elements("peers").compactMap { bridge in
                bridge.member("metadata")?.string("listeningAddress")
            }
            let address = info?.string("listeningAddress") ?? "none"
            try expect(told?.contains(address) == true, else: "listeningAddress \(address)")
            return "asked"
        },
        ConformanceCase(
            "introduction",
            "get_peers_or_genesis",
            "5.3",
            expects: "a whole join: peer_found, the helper's invitation, accepted, where to dial; all within 28 s",
            need: .throwAway,
            timeLimit: ConformanceDefaults.slowCaseLimit
        ) { probe in
            let first = try first(probe)
            let (peer, requestID) = (try await probe.node(), probe.newRequestID())
            peer.send(Probe.join(peer.id, requestID))
            let answer = try await peer.socket.response(to: requestID, within: ConformanceDefaults.join)
            let data = answer.member("data") ?? .emptyObject
            guard data.string("status") == "peer_found" else {
                let got = data.string("status") ?? answer.string("error") ?? "no status"
                throw Skipped((["no helper: \(got)"] + first.setbacks).joined(separator: "; "))
            }
            let helper = first.id
            let names = data.elements("peers").map { $0.string("nodeId") }
            try expect(names.contains(helper), else: "another peer than the linked one")
            try expect(data.member("membershipToken")?.isObject == true, else: "peer_found without membershipToken")
            _ = try await peer.socket.next("invitation_received") { $0.string("fromPeer") == helper }
            peer.send(accepted(by: peer.id, helper))
            let notice = try await peer.socket.next("websocket_peer_metadata") { $0.string("fromPeer") == helper }
            let address = notice.member("fromPeerMetadata")?.string("listeningAddress")
            try expect(address == ConformanceDefaults.listeningAddress, else: "without the helper's address")
            return "peer_found, invited, told where to dial"
        },
    ]

    private static func first(_ probe: Probe) throws -> StandingPeer {
        guard let standing = probe.standing, standing.isGenesis else {
            throw Skipped("the network had its first peer before the run")
        }
        return standing
    }
}
