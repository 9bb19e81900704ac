import WireMessages

extension ConformanceCase {
    static let frames: [ConformanceCase] = [
        ConformanceCase("invalid-json", "not JSON", "2.3", expects: "close 1002 \"Invalid JSON\"") { probe in
            let socket = try await probe.open()
            socket.send(#"{"type":"register","#)
            return try await closes(socket, 1002, "Invalid JSON")
        },
        ConformanceCase(
            "not-an-object",
            "[], 42, \"x\", {}",
            "J08",
            expects: "refused or ignored; others are still served",
            turn: .alone
        ) { probe in
            for text in ["[]", "42", #""x""#, "{}", #"{"type":7}"#] {
                let socket = try await probe.open()
                socket.send(text)
            }
            _ = try await probe.node()
            return "alive"
        },
        ConformanceCase(
            "null",
            "null",
            "J08, 8 S13",
            expects: "refused or ignored; others are still served",
            turn: .alone
        ) { probe in
            let socket = try await probe.open()
            socket.send("null")
            _ = try await probe.node()
            return "alive"
        },
        ConformanceCase(
            "deep-json",
            "register",
            "J01",
            expects: "metadata 2,000 levels deep is refused or ignored; others are still served",
            turn: .alone
        ) { probe in
            let deep = String(repeating: "[", count: 2_000) + String(repeating: "]", count: 2_000)
            let socket = try await probe.open()
            socket.send(Probe.register(probe.newID(), metadata: #"{"deep":\#(deep)}"#))
            _ = try await probe.node()
            return "alive"
        },
        ConformanceCase(
            "unknown-type",
            "an unknown type",
            "0.4",
            expects: "ignored silently; the socket stays open"
        ) { probe in
            let peer = try await probe.node()
            peer.send(#"{"type":"frobnicate","requestId":"1","nodeId":"\#(peer.id)"}"#)
            try await peer.socket.hearsNo("error", "response", "no type")
            try await Probe.isAlive(peer, probe: probe)
            return "nothing"
        },
        ConformanceCase(
            "binary-frame",
            "register",
            "0.4",
            expects: "JSON in a binary frame is understood, the answer is text"
        ) { probe in
            let id = probe.newID()
            let socket = try await probe.open()
            socket.sendBinary(Probe.register(id))
            _ = try await socket.next("registered")
            try expect(socket.all.allSatisfy(\.isText), else: "answered in a binary frame")
            return "registered"
        },
        ConformanceCase(
            "text-frames",
            "every message",
            "0.4",
            expects: "text frames only; times are integers"
        ) { probe in
            let (inviter, invitee) = (try await probe.node(), try await probe.browser())
            inviter.send(#"{"type":"ping","requestId":"p","timestamp":1}"#)
            _ = try await invite(inviter, invitee, probe)
            inviter.send(Probe.signal(from: inviter.id, to: invitee.id, probe.newRequestID()))
            _ = try await invitee.socket.next("signal")
            let heard = inviter.socket.all + invitee.socket.all
            try expect(heard.allSatisfy(\.isText), else: "a binary frame")
            for message in heard {
                guard let json = message.json else { throw Deviation("a frame that is not JSON") }
                let isOdd = json.member("timestamp") != nil && json.int64("timestamp") == nil
                try expect(!isOdd, else: "\(message.type) with a timestamp that is no integer")
            }
            return "\(heard.count) messages, all text"
        },
        ConformanceCase("ws-ping", "WebSocket ping", "0.4", expects: "a pong frame with the same payload") { probe in
            let socket = try await probe.open()
            socket.ping("are you there")
            try await socket.pong("are you there")
            return "pong"
        },
        ConformanceCase("any-path", "upgrade", "7.3", expects: "accepted on any path") { probe in
            for path in ["/", "/ws", "/some/where/else?room=1"] {
                let socket = try await probe.open(path: path)
                socket.send(Probe.register(probe.newID()))
                _ = try await socket.next("registered")
            }
            return "accepted"
        },
        ConformanceCase(
            "deflate",
            "upgrade",
            "0.4",
            expects: "permessage-deflate may be offered and declined; plain frames are served"
        ) { probe in
            let offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"
            let (socket, head) = try await probe.openBare(headers: [offer])
            try expect(head.hasPrefix("HTTP/1.1 101"), else: String(head.prefix(40)))
            // Short enough not to be compressed by anybody.
            if head.lowercased().contains("permessage-deflate") { return "accepted" }
            socket.send(Probe.register(probe.newID()))
            try await socket.hears("registered")
            return "declined, registered"
        },
        ConformanceCase(
            "ping",
            "ping",
            "2.10",
            expects: "pong: requestId echoed, from \"bootstrap_server\", timestamp"
        ) { probe in
            let socket = try await probe.open()
            socket.send(#"{"type":"ping","requestId":"ping \u00e9 1","from":"tool","timestamp":1700000000000}"#)
            let pong = try await socket.next("pong")
            try expect(pong.string("requestId") == "ping é 1", else: "requestId not echoed")
            try expect(pong.string("from") == "bootstrap_server", else: "from \(pong.string("from") ?? "missing")")
            try expect(pong.int64("timestamp") != nil, else: "no integer timestamp")
            return "pong"
        },
        ConformanceCase(
            "pong",
            "pong",
            "2.10",
            expects: "ignored"
        ) { probe in
            let peer = try await probe.node()
            peer.send(#"{"type":"pong","requestId":"keepalive_1","timestamp":1}"#)
            try await peer.socket.hearsNo("error", "response")
            try await Probe.isAlive(peer, probe: probe)
            return "nothing"
        },
        ConformanceCase(
            "request-id",
            "send_invitation",
            "1.3",
            expects: "requestId is opaque and comes back unchanged"
        ) { probe in
            let peer = try await probe.node()
            for requestID in ["1", "req /\u{fc}\u{1F600}", String(repeating: "x", count: 100)] {
                peer.send(Probe.invitation(from: peer.id, to: probe.newID(), requestID))
                _ = try await peer.socket.response(to: requestID)
            }
            return "unchanged"
        },
    ]
}
