import WireMessages

extension ConformanceCase {
    static let relay: [ConformanceCase] = [
        ConformanceCase(
            "relay-request",
            "relay_request",
            "2.12, 4.8",
            expects: "relay_ack: sessionId, success, or a known error"
        ) { probe in
            let (peer, target) = (try await probe.node(), try await probe.node())
            let session = "relay_1_\(probe.randomHex(4))"
            let ack = try await open(session, from: peer, to: target)
            try expect(ack.bool("success") != nil, else: "relay_ack without success")
            if ack.bool("success") == true { return "success" }
            let error = ack.string("error") ?? "no error"
            try expect(errors.contains(error), else: "error \(error)")
            return error
        },
        ConformanceCase(
            "relay-absent",
            "relay_request",
            "4.8",
            expects: "absent target: relay_ack success:false with a known error"
        ) { probe in
            let peer = try await probe.node()
            let absent = KitPeer(id: probe.newID(), socket: peer.socket)
            let ack = try await open("relay_1_\(probe.randomHex(4))", from: peer, to: absent)
            try expect(ack.bool("success") == false, else: "success is not false")
            let error = ack.string("error") ?? "no error"
            try expect(errors.contains(error), else: "error \(error)")
            return error
        },
        ConformanceCase(
            "relay-forward",
            "relay_forward",
            "4.8",
            expects: "the payload reaches the other byte for byte, from its original sender; both ways"
        ) { probe in
            let (peer, target) = (try await probe.node(), try await probe.node())
            let session = try await session(peer, target, probe)
            let payload = #"{"zz":1.0,"aa":"\u0041"}"#
            for (sender, receiver) in [(peer, target), (target, peer)] {
                sender.send(forward(session, to: receiver.id, payload))
                let arrived = try await receiver.socket.next("relay_forward")
                try expect(arrived.string("from") == sender.id, else: "from is not the sender")
                try expect(arrived.string("sessionId") == session, else: "another sessionId")
                let got = arrived.member("payload")?.description ?? "none"
                try expect(got == payload, else: "other bytes: \(difference(payload, got))")
            }
            return "both ways"
        },
        ConformanceCase(
            "relay-foreign",
            "relay_forward",
            "S17",
            expects: "a third peer cannot use a session"
        ) { probe in
            let (peer, target) = (try await probe.node(), try await probe.node())
            let third = try await probe.node()
            let session = try await session(peer, target, probe)
            third.send(forward(session, to: target.id, #"{"a":1}"#))
            try await target.socket.hearsNo("relay_forward")
            return "refused"
        },
        ConformanceCase(
            "relay-ping",
            "relay_ping",
            "4.8",
            expects: "relay_pong: sessionId, pingId, timestamp echoed, respondedAt"
        ) { probe in
            let (peer, target) = (try await probe.node(), try await probe.node())
            let session = try await session(peer, target, probe)
            peer.send(
                #"{"type":"relay_ping","sessionId":"\#(session)","pingId":"p1","timestamp":1700000000000}"#
            )
            let pong = try await peer.socket.next("relay_pong")
            try expect(pong.string("sessionId") == session, else: "sessionId not echoed")
            try expect(pong.string("pingId") == "p1", else: "pingId not echoed")
            try expect(pong.int64("timestamp") == 1_700_000_000_000, else: "timestamp not echoed")
            try expect(pong.int64("respondedAt") != nil, else: "no respondedAt")
            return "relay_pong"
        },
    ]

    static let errors: Set<String> = [
        "not_relay_capable", "capacity_reached", "target_not_found", "target_not_connected", "invalid_session",
        "unauthorized", "timeout",
    ]

    private static func open(_ session: String, from peer: KitPeer, to target: KitPeer) async throws -> RawJSON {
        peer.send(
            #"{"type":"relay_request","targetPeerId":"\#(target.id)","sessionId":"\#(session)","#
                + #""timestamp":1700000000000}"#
        )
        let ack = try await peer.socket.next("relay_ack")
        try expect(ack.string("sessionId") == session, else: "sessionId not echoed")
        return ack
    }

    /// An open session; a target that does not relay is not asked further.
    private static func session(_ peer: KitPeer, _ target: KitPeer, _ probe: Probe) async throws -> String {
        let session = "relay_1_\(probe.randomHex(4))"
        let ack = try await open(session, from: peer, to: target)
        guard ack.bool("success") == true else {
            if ack.string("error") == "not_relay_capable" { throw Skipped("the target does not relay, and says so") }
            throw Deviation("relay_ack \(ack.string("error") ?? "without success")")
        }
        return session
    }

    private static func forward(_ session: String, to id: String, _ payload: String) -> String {
        #"{"type":"relay_forward","sessionId":"\#(session)","to":"\#(id)","payload":\#(payload)}"#
    }
}
