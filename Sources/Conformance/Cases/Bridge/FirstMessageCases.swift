import NIOHTTP1
import WebSocketTransport
import WireMessages

extension ConformanceCase {
    static let firstMessages: [ConformanceCase] = [
        ConformanceCase("http-426", "GET /", "6.2", expects: "plain HTTP on the WebSocket port: 426") { probe in
            let answer = try await probe.http(.GET, "/")
            try expect(answer.status == 426, else: "status \(answer.status)")
            return "426"
        },
        ConformanceCase("any-path", "upgrade", "7.3", expects: "accepted on any path") { probe in
            for path in ["/", "/bridge1", "//some/where?x=1"] {
                let socket = try await probe.open(path: path)
                socket.send(Probe.hello(probe.newID()))
                _ = try await socket.next("dht_peer_connected")
            }
            return "accepted"
        },
        ConformanceCase("ws-ping", "WebSocket ping", "0.4", expects: "a pong frame with the same payload") { probe in
            let socket = try await probe.link()
            socket.ping("are you there")
            try await socket.pong("are you there")
            return "pong"
        },
        ConformanceCase(
            "first-none",
            "nothing",
            "3.2",
            expects: "no message within 10 s: close 1000 \"Handshake timeout\"",
            timeLimit: ConformanceDefaults.slowCaseLimit
        ) { probe in
            let start = ContinuousClock.now
            let socket = try await probe.open()
            let got = try await closes(socket, 1000, "Handshake timeout", within: .seconds(14))
            let time = start.duration(to: .now)
            try expect(time >= .seconds(8), else: "\(got) after \(time)")
            return got
        },
        ConformanceCase("first-not-json", "not JSON", "3.2", expects: "close 1000 \"Invalid handshake format\"") {
            probe in
            let socket = try await probe.open()
            socket.send("hello?")
            return try await closes(socket, 1000, "Invalid handshake format")
        },
        ConformanceCase("first-other", "ping first", "3.2", expects: "close 1000 \"Invalid handshake\"") { probe in
            let socket = try await probe.open()
            socket.send(#"{"type":"ping","requestId":"1"}"#)
            return try await closes(socket, 1000, "Invalid handshake")
        },
        ConformanceCase(
            "first-empty-id",
            "dht_peer_hello",
            "3.2",
            expects: "peerId empty: close 1000 \"Invalid handshake\""
        ) { probe in
            let socket = try await probe.open()
            socket.send(Probe.hello(""))
            return try await closes(socket, 1000, "Invalid handshake")
        },
        ConformanceCase(
            "request-before-auth",
            "get_onboarding_peer",
            "3.2.1",
            expects: "as the first message: no answer, close 1000 \"Not authorized\" or \"Invalid handshake\""
        ) { probe in
            let socket = try await probe.open()
            socket.send(Probe.onboarding(probe.newID(), probe.newRequestID()))
            let got = try await closes(socket, 1000, "Not authorized", "Invalid handshake")
            try expect(socket.all.allSatisfy { $0.type != "onboarding_peer_response" }, else: "answered, then \(got)")
            return got
        },
        ConformanceCase(
            "request-on-peer-link",
            "get_onboarding_peer",
            "3.2.1",
            expects: "from a DHT peer: no answer"
        ) { probe in
            let (socket, _) = try await probe.peer(probe.newID())
            socket.send(Probe.onboarding(probe.newID(), probe.newRequestID()))
            try await socket.hearsNo("onboarding_peer_response", for: .seconds(2))
            return socket.closure.map(ProbeSocket.describe) ?? "nothing"
        },
    ]
}
