import BootstrapCore
import Telemetry
import WireMessages

extension BootstrapServer {
    /// The body of `/api/v1/status`.
    package static func statusBody(_ status: BootstrapStatus) -> [UInt8] {
        let counters = status.counters
        let named: KeyValuePairs<StaticString, Int> = [
            "asked": counters.asked, "peerFound": counters.peerFound, "degraded": counters.degraded,
            "busy": counters.busy, "failed": counters.failed, "stopping": counters.stopping,
        ]
        let introductions: KeyValuePairs<StaticString, Int> = [
            "followed": counters.introductions, "notFollowed": counters.introductionsUnfollowed,
            "accepted": counters.introductionsAccepted, "connected": counters.introductionsConnected,
            "silent": counters.introductionsSilent, "failed": counters.introductionsFailed,
        ]
        return RawJSON.object { body in
            body.member("timestamp", SystemClock.unixMilliseconds())
            body.member("connections", Int64(status.connections))
            body.member("registeredPeers", Int64(status.registeredPeers))
            body.member("maxPeers", Int64(status.maxPeers))
            body.key("joins")
            body.beginObject()
            for (name, value) in named { body.member(name, Int64(value)) }
            body.endObject()
            body.key("introductions")
            body.beginObject()
            for (name, value) in introductions { body.member(name, Int64(value)) }
            body.endObject()
            body.key("pool")
            status.pool.write(to: &body)
        }.bytes
    }
}
