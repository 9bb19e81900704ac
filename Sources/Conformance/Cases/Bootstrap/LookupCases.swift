import WireMessages

extension ConformanceCase {
    static let lookups: [ConformanceCase] = [
        ConformanceCase(
            "lookup",
            "lookup_peer",
            "2.8",
            expects: "response success:true, data.online true for a peer that is here, false for another"
        ) { probe in
            let (peer, other) = (try await probe.node(), try await probe.node())
            let here = try await ask(peer, "lookup_peer", other.id, probe)
            try expect(here.bool("online") == true, else: "online is not true for a peer that is here")
            let absent = try await ask(peer, "lookup_peer", probe.newID(), probe)
            try expect(absent.bool("online") == false, else: "online is not false for a peer that is not")
            return "online true, false"
        },
        ConformanceCase(
            "wait-here",
            "wait_for_peer",
            "2.8",
            expects: "the peer is here: response with data.online true at once"
        ) { probe in
            let (peer, other) = (try await probe.node(), try await probe.node())
            let data = try await ask(peer, "wait_for_peer", other.id, probe)
            try expect(data.bool("online") == true, else: "online is not true")
            return "online"
        },
        ConformanceCase(
            "wait-comes",
            "wait_for_peer",
            "2.8",
            expects: "answered with data.online true when the peer comes"
        ) { probe in
            let (peer, id, requestID) = (try await probe.node(), probe.newID(), probe.newRequestID())
            peer.send(request("wait_for_peer", id, peer.id, requestID))
            try await peer.socket.hearsNo("response", for: .seconds(1)) { $0.string("requestId") == requestID }
            _ = try await probe.node(id)
            let answer = try await peer.socket.response(to: requestID, within: .seconds(3))
            try expect(answer.member("data")?.bool("online") == true, else: "online is not true")
            return "online"
        },
        ConformanceCase(
            "wait-absent",
            "wait_for_peer",
            "2.8",
            expects: "the peer does not come: answered within 10 s, when the client gives up",
            timeLimit: ConformanceDefaults.slowCaseLimit
        ) { probe in
            let data = try await ask(try await probe.node(), "wait_for_peer", probe.newID(), probe)
            try expect(data.bool("online") == false, else: "online is not false")
            return "not online"
        },
        ConformanceCase(
            "get-peers",
            "get_peers",
            "2.8",
            expects: "response success:true, data.peers a list"
        ) { probe in
            let (peer, requestID) = (try await probe.node(), probe.newRequestID())
            peer.send(
                #"{"type":"get_peers","requestId":"\#(requestID)","nodeId":"\#(peer.id)","maxPeers":20}"#
            )
            let data = try await succeeds(peer, requestID)
            try expect(data.member("peers")?.bytes.first == UInt8(ascii: "["), else: "data.peers is no list")
            for entry in data.elements("peers") {
                try expect(entry.string("nodeId") != peer.id, else: "the asker is in its own list")
                try expectNoSecrets(entry.member("metadata"), in: "the list")
            }
            return "\(data.elements("peers").count) peers"
        },
        ConformanceCase(
            "join-peer",
            "join_peer",
            "2.8",
            expects: "targetPeerId: the target gets peer_join_request, the asker response success:true"
        ) { probe in
            try await joinPeer("targetPeerId", probe)
        },
        ConformanceCase(
            "join-peer-old",
            "join_peer",
            "2.8",
            expects: "the same with the field targetPeer"
        ) { probe in
            try await joinPeer("targetPeer", probe)
        },
        ConformanceCase(
            "join-peer-absent",
            "join_peer",
            "2.8, 2.9",
            expects: "absent target: response success:false, and join_error with error and message"
        ) { probe in
            let (peer, requestID) = (try await probe.node(), probe.newRequestID())
            peer.send(request("join_peer", probe.newID(), peer.id, requestID))
            let notice = try await peer.socket.next("join_error")
            try expect(notice.string("message") != nil, else: "join_error without message")
            try expect(notice.string("error") != nil, else: "join_error without error")
            let answer = try await peer.socket.response(to: requestID, within: ConformanceDefaults.answer)
            try expect(answer.bool("success") == false, else: "success is not false")
            return "join_error, response"
        },
        ConformanceCase(
            "announce-independent",
            "announce_independent",
            "2.10",
            expects: "response success:true"
        ) { probe in
            let (peer, requestID) = (try await probe.node(), probe.newRequestID())
            peer.send(#"{"type":"announce_independent","nodeId":"\#(peer.id)","requestId":"\#(requestID)"}"#)
            let answer = try await peer.socket.response(to: requestID)
            try expect(answer.bool("success") == true, else: "success is not true")
            return "response"
        },
    ]

    private static func request(_ type: String, _ target: String, _ nodeID: String, _ requestID: String) -> String {
        #"{"type":"\#(type)","targetPeerId":"\#(target)","nodeId":"\#(nodeID)","requestId":"\#(requestID)"}"#
    }

    private static func ask(_ peer: KitPeer, _ type: String, _ target: String, _ probe: Probe) async throws -> RawJSON {
        let requestID = probe.newRequestID()
        peer.send(request(type, target, peer.id, requestID))
        return try await succeeds(peer, requestID)
    }

    private static func succeeds(_ peer: KitPeer, _ requestID: String) async throws -> RawJSON {
        let answer = try await peer.socket.response(to: requestID)
        try expect(answer.bool("success") == true, else: "success:false, \(answer.string("error") ?? "no error")")
        guard let data = answer.member("data") else { throw Deviation("response without data") }
        return data
    }

    private static func joinPeer(_ field: String, _ probe: Probe) async throws -> String {
        let (peer, target) = (try await probe.node(), try await probe.node())
        let requestID = probe.newRequestID()
        peer.send(
            #"{"type":"join_peer","\#(field)":"\#(target.id)","fromPeer":"\#(peer.id)","requestId":"\#(requestID)"}"#
        )
        let notice = try await target.socket.next("peer_join_request")
        try expect(notice.string("fromPeer") == peer.id, else: "peer_join_request without fromPeer")
        try expect(notice.int64("timestamp") != nil, else: "peer_join_request without timestamp")
        let answer = try await peer.socket.response(to: requestID, within: ConformanceDefaults.answer)
        try expect(answer.bool("success") == true, else: "success is not true")
        return "peer_join_request, response"
    }
}
