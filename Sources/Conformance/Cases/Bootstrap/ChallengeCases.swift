import WireMessages

extension ConformanceCase {
    static let challenges: [ConformanceCase] = [
        ConformanceCase(
            "challenge",
            "auth_challenge",
            "2.5.2",
            expects: "after registered: nonce of 64 hex digits, timestamp an integer"
        ) { probe in
            let peer = try await probe.challenged(key: BrowserKey())
            let challenge = try await peer.socket.next("auth_challenge")
            try expect(Hex.isText(challenge.string("nonce"), digits: 64), else: "nonce is not 64 hex digits")
            try expect(challenge.int64("timestamp") != nil, else: "timestamp is no integer")
            return "auth_challenge"
        },
        ConformanceCase(
            "challenge-node",
            "register",
            "2.5.2",
            expects: "a peer whose publicKey is text gets no challenge"
        ) { probe in
            let peer = try await probe.node()
            try await peer.socket.hearsNo("auth_challenge", "auth_failure")
            return "none"
        },
        ConformanceCase(
            "auth-good",
            "auth_response",
            "2.5.2",
            expects: "auth_success: nodeId, timestamp"
        ) { probe in
            let key = BrowserKey()
            let peer = try await probe.challenged(key: key)
            let success = try await probe.answerChallenge(of: peer, key: key)
            try expect(success.string("nodeId") == key.id, else: "auth_success without the nodeId")
            try expect(success.int64("timestamp") != nil, else: "auth_success without a timestamp")
            return "auth_success"
        },
        ConformanceCase(
            "auth-wrong-key",
            "auth_response",
            "2.5.2",
            expects: "a signature of another key: auth_failure with a reason; the socket stays open"
        ) { probe in
            let key = BrowserKey()
            let peer = try await probe.challenged(key: key)
            let (nonce, timestamp) = try await Probe.challenge(on: peer.socket)
            let foreign = try BrowserKey().signature(nonce: nonce, timestamp: timestamp)
            peer.send(Probe.authResponse(peer.id, signature: foreign))
            try await fails(peer.socket)
            try expect(peer.socket.closure == nil, else: "auth_failure, but closed")
            return "auth_failure"
        },
        ConformanceCase(
            "auth-wrong-text",
            "auth_response",
            "2.5.2",
            expects: "the right key over another text: auth_failure"
        ) { probe in
            let key = BrowserKey()
            let peer = try await probe.challenged(key: key)
            let (nonce, timestamp) = try await Probe.challenge(on: peer.socket)
            let other = try key.signature(nonce: nonce, timestamp: timestamp + 1)
            peer.send(Probe.authResponse(peer.id, signature: other))
            try await fails(peer.socket)
            return "auth_failure"
        },
        ConformanceCase(
            "auth-der",
            "auth_response",
            "S10",
            expects: "a signature in DER: auth_failure"
        ) { probe in
            let key = BrowserKey()
            let peer = try await probe.challenged(key: key)
            let (nonce, timestamp) = try await Probe.challenge(on: peer.socket)
            peer.send(
                Probe.authResponse(peer.id, signature: try key.derSignature(nonce: nonce, timestamp: timestamp))
            )
            try await fails(peer.socket)
            return "auth_failure"
        },
        ConformanceCase(
            "auth-no-signature",
            "auth_response",
            "2.5.2",
            expects: "error instead of a signature: auth_failure"
        ) { probe in
            let peer = try await probe.challenged(key: BrowserKey())
            _ = try await Probe.challenge(on: peer.socket)
            peer.send(#"{"type":"auth_response","nodeId":"\#(peer.id)","error":"no key","timestamp":1}"#)
            try await fails(peer.socket)
            return "auth_failure"
        },
        ConformanceCase(
            "auth-reuse",
            "auth_response",
            "2.5.2",
            expects: "a second response to one challenge: auth_failure, even with a good signature"
        ) { probe in
            let key = BrowserKey()
            let peer = try await probe.challenged(key: key)
            let (nonce, timestamp) = try await Probe.challenge(on: peer.socket)
            let good = try key.signature(nonce: nonce, timestamp: timestamp)
            peer.send(Probe.authResponse(peer.id, signature: String(repeating: "11", count: 64)))
            try await fails(peer.socket)
            peer.send(Probe.authResponse(peer.id, signature: good))
            try await fails(peer.socket)
            return "auth_failure"
        },
        ConformanceCase(
            "auth-other-id",
            "auth_response",
            "S09",
            expects: "a response in another id's name: auth_failure"
        ) { probe in
            let key = BrowserKey()
            let peer = try await probe.challenged(key: key)
            let (nonce, timestamp) = try await Probe.challenge(on: peer.socket)
            let signature = try key.signature(nonce: nonce, timestamp: timestamp)
            peer.send(Probe.authResponse(BrowserKey().id, signature: signature))
            try await fails(peer.socket)
            return "auth_failure"
        },
        ConformanceCase(
            "auth-other-socket",
            "auth_response",
            "S09",
            expects: "a response from another socket than the challenged one: no auth_success"
        ) { probe in
            let key = BrowserKey()
            let peer = try await probe.challenged(key: key)
            let (nonce, timestamp) = try await Probe.challenge(on: peer.socket)
            let other = try await probe.node()
            other.send(Probe.authResponse(peer.id, signature: try key.signature(nonce: nonce, timestamp: timestamp)))
            try await other.socket.hearsNo("auth_success")
            try await peer.socket.hearsNo("auth_success", for: .milliseconds(50))
            return "refused"
        },
        ConformanceCase(
            "auth-unasked",
            "auth_response",
            "2.5.2",
            expects: "a response without a challenge: auth_failure"
        ) { probe in
            let peer = try await probe.node()
            peer.send(Probe.authResponse(peer.id, signature: String(repeating: "11", count: 64)))
            try await fails(peer.socket)
            return "auth_failure"
        },
    ]

    static let badKeys: [ConformanceCase] = [
        badKey("key-other-id", "an id that is not the key's: auth_failure, no challenge", section: "2.5.2") { probe in
            (probe.newID(), BrowserKey().jwk)
        },
        badKey("key-off-curve", "a point that is not on the curve: auth_failure, at the latest after the response") {
            _ in
            let (x, y) = ([UInt8](repeating: 7, count: 32), [UInt8](repeating: 9, count: 32))
            return (BrowserKey.id(x: x, y: y), BrowserKey.jwk(x: x, y: y))
        },
        badKey("key-short", "a coordinate of 31 bytes: auth_failure, at the latest after the response") { _ in
            let (x, y) = ([UInt8](repeating: 7, count: 31), [UInt8](repeating: 9, count: 32))
            return (BrowserKey.id(x: x, y: y), BrowserKey.jwk(x: x, y: y))
        },
    ]

    private static func badKey(
        _ id: String,
        _ expected: String,
        section: String = "S10",
        _ identity: @escaping @Sendable (Probe) -> (id: String, jwk: String)
    ) -> ConformanceCase {
        ConformanceCase(id, "register", section, expects: expected) { probe in
            let (nodeID, jwk) = identity(probe)
            let socket = try await probe.open()
            socket.send(Probe.register(nodeID, metadata: Metadata.browser(jwk)))
            let answer = try await socket.next("auth_failure", "auth_challenge")
            if answer.string("type") == "auth_challenge" {
                try expect(section != "2.5.2", else: "auth_challenge")
                socket.send(Probe.authResponse(nodeID, signature: String(repeating: "11", count: 64)))
                try await fails(socket)
            }
            return "auth_failure"
        }
    }

    private static func fails(_ socket: ProbeSocket) async throws {
        let answer = try await socket.next("auth_failure", "auth_success")
        try expect(answer.string("type") == "auth_failure", else: "auth_success")
        try expect(answer.string("reason") != nil, else: "auth_failure without a reason")
        try expect(answer.int64("timestamp") != nil, else: "auth_failure without a timestamp")
    }
}
