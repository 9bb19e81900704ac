import WireMessages

extension ConformanceCase {
    static let signalling: [ConformanceCase] = [
        ConformanceCase(
            "signal",
            "forward_signal",
            "2.8",
            expects: "signal with fromPeer and toPeer at the target; response success:true"
        ) { probe in
            let (peer, target) = (try await probe.node(), try await probe.node())
            let requestID = probe.newRequestID()
            peer.send(Probe.signal(from: peer.id, to: target.id, requestID))
            let signal = try await target.socket.next("signal")
            try expect(signal.string("fromPeer") == peer.id, else: "signal without fromPeer")
            try expect(signal.string("toPeer") == target.id, else: "signal without toPeer")
            let answer = try await peer.socket.response(to: requestID)
            try expect(answer.bool("success") == true, else: "success is not true")
            return "signal, response"
        },
        ConformanceCase(
            "signal-bytes",
            "signal",
            "0.4",
            expects: "the signal arrives byte for byte"
        ) { probe in
            let (peer, target) = (try await probe.node(), try await probe.node())
            let text = #"{"zz":1.0,"candidate":"candidate:1 \u0041\/","sdpMLineIndex":0,"aa":1e2,"type":"candidate"}"#
            peer.send(Probe.signal(from: peer.id, to: target.id, probe.newRequestID(), text))
            let arrived = try await target.socket.next("signal").member("signal")?.description ?? "none"
            try expect(arrived == text, else: "other bytes: \(difference(text, arrived))")
            return "the same bytes"
        },
        ConformanceCase(
            "signal-absent",
            "forward_signal",
            "2.8, 2.9",
            expects: "absent target: response success:false by requestId, and error with both error and message"
        ) { probe in
            let (peer, requestID) = (try await probe.node(), probe.newRequestID())
            peer.send(Probe.signal(from: peer.id, to: probe.newID(), requestID))
            let notice = try await peer.socket.next("error")
            try expect(notice.string("error") != nil, else: "error without the key error")
            try expect(notice.string("message") == notice.string("error"), else: "error without the same message")
            let answer = try await peer.socket.response(to: requestID, within: ConformanceDefaults.answer)
            try expect(answer.bool("success") == false, else: "success is not false")
            try expect(answer.string("error") != nil, else: "response without error")
            return "error and response"
        },
        ConformanceCase(
            "signal-incomplete",
            "forward_signal",
            "2.8, 2.9",
            expects: "without toPeer: refused, by requestId or by error"
        ) { probe in
            let (peer, requestID) = (try await probe.node(), probe.newRequestID())
            peer.send(
                #"{"type":"forward_signal","fromPeer":"\#(peer.id)","signal":{},"requestId":"\#(requestID)"}"#
            )
            let answer = try await peer.socket.next("response", "error")
            try expect(answer.bool("success") != true, else: "success:true")
            try expect(answer.string("error") != nil, else: "no text under error")
            return "refused"
        },
        ConformanceCase(
            "signal-foreign",
            "forward_signal",
            "8 S7",
            expects: "fromPeer of somebody else: refused, the target hears nothing"
        ) { probe in
            let (peer, target) = (try await probe.node(), try await probe.node())
            let (victim, requestID) = (try await probe.node(), probe.newRequestID())
            peer.send(Probe.signal(from: victim.id, to: target.id, requestID))
            try await target.socket.hearsNo("signal")
            let answer = try await peer.socket.next("response", "error")
            try expect(answer.bool("success") != true, else: "success:true")
            return "refused"
        },
        ConformanceCase(
            "signal-old",
            "signal",
            "2.8",
            expects: "signal sent by a peer: signal {fromPeer, signal, timestamp} at the target"
        ) { probe in
            let (peer, target) = (try await probe.node(), try await probe.node())
            peer.send(signal(peer.id, target.id))
            let signal = try await target.socket.next("signal")
            try expect(signal.string("fromPeer") == peer.id, else: "signal without fromPeer")
            try expect(signal.int64("timestamp") != nil, else: "signal without an integer timestamp")
            return "signal"
        },
        ConformanceCase(
            "signal-old-absent",
            "signal",
            "2.8",
            expects: "signal to an absent peer: signal_error with a message"
        ) { probe in
            let peer = try await probe.node()
            peer.send(signal(peer.id, probe.newID()))
            let notice = try await peer.socket.next("signal_error")
            try expect(notice.string("message") != nil, else: "signal_error without message")
            return "signal_error"
        },
    ]

    private static func signal(_ sender: String, _ target: String) -> String {
        #"{"type":"signal","fromPeer":"\#(sender)","toPeer":"\#(target)","signal":\#(Probe.offer)}"#
    }
}
