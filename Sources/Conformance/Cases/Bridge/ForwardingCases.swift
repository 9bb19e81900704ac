import WireMessages

extension ConformanceCase {
    static let forwarding: [ConformanceCase] = [
        ConformanceCase(
            "connection-offer",
            "connection_offer, _answer, _candidate",
            "4.8",
            expects: "passed on to a linked targetPeer, the bridge's id added to hops",
            need: .throwAway
        ) { probe in
            let (socket, id) = try await settled(probe)
            let target = probe.newID()
            let (other, welcome) = try await probe.peer(target)
            try await Task.sleep(for: .milliseconds(1_200))
            for (type, field) in [
                ("connection_offer", #""offer":"v=0""#), ("connection_answer", #""answer":"v=0""#),
                ("connection_candidate", #""candidate":{"candidate":"c","sdpMLineIndex":0,"sdpMid":"0"}"#),
            ] {
                socket.send(
                    #"{"type":"\#(type)","senderPeer":"\#(id)","targetPeer":"\#(target)",\#(field),"hops":["\#(id)"],"#
                        + #""from":"\#(id)","timestamp":1}"#
                )
                let arrived = try await other.next(type)
                try expect(arrived.string("senderPeer") == id, else: "\(type) without senderPeer")
                let bridge = welcome.string("bridgeNodeId") ?? "none"
                let hops = arrived.member("hops")?.description ?? "no hops"
                try expect(hops.contains(bridge), else: "\(type) without the bridge in hops")
            }
            return "passed on"
        },
        ConformanceCase(
            "connection-offer-circle",
            "connection_offer",
            "4.8",
            expects: "not passed on with the bridge's own id in hops, nor with four hops",
            need: .throwAway
        ) { probe in
            let (socket, id) = try await settled(probe)
            let target = probe.newID()
            let (other, welcome) = try await probe.peer(target)
            let four = (0..<4).map { _ in #""\#(probe.newID())""# }.joined(separator: ",")
            for hops in [#""\#(welcome.string("bridgeNodeId") ?? "")""#, four] {
                socket.send(
                    #"{"type":"connection_offer","senderPeer":"\#(id)","targetPeer":"\#(target)","offer":"v=0","#
                        + #""hops":[\#(hops)],"from":"\#(id)","timestamp":1}"#
                )
            }
            try await other.hearsNo("connection_offer", for: .seconds(1))
            return "dropped"
        },
        ConformanceCase(
            "connection-request",
            "connection_request",
            "4.8",
            expects: "passed on to a linked targetPeer",
            need: .throwAway
        ) { probe in
            let (socket, id) = try await settled(probe)
            let target = probe.newID()
            let (other, _) = try await probe.peer(target)
            try await Task.sleep(for: .milliseconds(1_200))
            socket.send(
                #"{"type":"connection_request","senderPeer":"\#(id)","targetPeer":"\#(target)","connectionInfo":{"#
                    + #""connectionType":"websocket","nodeType":"nodejs","listeningAddress":"ws://127.0.0.1:9","#
                    + #""capabilities":["websocket"],"canRelay":true,"requestId":"conn_req_1_abc"},"from":"\#(id)","#
                    + #""timestamp":1}"#
            )
            let arrived = try await other.next("connection_request")
            try expect(arrived.string("senderPeer") == id, else: "without senderPeer")
            try expect(arrived.member("connectionInfo")?.string("requestId") != nil, else: "without connectionInfo")
            return "passed on"
        },
        ConformanceCase(
            "dht-relay-request",
            "relay_request",
            "4.8",
            expects: "relay_ack at once: sessionId, success or a known error"
        ) { probe in
            let (socket, id) = try await settled(probe)
            socket.send(
                #"{"type":"relay_request","targetPeerId":"\#(probe.newID())","sessionId":"relay_1_abc","#
                    + #""timestamp":1,"from":"\#(id)"}"#
            )
            let ack = try await socket.next("relay_ack")
            try expect(ack.string("sessionId") == "relay_1_abc", else: "sessionId not echoed")
            try expect(ack.bool("success") == false, else: "success is not false for an absent target")
            let error = ack.string("error") ?? "no error"
            try expect(errors.contains(error), else: "error \(error)")
            return error
        },
        ConformanceCase(
            "dht-relay",
            "relay_request, relay_forward",
            "4.8",
            expects: "between two linked peers: a session that carries payloads unchanged, from the original sender",
            need: .throwAway
        ) { probe in
            let (socket, id) = try await settled(probe)
            let target = probe.newID()
            let (other, _) = try await probe.peer(target)
            try await Task.sleep(for: .milliseconds(300))
            let session = "relay_1_\(probe.randomHex(4))"
            socket.send(
                #"{"type":"relay_request","targetPeerId":"\#(target)","sessionId":"\#(session)","timestamp":1,"#
                    + #""from":"\#(id)"}"#
            )
            let ack = try await socket.next("relay_ack")
            guard ack.bool("success") == true else {
                if ack.string("error") == "not_relay_capable" {
                    throw Skipped("the target does not relay, and says so")
                }
                throw Deviation("relay_ack \(ack.string("error") ?? "without success")")
            }
            let payload = #"{"zz":1.0,"aa":"\u0041"}"#
            socket.send(
                #"{"type":"relay_forward","sessionId":"\#(session)","to":"\#(target)","payload":\#(payload),"#
                    + #""from":"\#(id)","timestamp":1}"#
            )
            let arrived = try await other.next("relay_forward")
            try expect(arrived.string("from") == id, else: "from is not the original sender")
            let got = arrived.member("payload")?.description ?? "none"
            try expect(got == payload, else: "other bytes: \(difference(payload, got))")
            return "carried"
        },
    ]
}
