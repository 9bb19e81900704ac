import Telemetry
import WireMessages

extension ConformanceCase {
    static let bootstrapLink: [ConformanceCase] = [
        ConformanceCase(
            "auth-good",
            "bootstrap_auth",
            "3.2.1",
            expects: "auth_success: bridgeNodeId of 40 hex digits, from the same, both addresses, timestamp",
            need: .secret
        ) { probe in
            let socket = try await probe.open()
            let text = try probe.bootstrapAuth()
            try await probe.spacing.turn()
            socket.send(text)
            let success = try await socket.next("auth_success")
            let id = success.string("bridgeNodeId")
            try expect(Hex.isText(id, digits: 40), else: "bridgeNodeId \(id ?? "missing")")
            try expect(success.string("from") == id, else: "from is not the bridge's id")
            for key in ["listeningAddress", "publicWssAddress"] {
                let address = success.string(key) ?? "missing"
                try expect(address.hasPrefix("ws"), else: "\(key) \(address)")
            }
            try expect(success.int64("timestamp") != nil, else: "no integer timestamp")
            return "auth_success"
        },
        ConformanceCase(
            "auth-stateless-era",
            "bootstrap_auth",
            "3.2.1",
            expects: "with host:port in bootstrapServer, on a second link at the same time: auth_success",
            need: .secret
        ) { probe in
            let first = try await probe.link()
            let second = try await probe.open()
            let text = try probe.bootstrapAuth(server: "127.0.0.1:8080")
            try await probe.spacing.turn()
            second.send(text)
            _ = try await second.next("auth_success")
            first.ping("x")
            try await first.pong("x")
            return "auth_success, both stay"
        },
        ConformanceCase(
            "auth-wrong",
            "bootstrap_auth",
            "3.2.1",
            expects: "wrong secret: close 1000 \"Unauthorized - invalid bridge auth token\", no auth_success"
        ) { probe in
            let socket = try await probe.open()
            try await probe.spacing.turn()
            socket.send(#"{"type":"bootstrap_auth","auth_token":"\#(probe.randomHex(8))","bootstrapServer":"kit"}"#)
            let got = try await closes(socket, 1000, "Unauthorized - invalid bridge auth token")
            try expect(socket.all.allSatisfy { $0.type != "auth_success" }, else: "auth_success, then \(got)")
            for refusal in socket.all where refusal.type == "auth_failed" {
                let (error, message) = (refusal.json?.string("error"), refusal.json?.string("message"))
                try expect(error != nil && message != nil, else: "auth_failed without both error and message")
            }
            return got
        },
        ConformanceCase(
            "auth-no-token",
            "bootstrap_auth",
            "3.2.1",
            expects: "no secret, or one that is no text: closed, no auth_success"
        ) { probe in
            for member in ["", #","auth_token":null"#, #","auth_token":{"a":1}"#] {
                let socket = try await probe.open()
                try await probe.spacing.turn()
                socket.send(#"{"type":"bootstrap_auth","bootstrapServer":"kit"\#(member)}"#)
                _ = try await socket.end()
                try expect(socket.all.allSatisfy { $0.type != "auth_success" }, else: "auth_success")
            }
            return "closed"
        },
        ConformanceCase(
            "link-ping",
            "ping",
            "3.2.2",
            expects: "pong: requestId, originalTimestamp echoed, timestamp, from",
            need: .secret
        ) { probe in
            let socket = try await probe.link()
            socket.send(#"{"type":"ping","requestId":"keepalive_1","timestamp":1700000000000}"#)
            let pong = try await socket.next("pong") { $0.string("requestId") == "keepalive_1" }
            try expectPong(pong)
            return "pong"
        },
        ConformanceCase(
            "link-unknown-type",
            "an unknown type",
            "0.4",
            expects: "ignored; the link stays",
            need: .secret
        ) { probe in
            let socket = try await probe.link()
            socket.send(#"{"type":"frobnicate","requestId":"1"}"#)
            try await socket.hearsNo("error", "no type")
            socket.send(#"{"type":"ping","requestId":"k2","timestamp":1}"#)
            _ = try await socket.next("pong") { $0.string("requestId") == "k2" }
            return "nothing"
        },
        ConformanceCase(
            "validate-reconnection",
            "validate_reconnection",
            "3.6",
            expects: "reconnection_result: nodeId, requestId, success, reason, timestamp, from",
            need: .secret
        ) { probe in
            let (socket, id) = (try await probe.link(), probe.newID())
            let requestID = "reconnect_1700000000000_\(probe.randomHex(4))"
            socket.send(
                #"{"type":"validate_reconnection","nodeId":"\#(id)","membershipToken":{"nodeId":"\#(id)","#
                    + #""signature":"bridge-issued-open-network-token"},"requestId":"\#(requestID)","timestamp":1}"#
            )
            let result = try await socket.next("reconnection_result")
            try expectResult(result, id, requestID)
            return "success:\(result.bool("success") ?? false)"
        },
        ConformanceCase(
            "connect-genesis-peer",
            "connect_genesis_peer",
            "3.6",
            expects: "genesis_connection_result: nodeId, requestId, success, reason, timestamp, from",
            need: .throwAwayAndSecret
        ) { probe in
            let (socket, id) = (try await probe.link(), probe.newID())
            let requestID = "genesis_1700000000000_\(probe.randomHex(4))"
            socket.send(
                #"{"type":"connect_genesis_peer","nodeId":"\#(id)","metadata":\#(Metadata.node()),"#
                    + #""requestId":"\#(requestID)"}"#
            )
            let result = try await socket.next("genesis_connection_result", within: ConformanceDefaults.request)
            try expectResult(result, id, requestID)
            return "success:\(result.bool("success") ?? false)"
        },
    ]

    static func expectPong(_ pong: RawJSON, original: Int64 = 1_700_000_000_000) throws {
        try expect(pong.int64("originalTimestamp") == original, else: "originalTimestamp not echoed")
        try expect(pong.int64("timestamp") != nil, else: "no integer timestamp")
        try expect(Hex.isText(pong.string("from"), digits: 40), else: "from is no id")
    }

    private static func expectResult(_ result: RawJSON, _ id: String, _ requestID: String) throws {
        try expect(result.string("nodeId") == id, else: "nodeId not echoed")
        try expect(result.string("requestId") == requestID, else: "requestId not echoed")
        try expect(result.bool("success") != nil, else: "no success")
        try expect(result.string("reason") != nil || result.bool("success") == true, else: "no reason")
        try expect(result.int64("timestamp") != nil, else: "no integer timestamp")
        try expect(Hex.isText(result.string("from"), digits: 40), else: "from is no id")
    }
}

extension Probe {
    func bootstrapAuth(server: String = "connection-pool") throws -> String {
        guard let secret = address.secret else { throw Skipped("needs the bridge secret") }
        return RawJSON.object { writer in
            writer.member("type", "bootstrap_auth")
            writer.member("auth_token", secret.reveal())
            writer.member("bootstrapServer", server)
        }.description
    }

    /// A link that has proved the secret.
    func link() async throws -> ProbeSocket {
        let socket = try await open()
        let text = try bootstrapAuth()
        try await spacing.turn()
        socket.send(text)
        _ = try await socket.next("auth_success")
        return socket
    }

    static func onboarding(_ newcomer: String, _ requestID: String, metadata: String = Metadata.node()) -> String {
        #"{"type":"get_onboarding_peer","requestId":"\#(requestID)","newNodeId":"\#(newcomer)","#
            + #""newNodeMetadata":\#(metadata)}"#
    }
}
