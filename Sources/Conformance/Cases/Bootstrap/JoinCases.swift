import WireMessages

extension ConformanceCase {
    static let joins: [ConformanceCase] = [
        ConformanceCase(
            "join-before-register",
            "get_peers_or_genesis",
            "2.1",
            expects: "asked before register: response and registered, in any order, within 28 s",
            need: .network,
            timeLimit: ConformanceDefaults.slowCaseLimit
        ) { probe in
            let (socket, id, requestID) = (try await probe.open(), probe.newID(), probe.newRequestID())
            socket.send(Probe.join(id, requestID))
            try await Task.sleep(for: .milliseconds(10))
            socket.send(Probe.register(id))
            _ = try await socket.next("registered")
            return try summary(try await socket.response(to: requestID, within: ConformanceDefaults.join))
        },
        ConformanceCase(
            "join-after-register",
            "get_peers_or_genesis",
            "2.6",
            expects: "response: requestId, success, data.peers a list, data.isGenesis false",
            need: .network,
            timeLimit: ConformanceDefaults.slowCaseLimit
        ) { probe in
            let (peer, requestID) = (try await probe.node(), probe.newRequestID())
            peer.send(Probe.join(peer.id, requestID))
            return try summary(try await peer.socket.response(to: requestID, within: ConformanceDefaults.join))
        },
        ConformanceCase(
            "join-browser",
            "get_peers_or_genesis",
            "5.6",
            expects: "a browser that asks before it registers is answered like others",
            need: .network,
            timeLimit: ConformanceDefaults.slowCaseLimit
        ) { probe in
            let key = BrowserKey()
            let metadata = Metadata.browser(key.jwk)
            let (socket, requestID) = (try await probe.open(), probe.newRequestID())
            socket.send(Probe.join(key.id, requestID, metadata: metadata))
            socket.send(Probe.register(key.id, metadata: metadata))
            _ = try await socket.next("registered")
            try await probe.answerChallenge(of: KitPeer(id: key.id, socket: socket), key: key)
            return try summary(try await socket.response(to: requestID, within: ConformanceDefaults.join))
        },
        ConformanceCase(
            "join-duplicate",
            "get_peers_or_genesis",
            "2.6",
            expects: "the same requestId twice: one response",
            need: .network,
            timeLimit: ConformanceDefaults.slowCaseLimit
        ) { probe in
            let (peer, requestID) = (try await probe.node(), probe.newRequestID())
            peer.send(Probe.join(peer.id, requestID))
            peer.send(Probe.join(peer.id, requestID))
            _ = try await peer.socket.response(to: requestID, within: ConformanceDefaults.join)
            peer.send(Probe.join(peer.id, requestID))
            try await peer.socket.hearsNo("response", for: .seconds(1)) { $0.string("requestId") == requestID }
            return "one response"
        },
        ConformanceCase(
            "join-two-in-flight",
            "get_peers_or_genesis",
            "2.2",
            expects: "two requests of one client within 1 ms: both answered",
            need: .network,
            timeLimit: ConformanceDefaults.slowCaseLimit
        ) { probe in
            let peer = try await probe.node()
            let (first, second) = (probe.newRequestID(), probe.newRequestID())
            peer.send(Probe.join(peer.id, first))
            peer.send(Probe.join(peer.id, second))
            _ = try await peer.socket.response(to: first, within: ConformanceDefaults.join)
            _ = try await peer.socket.response(to: second, within: ConformanceDefaults.join)
            return "both answered"
        },
        ConformanceCase(
            "join-same-request-id",
            "get_peers_or_genesis",
            "1.3, 2.6",
            expects: "requestIds are per client: two peers with the same one are both answered",
            need: .network,
            timeLimit: ConformanceDefaults.slowCaseLimit
        ) { probe in
            let (one, other) = (try await probe.node(), try await probe.node())
            one.send(Probe.join(one.id, "req_1"))
            other.send(Probe.join(other.id, "req_1"))
            _ = try await one.socket.response(to: "req_1", within: ConformanceDefaults.join)
            _ = try await other.socket.response(to: "req_1", within: ConformanceDefaults.join)
            return "both answered"
        },
        ConformanceCase(
            "join-max-peers-object",
            "get_peers_or_genesis",
            "0.5",
            expects: "maxPeers as an object, a text or a negative number: answered",
            need: .network,
            timeLimit: ConformanceDefaults.slowCaseLimit
        ) { probe in
            let odd = [#"{"emergencyRecovery":true,"bridgeNeedsPeers":true}"#, #""20""#, "-1", "1e9"]
            for maxPeers in odd {
                let (peer, requestID) = (try await probe.node(), probe.newRequestID())
                peer.send(Probe.join(peer.id, requestID, maxPeers: maxPeers))
                _ = try await peer.socket.response(to: requestID, within: ConformanceDefaults.join)
            }
            return "answered"
        },
        ConformanceCase(
            "join-foreign-id",
            "get_peers_or_genesis",
            "S04",
            expects: "a request under another id than the socket's is refused",
            need: .network,
            timeLimit: ConformanceDefaults.slowCaseLimit
        ) { probe in
            let (peer, requestID) = (try await probe.node(), probe.newRequestID())
            peer.send(Probe.join(probe.newID(), requestID))
            let answer = try await peer.socket.next("response", "error", within: ConformanceDefaults.join)
            try expect(answer.bool("success") != true, else: "answered as if it were that peer")
            return "refused"
        },
        ConformanceCase(
            "join-secrets",
            "get_peers_or_genesis",
            "8 S1, S19",
            expects: "no bridgeAuthToken and no membershipToken in any peer's metadata",
            need: .network,
            timeLimit: ConformanceDefaults.slowCaseLimit
        ) { probe in
            // Somebody whose secrets could be told.
            let secret = probe.randomHex(16)
            _ = try await probe.node(metadata: Metadata.node(secrets(secret)))
            let (peer, requestID) = (try await probe.node(), probe.newRequestID())
            peer.send(Probe.join(peer.id, requestID))
            let answer = try await peer.socket.response(to: requestID, within: ConformanceDefaults.join)
            for entry in answer.member("data")?.elements("peers") ?? [] {
                try expectNoSecrets(entry.member("metadata"), in: "a list of peers")
            }
            return try summary(answer)
        },
    ]

    /// What a join was answered with.
    static func summary(_ answer: RawJSON) throws -> String {
        if answer.bool("success") == false, let error = answer.string("error") { return "an error: \(error)" }
        try expect(answer.bool("success") == true, else: "neither success nor an error text")
        guard let data = answer.member("data") else { throw Deviation("response without data") }
        try expect(data.member("peers")?.bytes.first == UInt8(ascii: "["), else: "data.peers is no list")
        try expect(data.bool("isGenesis") == false, else: "isGenesis is not false")
        for entry in data.elements("peers") {
            try expect(entry.string("nodeId") != nil, else: "a peer without nodeId")
            try expect(entry.member("metadata")?.isObject == true, else: "a peer without metadata")
        }
        return "\(data.string("status") ?? "no status"), \(data.elements("peers").count) peers"
    }

    /// Members of a metadata object that no other peer must see.
    static func secrets(_ secret: String) -> String {
        #","bridgeAuthToken":"\#(secret)","bridgeSignature":"\#(secret)","#
            + #""membershipToken":{"holder":"\#(secret)","signature":"\#(secret)"}"#
    }

    static func expectNoSecrets(_ metadata: RawJSON?, in place: String) throws {
        for key in ["bridgeAuthToken", "bridgeSignature", "membershipToken"] {
            try expect(metadata?.member(key) == nil, else: "\(key) in the metadata of \(place)")
        }
    }
}
