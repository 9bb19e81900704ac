import WireMessages

extension ConformanceCase {
    static let onboarding: [ConformanceCase] = [
        ConformanceCase(
            "onboarding",
            "get_onboarding_peer",
            "3.4, 3.5",
            expects: "onboarding_peer_response on the same link within 10 s: success with data, or an honest failure",
            need: .secret
        ) { probe in
            let (socket, requestID) = (try await probe.link(), "onboarding_1700000000000_\(probe.randomHex(4))")
            socket.send(Probe.onboarding(probe.newID(), requestID))
            return try checked(try await answer(on: socket, requestID))
        },
        ConformanceCase(
            "onboarding-two",
            "get_onboarding_peer",
            "3.4",
            expects: "two requests on one link: both answered, each by its requestId",
            need: .secret
        ) { probe in
            let socket = try await probe.link()
            let ids = [probe.newRequestID(), probe.newRequestID()]
            for id in ids { socket.send(Probe.onboarding(probe.newID(), id)) }
            for id in ids { _ = try checked(try await answer(on: socket, id)) }
            return "both answered"
        },
        ConformanceCase(
            "onboarding-helper",
            "create_invitation_for_peer",
            "4.8, 3.4",
            expects:
                "a linked member is told: targetPeer, targetNodeId, targetNodeMetadata in its bytes, fromBridge, requestId",
            need: .throwAwayAndSecret
        ) { probe in
            let helper = probe.newID()
            let token = #","membershipToken":{"nodeId":"\#(helper)","isOpenNetwork":true,"signature":"s"}"#
            let (peer, welcome) = try await probe.peer(helper, metadata: Metadata.node(token))
            let socket = try await probe.link()
            var seen = "nothing"
            // Peers of other cases are linked as well, and a bridge spreads its requests over all of them.
            for _ in 0..<ConformanceDefaults.turnsOfHelpers {
                let (newcomer, requestID) = (probe.newID(), "onboarding_1700000000000_\(probe.randomHex(4))")
                let metadata =
                    #"{"startTime":1e3,"nodeType":"nodejs","relayLoad":1.0,"listeningAddress":"ws:\/\/127.0.0.1:9"}"#
                socket.send(Probe.onboarding(newcomer, requestID, metadata: metadata))
                let response = try await answer(on: socket, requestID)
                let got = try checked(response)
                guard response.bool("success") == true else {
                    // It has only just linked: what has answered a ping counts as alive.
                    try await Task.sleep(for: ConformanceDefaults.helperSettles)
                    seen = got
                    continue
                }
                guard response.member("data")?.string("inviterPeerId") == helper else {
                    try await Task.sleep(for: ConformanceDefaults.helperSettles)
                    seen = "another peer"
                    continue
                }
                let told = try await peer.next("create_invitation_for_peer") { $0.string("targetNodeId") == newcomer }
                try expect(told.string("targetPeer") == helper, else: "targetPeer is not the helper")
                try expect(told.string("requestId") == requestID, else: "another requestId")
                try expect(
                    told.string("fromBridge") == welcome.string("bridgeNodeId"),
                    else: "fromBridge is not the bridge"
                )
                let passed = told.member("targetNodeMetadata")?.description ?? "none"
                try expect(passed == metadata, else: "metadata changed: \(difference(metadata, passed))")
                return got
            }
            guard seen == "another peer" else { throw Deviation("no helper, though one is linked: \(seen)") }
            throw Skipped("other peers were chosen each time")
        },
        ConformanceCase(
            "onboarding-not-itself",
            "get_onboarding_peer",
            "5.1",
            expects: "a newcomer that is linked already is not its own helper",
            need: .throwAwayAndSecret
        ) { probe in
            let id = probe.newID()
            let token = #","membershipToken":{"nodeId":"\#(id)","isOpenNetwork":true,"signature":"s"}"#
            _ = try await probe.peer(id, metadata: Metadata.node(token))
            let (socket, requestID) = (try await probe.link(), probe.newRequestID())
            socket.send(Probe.onboarding(id, requestID))
            let response = try await answer(on: socket, requestID)
            try expect(response.member("data")?.string("inviterPeerId") != id, else: "itself")
            return try checked(response)
        },
        ConformanceCase(
            "onboarding-malformed",
            "get_onboarding_peer",
            "8 S13",
            expects: "without requestId, without newNodeId, with odd types: the bridge lives on",
            need: .secret,
            turn: .alone
        ) { probe in
            let socket = try await probe.link()
            let id = probe.newID()
            let wrong = [
                #"{"type":"get_onboarding_peer","newNodeId":"\#(id)","newNodeMetadata":{}}"#,
                #"{"type":"get_onboarding_peer","requestId":"a"}"#,
                #"{"type":"get_onboarding_peer","requestId":"b","newNodeId":7,"newNodeMetadata":[]}"#,
                #"{"type":"get_onboarding_peer","requestId":{"c":1},"newNodeId":"","newNodeMetadata":null}"#,
                #"{"type":"validate_reconnection"}"#, #"{"type":"connect_genesis_peer"}"#,
                #"{"type":"invitation_for_bridge"}"#, "[]", "7", "{}",
            ]
            for text in wrong { socket.send(text) }
            try await Task.sleep(for: ConformanceDefaults.quiet)
            let second = try await probe.link()
            second.ping("alive")
            try await second.pong("alive")
            return socket.closure.map(ProbeSocket.describe) ?? "alive, the link too"
        },
    ]

    private static func answer(on socket: ProbeSocket, _ requestID: String) async throws -> RawJSON {
        try await socket.next("onboarding_peer_response", within: ConformanceDefaults.request) {
            $0.string("requestId") == requestID
        }
    }

    private static func checked(_ response: RawJSON) throws -> String {
        try expect(response.int64("timestamp") != nil, else: "no integer timestamp")
        try expect(Hex.isText(response.string("from"), digits: 40), else: "from is no id")
        let data = response.member("data")
        guard response.bool("success") == true else {
            try expect(response.bool("success") == false, else: "no success")
            guard let error = response.string("error") else { throw Deviation("a failure without error") }
            if let data {
                try expect(data.bool("emergencyMode") == true, else: "data without emergencyMode")
                try expect(data.string("reason") == error, else: "data.reason is not the error")
                let state = data.member("networkState")
                for key in ["connectedPeerCount", "routingTableSize", "timestamp"] {
                    try expect(state?.int64(key) != nil, else: "networkState.\(key) is no integer")
                }
                try expect(Hex.isText(state?.string("bridgeNodeId"), digits: 40), else: "networkState.bridgeNodeId")
                for peer in state?.elements("availablePeers") ?? [] {
                    try expect(peer.string("nodeId") != nil, else: "an available peer without nodeId")
                    try expect(peer.bool("connected") == true, else: "an available peer that is not connected")
                    try expectNoSecrets(peer.member("metadata"), in: "an available peer")
                }
            }
            return "failure: \(error)"
        }
        try expect(response.string("error") == nil, else: "success with an error")
        try expect(Hex.isText(data?.string("inviterPeerId"), digits: 40), else: "no inviterPeerId")
        try expect(data?.member("inviterMetadata")?.isObject == true, else: "no inviterMetadata")
        try expect(data?.member("membershipToken")?.isObject == true, else: "no membershipToken")
        try expect(data?.string("status") == "invitation_request_sent_to_helper", else: "another status")
        try expectNoSecrets(data?.member("inviterMetadata"), in: "the helper")
        return "success"
    }
}
