import NIOHTTP1
import WebSocketTransport
import WireMessages

extension ConformanceCase {
    static let reports: [ConformanceCase] = [
        ConformanceCase("profile-update", "profile_update", "2.10", expects: "accepted silently") { probe in
            let peer = try await probe.browser()
            peer.send(
                #"{"type":"profile_update","nodeId":"\#(peer.id)","connectionProfile":{"hasIPv6":true,"natType":"easy","#
                    + #""portPattern":"sequential","needsRelay":false,"platform":"linux","browser":"Chrome","#
                    + #""browserVersion":"140","isMobile":false}}"#
            )
            try await peer.socket.hearsNo("error", "response")
            try await Probe.isAlive(peer, probe: probe)
            return "nothing"
        },
        ConformanceCase("connection-outcome", "connection_outcome", "2.10", expects: "accepted silently") { probe in
            let peer = try await probe.node()
            peer.send(
                #"{"type":"connection_outcome","nodeId":"\#(peer.id)","success":true,"connectionType":"webrtc","#
                    + #""localNatType":"easy","remoteNatType":"hard","iceCandidateType":"srflx"}"#
            )
            try await peer.socket.hearsNo("error", "response")
            try await Probe.isAlive(peer, probe: probe)
            return "nothing"
        },
        ConformanceCase(
            "outcome-odd",
            "connection_outcome, profile_update",
            "8 S18",
            expects: "keys like __proto__ and odd values do no harm",
            turn: .alone
        ) { probe in
            let peer = try await probe.node()
            peer.send(
                #"{"type":"connection_outcome","nodeId":"\#(peer.id)","success":false,"connectionType":"__proto__","#
                    + #""localNatType":"constructor","remoteNatType":7,"failureReason":{"a":1}}"#
            )
            peer.send(#"{"type":"profile_update","nodeId":"\#(peer.id)","connectionProfile":"none"}"#)
            peer.send(
                #"{"type":"profile_update","nodeId":"\#(peer.id)","connectionProfile":{"natType":"__proto__","#
                    + #""platform":"__proto__","browser":{}}}"#
            )
            try await Probe.isAlive(peer, probe: probe)
            let health = try await probe.http(.GET, "/health")
            try expect(health.status == 200, else: "/health answers \(health.status)")
            return "alive"
        },
    ]
}
