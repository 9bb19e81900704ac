import WireMessages

extension ConformanceCase {
    static let invitations: [ConformanceCase] = [
        ConformanceCase(
            "invite-node-node",
            "send_invitation",
            "2.7",
            expects: "invitation_received, response, then websocket_peer_metadata to both, one invitationId"
        ) { probe in
            let (inviter, invitee) = (try await probe.node(), try await probe.node())
            try await invite(inviter, invitee, probe)
            return try await meetOverWebSocket(inviter, invitee, type: "nodejs")
        },
        ConformanceCase(
            "invite-browser-browser",
            "send_invitation",
            "2.7",
            expects: "webrtc_start_offer to the inviter, webrtc_expect_offer to the invitee, one invitationId"
        ) { probe in
            let (inviter, invitee) = (try await probe.browser(), try await probe.browser())
            try await invite(inviter, invitee, probe)
            let start = try await inviter.socket.next("webrtc_start_offer", "websocket_peer_metadata")
            let expect = try await invitee.socket.next("webrtc_expect_offer", "websocket_peer_metadata")
            try Conformance.expect(start.string("targetPeer") == invitee.id, else: describe(start, "targetPeer"))
            try Conformance.expect(expect.string("fromPeer") == inviter.id, else: describe(expect, "fromPeer"))
            try Conformance.expect(start.string("type") == "webrtc_start_offer", else: "websocket_peer_metadata")
            let isSame = start.string("invitationId") == expect.string("invitationId")
            try Conformance.expect(isSame && start.string("invitationId") != nil, else: "no common invitationId")
            return "the WebRTC pair"
        },
        ConformanceCase(
            "invite-node-browser",
            "send_invitation",
            "2.7",
            expects: "a node invites a browser: websocket_peer_metadata with the address the browser dials"
        ) { probe in
            let (inviter, invitee) = (try await probe.node(), try await probe.browser())
            try await invite(inviter, invitee, probe)
            return try await meetOverWebSocket(inviter, invitee, type: "nodejs")
        },
        ConformanceCase(
            "invite-browser-node",
            "send_invitation",
            "2.7",
            expects: "a browser invites a node: websocket_peer_metadata to both"
        ) { probe in
            let (inviter, invitee) = (try await probe.browser(), try await probe.node())
            try await invite(inviter, invitee, probe)
            return try await meetOverWebSocket(inviter, invitee, type: "browser")
        },
        ConformanceCase(
            "invite-inviter-offline",
            "invitation_accepted",
            "2.7",
            expects: "the inviter has left: the invitee still gets its metadata"
        ) { probe in
            let (inviter, invitee) = (try await probe.node(), try await probe.node())
            let token = Probe.invitationToken(inviter.id, invitee.id)
            let requestID = probe.newRequestID()
            inviter.send(Probe.invitation(from: inviter.id, to: invitee.id, requestID, token: token))
            _ = try await inviter.socket.response(to: requestID)
            _ = try await invitee.socket.next("invitation_received")
            inviter.socket.close()
            _ = try await inviter.socket.end()
            invitee.send(accepted(by: invitee.id, inviter.id))
            let notice = try await invitee.socket.next("websocket_peer_metadata")
            let address = notice.member("fromPeerMetadata")?.string("listeningAddress")
            try expect(address == ConformanceDefaults.listeningAddress, else: "without the inviter's address")
            return "websocket_peer_metadata"
        },
        ConformanceCase(
            "invite-unknown",
            "send_invitation",
            "2.7",
            expects: "unknown target: response success:false, error \"Target peer not connected\""
        ) { probe in
            let (peer, requestID) = (try await probe.node(), probe.newRequestID())
            peer.send(Probe.invitation(from: peer.id, to: probe.newID(), requestID))
            let answer = try await peer.socket.response(to: requestID)
            try expect(answer.bool("success") == false, else: "success is not false")
            let text = answer.string("error") ?? "no error text"
            try expect(text == "Target peer not connected", else: text)
            return text
        },
        ConformanceCase(
            "invite-token-bytes",
            "invitation_received",
            "0.4",
            expects: "invitationToken arrives byte for byte: order of keys, 1.0, 1e2, escapes"
        ) { probe in
            let (inviter, invitee) = (try await probe.node(), try await probe.node())
            // No expiry here, so a number of an odd form may stand anywhere but in it.
            let token =
                #"{"signature":"\#(String(repeating: "ab", count: 64))","version":"1.0","zz":1.0,"aa":1e2,"big":1"#
                + String(repeating: "0", count: 30) + #","text":"\u0041\/\u00e9","inviter":"\#(inviter.id)","#
                + #""invitee":"\#(invitee.id)","expires":4100000000000,"timestamp":1700000000000,"nonce":"00"}"#
            inviter.send(
                Probe.invitation(from: inviter.id, to: invitee.id, probe.newRequestID(), token: token)
            )
            let received = try await invitee.socket.next("invitation_received")
            guard let arrived = received.member("invitationToken")?.description else {
                throw Deviation("invitation_received without invitationToken")
            }
            try expect(arrived == token, else: "other bytes: \(difference(token, arrived))")
            return "the same bytes"
        },
        ConformanceCase(
            "invite-secrets",
            "websocket_peer_metadata",
            "8 S1, S19",
            expects: "no bridgeAuthToken and no membershipToken in the metadata of the other"
        ) { probe in
            let inviter = try await probe.node(metadata: Metadata.node(secrets(probe.randomHex(16))))
            let invitee = try await probe.node(metadata: Metadata.node(secrets(probe.randomHex(16))))
            try await invite(inviter, invitee, probe)
            let toInvitee = try await invitee.socket.next("websocket_peer_metadata")
            let toInviter = try await inviter.socket.next("websocket_peer_metadata")
            try expectNoSecrets(toInvitee.member("fromPeerMetadata"), in: "the inviter")
            try expectNoSecrets(toInviter.member("targetPeerMetadata"), in: "the invitee")
            return "none"
        },
        ConformanceCase(
            "invitation-sent",
            "invitation_sent",
            "2.7",
            expects: "accepted, no answer"
        ) { probe in
            let peer = try await probe.node()
            peer.send(
                #"{"type":"invitation_sent","targetPeerId":"\#(probe.newID())","requestId":"invite_1","success":true}"#
            )
            try await peer.socket.hearsNo("error", "response")
            try await Probe.isAlive(peer, probe: probe)
            return "nothing"
        },
    ]

    static let invitationAbuse: [ConformanceCase] = [
        ConformanceCase(
            "invite-foreign",
            "send_invitation",
            "8 S7",
            expects: "inviterNodeId of somebody else: success:false, and the target hears nothing"
        ) { probe in
            let (peer, target) = (try await probe.node(), try await probe.node())
            let (victim, requestID) = (try await probe.node(), probe.newRequestID())
            peer.send(Probe.invitation(from: victim.id, to: target.id, requestID))
            let answer = try await peer.socket.response(to: requestID)
            try await target.socket.hearsNo("invitation_received")
            try expect(answer.bool("success") == false, else: "success:true")
            return "refused"
        },
        ConformanceCase(
            "accept-third",
            "invitation_accepted",
            "S12",
            expects: "an acceptance by a third peer, in its own or in the invitee's name, is ignored"
        ) { probe in
            let (inviter, invitee) = (try await probe.node(), try await probe.node())
            let (third, requestID) = (try await probe.node(), probe.newRequestID())
            inviter.send(Probe.invitation(from: inviter.id, to: invitee.id, requestID))
            _ = try await inviter.socket.response(to: requestID)
            third.send(accepted(by: third.id, inviter.id))
            third.send(accepted(by: invitee.id, inviter.id))
            // The inviter may hear of it later than the invitee.
            try await inviter.socket.hearsNo("websocket_peer_metadata", "webrtc_start_offer", for: .seconds(3))
            try await third.socket.hearsNo("websocket_peer_metadata", "webrtc_expect_offer", for: .milliseconds(50))
            return "ignored"
        },
        ConformanceCase(
            "accept-uninvited",
            "invitation_accepted",
            "2.7",
            expects: "an acceptance without an invitation is ignored"
        ) { probe in
            let (peer, other) = (try await probe.node(), try await probe.node())
            peer.send(accepted(by: peer.id, other.id))
            try await other.socket.hearsNo("websocket_peer_metadata", "webrtc_start_offer", for: .seconds(3))
            try await peer.socket.hearsNo("websocket_peer_metadata", "webrtc_expect_offer", for: .milliseconds(50))
            return "ignored"
        },
    ]

    static func accepted(by invitee: String, _ inviter: String) -> String {
        #"{"type":"invitation_accepted","fromPeer":"\#(invitee)","toPeer":"\#(inviter)","timestamp":1700000000000}"#
    }

    /// One invites the other, who accepts.
    static func invite(_ inviter: KitPeer, _ invitee: KitPeer, _ probe: Probe) async throws {
        let (inviterID, requestID) = (inviter.id, probe.newRequestID())
        inviter.send(Probe.invitation(from: inviterID, to: invitee.id, requestID))
        let received = try await invitee.socket.next("invitation_received") { $0.string("fromPeer") == inviterID }
        try expect(received.member("invitationToken") != nil, else: "invitation_received without its token")
        let answer = try await inviter.socket.response(to: requestID)
        try expect(answer.bool("success") == true, else: "response \(answer.string("error") ?? "without success")")
        let target = answer.member("data")?.string("targetPeer")
        try expect(target == invitee.id, else: "response without data.targetPeer")
        invitee.send(accepted(by: invitee.id, inviter.id))
    }

    private static func meetOverWebSocket(_ inviter: KitPeer, _ invitee: KitPeer, type: String) async throws -> String {
        let toInvitee = try await invitee.socket.next("websocket_peer_metadata", "webrtc_expect_offer")
        let toInviter = try await inviter.socket.next("websocket_peer_metadata", "webrtc_start_offer")
        try expect(toInvitee.string("fromPeer") == inviter.id, else: describe(toInvitee, "fromPeer"))
        try expect(toInviter.string("targetPeer") == invitee.id, else: describe(toInviter, "targetPeer"))
        let metadata = toInvitee.member("fromPeerMetadata")
        try expect(metadata?.string("nodeType") == type, else: "fromPeerMetadata without nodeType \(type)")
        if type == "nodejs" {
            let address = metadata?.string("listeningAddress")
            try expect(address == ConformanceDefaults.listeningAddress, else: "fromPeerMetadata without the address")
        }
        try expect(toInviter.member("targetPeerMetadata")?.isObject == true, else: "no targetPeerMetadata")
        let isSame = toInvitee.string("invitationId") == toInviter.string("invitationId")
        try expect(isSame && toInvitee.string("invitationId") != nil, else: "no common invitationId")
        return "websocket_peer_metadata to both"
    }

    private static func describe(_ message: RawJSON, _ key: String) -> String {
        "\(message.string("type") ?? "a message") with \(key) \(message.string(key) ?? "missing")"
    }

    /// Where two texts part, for a report.
    static func difference(_ wanted: String, _ got: String) -> String {
        let common = zip(wanted.utf8, got.utf8).prefix { $0 == $1 }.count
        let from = max(0, common - 8)
        func part(_ text: String) -> String {
            String(decoding: Array(text.utf8).dropFirst(from).prefix(24), as: UTF8.self)
        }
        return "\(part(wanted)) became \(part(got))"
    }
}
