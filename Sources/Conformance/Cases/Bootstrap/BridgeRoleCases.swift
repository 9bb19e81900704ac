import Telemetry
import WireMessages

extension ConformanceCase {
    static let bridgeRole: [ConformanceCase] = [
        ConformanceCase(
            "clients-stranger",
            "get_connected_clients",
            "8 S12, S19",
            expects: "a peer that is no bridge gets no list of clients"
        ) { probe in
            let peer = try await probe.node()
            peer.send(clientsRequest(peer.id, probe.newRequestID()))
            try await peer.socket.hearsNo("connected_clients_response", for: .seconds(1)) {
                $0.member("clients") != nil && $0.bool("success") != false
            }
            return "nothing, or a refusal"
        },
        ConformanceCase(
            "health-stranger",
            "bridge_health_update",
            "S19",
            expects: "ignored from a peer that is no bridge"
        ) { probe in
            let peer = try await probe.node()
            peer.send(
                #"{"type":"bridge_health_update","bridgeNodeId":"\#(peer.id)","bridgeHealth":{"isHealthy":true,"#
                    + #""hasBootstrapped":true,"connectedPeers":3,"routingNodes":3,"peakPeerCount":3,"uptime":1},"#
                    + #""timestamp":1700000000000}"#
            )
            try await Probe.isAlive(peer, probe: probe)
            return "ignored"
        },
        ConformanceCase(
            "onboarding-response-stranger",
            "onboarding_peer_response",
            "8 S5",
            expects: "ignored from a peer that was not asked"
        ) { probe in
            let peer = try await probe.node()
            peer.send(
                #"{"type":"onboarding_peer_response","requestId":"onboarding_1700000000000_abcdefghi","#
                    + #""success":true,"data":{"inviterPeerId":"\#(peer.id)","inviterMetadata":{},"membershipToken":{},"#
                    + #""status":"x","message":"y"},"error":null,"timestamp":1700000000000}"#
            )
            try await peer.socket.hearsNo("response", "error")
            try await Probe.isAlive(peer, probe: probe)
            return "ignored"
        },
        ConformanceCase(
            "bridge-claim",
            "register",
            "8 S4",
            expects: "isBridgeNode without the secret is not believed: no question about newcomers, no clients",
            need: .throwAway,
            turn: .alone,
            timeLimit: ConformanceDefaults.slowCaseLimit
        ) { probe in
            let metadata =
                #"{"nodeType":"bridge","isBridgeNode":true,"listeningAddress":"\#(ConformanceDefaults.listeningAddress)","#
                + #""bridgeAuthToken":"\#(probe.randomHex(8))"}"#
            let socket = try await probe.open()
            let claimant = KitPeer(id: probe.newID(), socket: socket)
            socket.send(Probe.register(claimant.id, metadata: metadata))
            let answer = try await socket.next("registered", "error")
            if answer.string("type") == "error" { return "refused: \(answer.string("error") ?? "")" }
            socket.send(clientsRequest(claimant.id, probe.newRequestID()))
            // Several, as a server with more bridges may ask another one first.
            for _ in 0..<3 {
                let newcomer = try await probe.node()
                newcomer.send(Probe.join(newcomer.id, probe.newRequestID()))
            }
            try await socket.hearsNo("get_onboarding_peer", for: .seconds(2))
            try await socket.hearsNo("connected_clients_response", for: .milliseconds(50)) {
                $0.member("clients") != nil
            }
            return "taken for a peer"
        },
        ConformanceCase(
            "bridge-client",
            "get_connected_clients",
            "2.10",
            expects: "a bridge with the secret: connected_clients_response with clients, totalConnected, no secrets",
            need: .throwAwayAndSecret,
            turn: .alone
        ) { probe in
            let bridge = try await bridge(probe)
            let other = try await probe.node(metadata: Metadata.node(secrets(probe.randomHex(16))))
            let requestID = "bridge_recovery_1700000000000"
            bridge.send(clientsRequest(bridge.id, requestID))
            let answer = try await bridge.socket.next("connected_clients_response")
            try expect(answer.string("requestId") == requestID, else: "requestId not echoed")
            try expect(answer.bool("success") == true, else: "success is not true")
            try expect(answer.int64("totalConnected") != nil, else: "no totalConnected")
            try expect(answer.int64("timestamp") != nil, else: "no timestamp")
            let clients = answer.elements("clients")
            try expect(clients.contains { $0.string("nodeId") == other.id }, else: "a client is missing")
            try expect(clients.allSatisfy { $0.string("nodeId") != bridge.id }, else: "the asker is in the list")
            for client in clients { try expectNoSecrets(client.member("metadata"), in: "the list") }
            return "\(clients.count) clients"
        },
        ConformanceCase(
            "bridge-health-update",
            "bridge_health_update",
            "2.10",
            expects: "accepted silently from a bridge",
            need: .throwAwayAndSecret,
            turn: .alone
        ) { probe in
            let bridge = try await bridge(probe)
            bridge.send(
                #"{"type":"bridge_health_update","bridgeNodeId":"\#(bridge.id)","bridgeHealth":{"isHealthy":true,"#
                    + #""hasBootstrapped":true,"connectedPeers":0,"routingNodes":0,"peakPeerCount":0,"uptime":1},"#
                    + #""timestamp":1700000000000}"#
            )
            try await bridge.socket.hearsNo("error", "response")
            return "nothing"
        },
        ConformanceCase(
            "bridge-onboarding",
            "get_onboarding_peer",
            "3.1 c, 3.4",
            expects: "a bridge with the secret is asked on its own link, and its answer reaches the newcomer unchanged",
            need: .throwAwayAndSecret,
            turn: .alone,
            timeLimit: ConformanceDefaults.slowCaseLimit
        ) { probe in
            let token = #"{"nodeId":"x","issuer":"y","timestamp":1.0,"isOpenNetwork":true,"signature":"\u0041"}"#
            let helper = try await probe.node()
            let bridge = try await bridge(probe) { question, socket in
                guard question.string("type") == "get_onboarding_peer", let id = question.string("requestId") else {
                    return
                }
                socket.send(
                    #"{"type":"onboarding_peer_response","requestId":"\#(id)","success":true,"data":{"inviterPeerId":"#
                        + #""\#(helper.id)","inviterMetadata":\#(Metadata.node()),"membershipToken":\#(token),"status":"#
                        + #""invitation_request_sent_to_helper","message":"m"},"error":null,"timestamp":1700000000000}"#
                )
            }
            // Other bridges have their turns as well.
            for _ in 0..<8 {
                let (newcomer, requestID) = (try await probe.node(), probe.newRequestID())
                newcomer.send(Probe.join(newcomer.id, requestID))
                let answer = try await newcomer.socket.response(to: requestID, within: ConformanceDefaults.join)
                let heard = bridge.socket.all.first { $0.json?.string("newNodeId") == newcomer.id }
                guard let question = heard?.json, let data = answer.member("data") else { continue }
                try expect(question.member("newNodeMetadata")?.isObject == true, else: "asked without newNodeMetadata")
                let peers = data.elements("peers").map { $0.string("nodeId") }
                try expect(peers.contains(helper.id), else: "the helper is not in the answer")
                try expect(data.string("status") == "peer_found", else: "status \(data.string("status") ?? "none")")
                try expect(data.member("membershipToken")?.description == token, else: "the token arrived changed")
                return "asked, peer_found"
            }
            throw Deviation("not asked for any of 8 newcomers")
        },
    ]

    private static func clientsRequest(_ id: String, _ requestID: String) -> String {
        #"{"type":"get_connected_clients","requestId":"\#(requestID)","bridgeNodeId":"\#(id)","#
            + #""reason":"zero_peer_recovery"}"#
    }

    /// A client that has proved that it is a bridge.
    private static func bridge(
        _ probe: Probe,
        responder: (@Sendable (RawJSON, ProbeSocket) -> Void)? = nil
    ) async throws -> KitPeer {
        guard let secret = probe.address.secret else { throw Skipped("needs the bridge secret") }
        let id = probe.newID()
        let metadata = RawJSON.object { writer in
            writer.member("publicKey", String(repeating: "5a", count: 32))
            writer.member("nodeType", "bridge")
            writer.member("isBridgeNode", true)
            writer.member("listeningAddress", ConformanceDefaults.listeningAddress)
            writer.member("publicWssAddress", ConformanceDefaults.listeningAddress)
            writer.member("relayLoad", Int64(0))
            writer.member("bridgeAuthToken", secret.reveal())
        }
        let socket = try await probe.open(responder: responder)
        socket.send(Probe.register(id, metadata: metadata.description))
        _ = try await socket.next("registered")
        return KitPeer(id: id, socket: socket)
    }
}
