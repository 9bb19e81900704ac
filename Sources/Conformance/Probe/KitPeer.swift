import WireMessages

/// A registered peer of the kit.
struct KitPeer: Sendable {
    var id: String
    var socket: ProbeSocket
    var key: BrowserKey?

    func send(_ text: String) { socket.send(text) }
}

/// Texts that peers say of themselves (protocol.md 2.5.1).
enum Metadata {
    /// - Parameter extra: more members, each with its comma in front.
    static func node(_ extra: String = "") -> String {
        #"{"publicKey":"\#(String(repeating: "5a", count: 32))","nodeType":"nodejs","#
            + #""listeningAddress":"\#(ConformanceDefaults.listeningAddress)","#
            + #""publicWssAddress":"\#(ConformanceDefaults.listeningAddress)","#
            + #""capabilities":["websocket","relay"],"canRelay":true,"relayLoad":0,"relayCapacity":100,"#
            + #""canAcceptConnections":true,"canInitiateConnections":true\#(extra)}"#
    }

    /// - Parameter jwk: the public key as a JSON object.
    static func browser(_ jwk: String, _ extra: String = "") -> String {
        #"{"publicKey":\#(jwk),"nodeType":"browser","capabilities":["webrtc","websocket-client"],"#
            + #""canAcceptConnections":false,"canInitiateConnections":true,"verified":true\#(extra)}"#
    }
}

extension Probe {
    static func register(_ id: String, version: String = "1.0.0", metadata: String = Metadata.node()) -> String {
        #"{"type":"register","nodeId":"\#(id)","protocolVersion":"\#(version)","buildId":"node_1700000000000","#
            + #""timestamp":1700000000000,"metadata":\#(metadata)}"#
    }

    static func join(
        _ id: String,
        _ requestID: String,
        maxPeers: String = "20",
        metadata: String = Metadata.node()
    ) -> String {
        #"{"type":"get_peers_or_genesis","maxPeers":\#(maxPeers),"requestId":"\#(requestID)","nodeId":"\#(id)","#
            + #""metadata":\#(metadata)}"#
    }

    /// A peer like the Node peers: registered, nothing proven.
    func node(_ id: String? = nil, metadata: String = Metadata.node()) async throws -> KitPeer {
        let id = id ?? newID()
        let socket = try await open()
        socket.send(Self.register(id, metadata: metadata))
        _ = try await socket.next("registered")
        return KitPeer(id: id, socket: socket)
    }

    /// A peer like the browsers: registered, and its key proven if the target asks for it.
    func browser(key: BrowserKey = BrowserKey()) async throws -> KitPeer {
        let peer = try await challenged(key: key)
        try await answerChallenge(of: peer, key: key)
        return peer
    }

    /// A browser that is registered; the challenge is still to be read.
    func challenged(key: BrowserKey) async throws -> KitPeer {
        let socket = try await open()
        socket.send(Self.register(key.id, metadata: Metadata.browser(key.jwk)))
        _ = try await socket.next("registered")
        return KitPeer(id: key.id, socket: socket, key: key)
    }

    @discardableResult
    func answerChallenge(
        of peer: KitPeer,
        key: BrowserKey,
        within limit: Duration = ConformanceDefaults.answer
    ) async throws -> RawJSON {
        let (nonce, timestamp) = try await Self.challenge(on: peer.socket, within: limit)
        peer.send(Self.authResponse(peer.id, signature: try key.signature(nonce: nonce, timestamp: timestamp)))
        return try await peer.socket.next("auth_success")
    }

    static func challenge(
        on socket: ProbeSocket,
        within limit: Duration = ConformanceDefaults.answer
    ) async throws -> (nonce: String, timestamp: Int64) {
        let challenge = try await socket.next("auth_challenge", within: limit)
        guard let nonce = challenge.string("nonce"), let timestamp = challenge.int64("timestamp") else {
            throw Deviation("auth_challenge without nonce or timestamp")
        }
        return (nonce, timestamp)
    }

    static func authResponse(_ id: String, signature: String) -> String {
        #"{"type":"auth_response","nodeId":"\#(id)","signature":"\#(signature)","timestamp":1700000000000}"#
    }

    /// Whoever is spoken to is still there and serves this socket.
    static func isAlive(_ peer: KitPeer, probe: Probe) async throws {
        let requestID = probe.newRequestID()
        peer.send(invitation(from: peer.id, to: probe.newID(), requestID))
        _ = try await peer.socket.response(to: requestID)
    }

    static func invitation(from inviter: String, to target: String, _ requestID: String, token: String? = nil) -> String
    {
        #"{"type":"send_invitation","targetPeerId":"\#(target)","inviterNodeId":"\#(inviter)","#
            + #""invitationToken":\#(token ?? invitationToken(inviter, target)),"requestId":"\#(requestID)"}"#
    }

    static func invitationToken(_ inviter: String, _ target: String) -> String {
        #"{"inviter":"\#(inviter)","invitee":"\#(target)","timestamp":1700000000000,"expires":4100000000000,"#
            + #""nonce":"000102030405060708090a0b0c0d0e0f","version":"1.0","#
            + #""signature":"\#(String(repeating: "ab", count: 64))"}"#
    }

    static func signal(from sender: String, to target: String, _ requestID: String, _ signal: String = offer) -> String
    {
        #"{"type":"forward_signal","fromPeer":"\#(sender)","toPeer":"\#(target)","signal":\#(signal),"#
            + #""requestId":"\#(requestID)"}"#
    }

    static let offer = #"{"type":"offer","sdp":"v=0\r\n"}"#

    /// A signal that a stranger sends to that id arrives on that socket.
    func expectSignal(for id: String, on socket: ProbeSocket, who: String) async throws {
        let sender = try await node()
        sender.send(Self.signal(from: sender.id, to: id, newRequestID()))
        let senderID = sender.id
        do {
            _ = try await socket.next("signal") { $0.string("fromPeer") == senderID }
        } catch let deviation as Deviation {
            throw Deviation("\(who) gets no signals: \(deviation.got)")
        }
    }
}
