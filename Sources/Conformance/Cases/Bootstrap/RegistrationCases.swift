import WebSocketTransport
import WireMessages

extension ConformanceCase {
    static let registration: [ConformanceCase] = [
        ConformanceCase(
            "register",
            "register",
            "2.5",
            expects: "registered: the same nodeId, timestamp an integer"
        ) { probe in
            let id = probe.newID()
            let socket = try await probe.open()
            socket.send(Probe.register(id))
            let answer = try await socket.next("registered")
            try expect(
                answer.string("nodeId") == id,
                else: "registered with nodeId \(answer.string("nodeId") ?? "none")"
            )
            try expect(answer.int64("timestamp") != nil, else: "registered without an integer timestamp")
            return "registered"
        },
        ConformanceCase(
            "register-again",
            "register",
            "2.5",
            expects: "registered each time, on the same socket"
        ) { probe in
            let peer = try await probe.node()
            peer.send(Probe.register(peer.id))
            _ = try await peer.socket.next("registered")
            return "registered twice"
        },
        ConformanceCase(
            "register-upper-case",
            "register",
            "1.1",
            expects: "an id in upper case is accepted and written in lower case"
        ) { probe in
            let id = probe.newID()
            let socket = try await probe.open()
            socket.send(Probe.register(id.uppercased()))
            let answer = try await socket.next("registered")
            try expect(answer.string("nodeId") == id, else: "nodeId as it was sent, in upper case")
            return "lower case"
        },
        ConformanceCase(
            "register-without-id",
            "register",
            "2.3",
            expects: "close 1002 \"Missing nodeId\""
        ) { probe in
            let socket = try await probe.open()
            socket.send(#"{"type":"register","protocolVersion":"1.0.0","buildId":"node_1","metadata":{}}"#)
            return try await closes(socket, 1002, "Missing nodeId")
        },
        ConformanceCase(
            "register-tolerant",
            "register",
            "0.4, 0.5",
            expects: "unknown fields, null and odd types in unused fields: registered"
        ) { probe in
            let id = probe.newID()
            let socket = try await probe.open()
            socket.send(
                #"{"type":"register","nodeId":"\#(id)","protocolVersion":"1.0.0","buildId":null,"timestamp":"noon","#
                    + #""color":{"deep":[1,2,{}]},"metadata":{"relayLoad":"much","capabilities":7,"emoji":"\ud83d\ude00"}}"#
            )
            _ = try await socket.next("registered")
            return "registered"
        },
        ConformanceCase(
            "register-no-metadata",
            "register",
            "2.5",
            expects: "metadata is optional, also as null: registered"
        ) { probe in
            for metadata in ["", #","metadata":null"#] {
                let socket = try await probe.open()
                socket.send(#"{"type":"register","nodeId":"\#(probe.newID())","protocolVersion":"1.0.0"\#(metadata)}"#)
                _ = try await socket.next("registered")
            }
            return "registered"
        },
        ConformanceCase(
            "register-token",
            "register",
            "8 S13",
            expects: "a membershipToken at the top level does not end the server",
            turn: .last
        ) { probe in
            let id = probe.newID()
            let socket = try await probe.open()
            socket.send(
                #"{"type":"register","nodeId":"\#(id)","protocolVersion":"1.0.0","buildId":"node_1","#
                    + #""membershipToken":{"holder":"\#(id)","issuer":"\#(id)","signature":"00"},"metadata":{}}"#
            )
            _ = try await socket.next("registered", "reconnection_result")
            _ = try await probe.node()
            return "alive"
        },
        ConformanceCase(
            "rejoin",
            "register",
            "2.1",
            expects: "an id whose socket was closed is registered again at once, and hears signals"
        ) { probe in
            let first = try await probe.node()
            first.socket.close()
            _ = try await first.socket.end()
            let second = try await probe.node(first.id)
            try await probe.expectSignal(for: second.id, on: second.socket, who: "the newcomer")
            return "registered, hears signals"
        },
    ]

    /// The socket ends so; answers how.
    static func closes(
        _ socket: ProbeSocket,
        _ code: UInt16,
        _ reasons: String...,
        within limit: Duration = ConformanceDefaults.answer
    ) async throws -> String {
        let closure = try await socket.end(within: limit)
        let got = ProbeSocket.describe(closure)
        let hasReason = reasons.isEmpty || reasons.contains(closure.reason)
        try expect(closure.code?.rawValue == code && hasReason, else: got)
        return got
    }
}
