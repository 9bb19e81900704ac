import WireMessages

extension ConformanceCase {
    static let dhtLink: [ConformanceCase] = [
        ConformanceCase(
            "hello",
            "dht_peer_hello",
            "4.1",
            expects: "dht_peer_connected first: bridgeNodeId of 40 hex digits, success true, timestamp"
        ) { probe in
            let socket = try await probe.open()
            socket.send(Probe.hello(probe.newID()))
            let answer = try await socket.next("dht_peer_connected")
            try expect(
                socket.all.first?.type == "dht_peer_connected",
                else: "\(socket.all.first?.type ?? "") came first"
            )
            try expect(Hex.isText(answer.string("bridgeNodeId"), digits: 40), else: "bridgeNodeId is no id")
            try expect(answer.bool("success") == true, else: "success is not true")
            try expect(answer.int64("timestamp") != nil, else: "no integer timestamp")
            return "dht_peer_connected"
        },
        ConformanceCase(
            "hello-role",
            "dht_peer_connected",
            "4.2",
            expects: "metadata: isBridgeNode true, nodeType \"bridge\", both addresses"
        ) { probe in
            let (_, welcome) = try await probe.peer(probe.newID())
            let metadata = welcome.member("metadata")
            try expect(metadata?.bool("isBridgeNode") == true, else: "isBridgeNode is not true")
            try expect(metadata?.string("nodeType") == "bridge", else: "nodeType is not bridge")
            for key in ["listeningAddress", "publicWssAddress"] {
                try expect(metadata?.string(key) != nil, else: "no \(key)")
            }
            return "a bridge"
        },
        ConformanceCase(
            "hello-secrets",
            "dht_peer_connected",
            "8 S2",
            expects: "no bridgeAuthToken, no bridgeSignature"
        ) { probe in
            let (_, welcome) = try await probe.peer(probe.newID())
            try expectNoSecrets(welcome.member("metadata"), in: "the bridge")
            return "none"
        },
        ConformanceCase(
            "hello-tolerant",
            "dht_peer_hello",
            "4.2, 0.5",
            expects: "metadata null, missing, or only a membershipToken: dht_peer_connected"
        ) { probe in
            for metadata in ["null", "{}", #"{"membershipToken":{"holder":"x"}}"#, #"{"startTime":"early"}"#] {
                let (socket, _) = try await probe.peer(probe.newID(), metadata: metadata)
                socket.close()
            }
            let socket = try await probe.open()
            socket.send(#"{"type":"dht_peer_hello","peerId":"\#(probe.newID())"}"#)
            _ = try await socket.next("dht_peer_connected")
            return "dht_peer_connected"
        },
        ConformanceCase(
            "ping-at-once",
            "ping",
            "4.1",
            expects: "a ping right after the handshake is answered: there is no silent window"
        ) { probe in
            let (socket, _) = try await probe.peer(probe.newID())
            socket.send(ping("p1", at: 1_700_000_000_000))
            let pong = try await socket.next("pong", within: .seconds(3)) { $0.string("requestId") == "p1" }
            try expectPong(pong)
            return "pong"
        },
        ConformanceCase(
            "ping",
            "ping",
            "4.4",
            expects: "pong: requestId and originalTimestamp echoed, timestamp, from"
        ) { probe in
            let (socket, _) = try await probe.peer(probe.newID())
            try await Task.sleep(for: .milliseconds(1_200))
            socket.send(ping("p2", at: 1_700_000_000_000))
            let pong = try await socket.next("pong") { $0.string("requestId") == "p2" }
            try expectPong(pong)
            return "pong"
        },
        ConformanceCase(
            "two-links",
            "dht_peer_hello",
            "4.7",
            expects: "a second link of one peer is answered, and both stay open"
        ) { probe in
            let id = probe.newID()
            let (first, _) = try await probe.peer(id)
            let (second, _) = try await probe.peer(id)
            try await Task.sleep(for: .seconds(1))
            try expect(first.closure == nil, else: "the first: \(first.closure.map(ProbeSocket.describe) ?? "")")
            try expect(second.closure == nil, else: "the second: \(second.closure.map(ProbeSocket.describe) ?? "")")
            // An answer may come on either.
            second.send(ping("p3", at: 1))
            try await heardOnAny([second, first], "pong", "p3")
            return "both open"
        },
        ConformanceCase(
            "dht-unknown-type",
            "an unknown type",
            "0.4, 4.3",
            expects: "ignored; the link stays"
        ) { probe in
            let (socket, _) = try await probe.peer(probe.newID())
            try await Task.sleep(for: .milliseconds(200))
            socket.send(#"{"type":"pubsub_push","from":"x","timestamp":1}"#)
            socket.send(#"{"type":"frobnicate","from":"x","timestamp":1}"#)
            try await socket.hearsNo("error", "no type")
            try expect(socket.closure == nil, else: socket.closure.map(ProbeSocket.describe) ?? "")
            return "nothing"
        },
    ]

    static func ping(_ requestID: String, at time: Int64) -> String {
        #"{"type":"ping","requestId":"\#(requestID)","timestamp":\#(time),"from":"x"}"#
    }

    /// An answer may come on another link of the same peer (protocol.md 4.7).
    static func heardOnAny(_ sockets: [ProbeSocket], _ type: String, _ requestID: String) async throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(3))
        while ContinuousClock.now < deadline {
            for socket in sockets {
                let heard = socket.all.contains { $0.type == type && $0.json?.string("requestId") == requestID }
                if heard { return }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Deviation("no \(type) on any of the links")
    }
}

extension Probe {
    static func hello(_ id: String, metadata: String = Metadata.node()) -> String {
        #"{"type":"dht_peer_hello","peerId":"\#(id)","metadata":\#(metadata)}"#
    }

    /// A DHT peer that is linked, and answers what the bridge asks of it.
    func peer(_ id: String, metadata: String = Metadata.node()) async throws -> (socket: ProbeSocket, welcome: RawJSON)
    {
        let socket = try await open { message, socket in Self.answerAsPeer(id, message, on: socket) }
        socket.send(Self.hello(id, metadata: metadata))
        return (socket, try await socket.next("dht_peer_connected"))
    }

    /// What a DHT peer that knows nobody else answers; nothing to what is no question.
    static func answerAsPeer(_ id: String, _ message: RawJSON, on socket: ProbeSocket) {
        guard let requestID = message.string("requestId") else { return }
        switch message.string("type") {
        case "ping":
            let time = message.int64("timestamp") ?? 0
            socket.send(
                #"{"type":"pong","requestId":"\#(requestID)","timestamp":\#(time),"originalTimestamp":\#(time),"#
                    + #""from":"\#(id)"}"#
            )
        case "find_node":
            socket.send(
                #"{"type":"find_node_response","requestId":"\#(requestID)","nodes":[],"from":"\#(id)","timestamp":1}"#
            )
        case .some, nil: break
        }
    }
}
