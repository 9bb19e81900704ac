import WireMessages

extension ConformanceCase {
    static let takeovers: [ConformanceCase] = [
        ConformanceCase(
            "takeover-live",
            "register",
            "8 S6, S01",
            expects: "a stranger with a live peer's id: error id_in_use, close 1008; the holder keeps its signals"
        ) { probe in
            let holder = try await probe.node()
            let stranger = try await probe.open()
            stranger.send(Probe.register(holder.id))
            let answer = try await stranger.next("registered", "error", within: ConformanceDefaults.takeover)
            try expect(answer.string("type") == "error", else: "registered")
            try expect(
                answer.string("code") == "id_in_use",
                else: "error with code \(answer.string("code") ?? "missing")"
            )
            let end = try await closes(stranger, 1008)
            try await probe.expectSignal(for: holder.id, on: holder.socket, who: "the holder")
            return "id_in_use, \(end)"
        },
        ConformanceCase(
            "takeover-invitation",
            "send_invitation",
            "8 S6",
            expects: "after a takeover was tried, an invitation to the id reaches its holder"
        ) { probe in
            let (holder, inviter) = (try await probe.node(), try await probe.node())
            let stranger = try await probe.open()
            stranger.send(Probe.register(holder.id))
            _ = try await stranger.next("registered", "error", within: ConformanceDefaults.takeover)
            inviter.send(Probe.invitation(from: inviter.id, to: holder.id, probe.newRequestID()))
            _ = try await holder.socket.next("invitation_received")
            return "reached"
        },
        ConformanceCase(
            "takeover-dead",
            "register",
            "S02",
            expects: "the id of a peer that answers no ping passes on within 8 s; the late close changes nothing"
        ) { probe in
            let id = probe.newID()
            let (silent, _) = try await probe.openBare()
            silent.send(Probe.register(id))
            try await silent.hears("registered")
            let socket = try await probe.open()
            socket.send(Probe.register(id))
            _ = try await socket.next("registered", within: ConformanceDefaults.takeover)
            try await probe.expectSignal(for: id, on: socket, who: "the new holder")
            silent.close()
            try await Task.sleep(for: ConformanceDefaults.quiet)
            try await probe.expectSignal(for: id, on: socket, who: "the new holder, after the old socket's close,")
            let inviter = try await probe.node()
            inviter.send(Probe.invitation(from: inviter.id, to: id, probe.newRequestID()))
            _ = try await socket.next("invitation_received")
            return "passed on"
        },
        ConformanceCase(
            "takeover-key",
            "register",
            "2.5.2, S01",
            expects: "whoever proves the key takes its id from another socket of his"
        ) { probe in
            let key = BrowserKey()
            _ = try await probe.browser(key: key)
            let socket = try await probe.open()
            socket.send(Probe.register(key.id, metadata: Metadata.browser(key.jwk)))
            // Registered before or after the proof, as the server likes.
            let peer = KitPeer(id: key.id, socket: socket, key: key)
            try await probe.answerChallenge(of: peer, key: key, within: ConformanceDefaults.takeover)
            _ = try await socket.next("registered", within: ConformanceDefaults.takeover)
            try await probe.expectSignal(for: key.id, on: socket, who: "the new socket")
            return "taken over"
        },
        ConformanceCase(
            "takeover-wrong-key",
            "register",
            "2.5.2, S01",
            expects: "whoever shows a key without proving it does not; the holder keeps its signals"
        ) { probe in
            let key = BrowserKey()
            let holder = try await probe.browser(key: key)
            let stranger = try await probe.open()
            stranger.send(Probe.register(key.id, metadata: Metadata.browser(key.jwk)))
            let first = try await stranger.next("auth_challenge", "error", within: ConformanceDefaults.takeover)
            if let nonce = first.string("nonce"), let timestamp = first.int64("timestamp") {
                let foreign = try BrowserKey().signature(nonce: nonce, timestamp: timestamp)
                stranger.send(Probe.authResponse(key.id, signature: foreign))
                _ = try await stranger.next("auth_failure", "error", within: ConformanceDefaults.takeover)
            }
            try await probe.expectSignal(for: key.id, on: holder.socket, who: "the holder")
            return "refused"
        },
    ]

    static let identity: [ConformanceCase] = [
        ConformanceCase(
            "second-id",
            "register",
            "S04",
            expects: "a socket that holds an id cannot register another"
        ) { probe in
            let (peer, other) = (try await probe.node(), probe.newID())
            peer.send(Probe.register(other))
            try await peer.socket.hearsNo("registered", for: .seconds(1)) { $0.string("nodeId") == other }
            return "refused"
        },
        ConformanceCase(
            "two-sockets",
            "send_invitation",
            "S04",
            expects: "a socket that registered as one peer cannot speak as another that is here"
        ) { probe in
            let (peer, victim) = (try await probe.node(), try await probe.node())
            let (target, requestID) = (try await probe.node(), probe.newRequestID())
            peer.send(
                #"{"type":"join_peer","targetPeerId":"\#(target.id)","fromPeer":"\#(victim.id)","#
                    + #""requestId":"\#(requestID)"}"#
            )
            let victimID = victim.id
            try await target.socket.hearsNo("peer_join_request") { $0.string("fromPeer") == victimID }
            return "refused"
        },
        ConformanceCase(
            "unregistered",
            "send_invitation",
            "S04",
            expects: "whoever is not registered cannot invite or signal"
        ) { probe in
            let (target, id) = (try await probe.node(), probe.newID())
            let socket = try await probe.open()
            socket.send(Probe.invitation(from: id, to: target.id, probe.newRequestID()))
            socket.send(Probe.signal(from: id, to: target.id, probe.newRequestID()))
            try await target.socket.hearsNo("invitation_received", "signal", for: .seconds(1))
            return "nothing arrives"
        },
    ]
}
