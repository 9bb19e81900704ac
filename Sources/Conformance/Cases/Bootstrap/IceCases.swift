import WireMessages

extension ConformanceCase {
    static let ice: [ConformanceCase] = [
        ConformanceCase(
            "ice-pending",
            "ice_coordinate",
            "2.11",
            expects: "the first of the two gets ice_coordinate_pending: sessionId, target"
        ) { probe in
            let (peer, other) = (try await probe.node(), try await probe.node())
            peer.send(coordinate(other.id, "ice-1-abc"))
            let pending = try await peer.socket.next("ice_coordinate_pending", "ice_coordinate_error")
            try expect(pending.string("type") == "ice_coordinate_pending", else: failure(pending))
            try expect(pending.string("sessionId") == "ice-1-abc", else: "sessionId not echoed")
            try expect(pending.string("target") == other.id, else: "target not echoed")
            return "pending"
        },
        ConformanceCase(
            "ice-start",
            "ice_coordinate",
            "2.11",
            expects: "ice_start to both: the first one's sessionId, one timestamp, the other's candidates and profile"
        ) { probe in
            let (one, two) = (try await probe.node(), try await probe.node())
            one.send(coordinate(two.id, "ice-1-one", natType: "hard"))
            let pending = try await one.socket.next("ice_coordinate_pending", "ice_coordinate_error")
            try expect(pending.string("type") == "ice_coordinate_pending", else: failure(pending))
            two.send(coordinate(one.id, "ice-1-two", natType: "easy"))
            let first = try await one.socket.next("ice_start")
            let second = try await two.socket.next("ice_start")
            try expectSameInstant(first, second, sessionID: "ice-1-one")
            try expect(first.string("peer") == two.id && second.string("peer") == one.id, else: "peer is not the other")
            try expect(first.member("peerCandidates")?.description == "[]", else: "peerCandidates not passed on")
            let profiles = (first.member("peerProfile"), second.member("peerProfile"))
            try expect(profiles.0?.string("natType") == "easy", else: "peerProfile is not the other's")
            try expect(profiles.1?.string("natType") == "hard", else: "peerProfile is not the other's")
            for key in ["hardNatPair", "shouldAttemptCoordinatedRestart"] {
                try expect(first.bool(key) != nil, else: "\(key) is no boolean")
            }
            try expect(first.member("estimatedSuccessRate") != nil, else: "no estimatedSuccessRate")
            return "ice_start to both"
        },
        ConformanceCase(
            "ice-timeout",
            "ice_coordinate",
            "2.11",
            expects: "the other does not come: ice_coordinate_timeout after 10 s",
            timeLimit: ConformanceDefaults.slowCaseLimit
        ) { probe in
            let (peer, other) = (try await probe.node(), try await probe.node())
            let start = ContinuousClock.now
            peer.send(coordinate(other.id, "ice-1-abc"))
            let notice = try await peer.socket.next(
                "ice_coordinate_timeout",
                "ice_coordinate_error",
                within: .seconds(14)
            )
            try expect(notice.string("type") == "ice_coordinate_timeout", else: failure(notice))
            try expect(notice.string("sessionId") == "ice-1-abc", else: "sessionId not echoed")
            let time = start.duration(to: .now)
            try expect(time >= .seconds(8), else: "after \(time)")
            return "ice_coordinate_timeout"
        },
        ConformanceCase(
            "ice-restart",
            "ice_restart_coordinate",
            "2.11",
            expects: "pending, then ice_restart_go to both with one timestamp (profile or myProfile)"
        ) { probe in
            let (one, two) = (try await probe.node(), try await probe.node())
            one.send(restart(two.id, "ice-restart-1-one", field: "profile", natType: "hard"))
            let pending = try await one.socket.next("ice_restart_pending", "ice_restart_error")
            try expect(pending.string("type") == "ice_restart_pending", else: failure(pending))
            two.send(restart(one.id, "ice-restart-1-two", field: "myProfile", natType: "easy"))
            let first = try await one.socket.next("ice_restart_go")
            let second = try await two.socket.next("ice_restart_go")
            try expectSameInstant(first, second, sessionID: "ice-restart-1-one")
            try expect(first.member("peerProfile")?.string("natType") == "easy", else: "myProfile not read")
            try expect(second.member("peerProfile")?.string("natType") == "hard", else: "profile not read")
            return "ice_restart_go to both"
        },
    ]

    private static func coordinate(_ target: String, _ session: String, natType: String = "easy") -> String {
        #"{"type":"ice_coordinate","target":"\#(target)","candidates":[],"#
            + #""profile":{"natType":"\#(natType)","portPattern":"sequential"},"sessionId":"\#(session)"}"#
    }

    private static func restart(_ target: String, _ session: String, field: String, natType: String) -> String {
        #"{"type":"ice_restart_coordinate","target":"\#(target)","#
            + #""\#(field)":{"natType":"\#(natType)","portPattern":"sequential"},"sessionId":"\#(session)"}"#
    }

    private static func expectSameInstant(_ first: RawJSON, _ second: RawJSON, sessionID: String) throws {
        try expect(first.int64("timestamp") != nil, else: "no integer timestamp")
        try expect(first.int64("timestamp") == second.int64("timestamp"), else: "different timestamps")
        let ids = [first.string("sessionId"), second.string("sessionId")]
        try expect(ids == [sessionID, sessionID], else: "sessionId is not that of the first request")
    }

    private static func failure(_ message: RawJSON) -> String {
        "\(message.string("type") ?? ""): \(message.string("error") ?? "no error text")"
    }
}
