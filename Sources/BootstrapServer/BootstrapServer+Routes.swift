import BootstrapCore
import HTTPRoutes
import Hummingbird
import Telemetry
import WireMessages

extension BootstrapServer {
    /// The HTTP side, as monitors of the existing network read it (protocol.md 6.1).
    func routes() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("/health") { [self] _, _ -> Response in
            let peers = status().registeredPeers
            return .json(
                RawJSON.object { body in
                    body.member("status", "ok")
                    body.member("peers", Int64(peers))
                }.bytes
            )
        }
        router.get("/bridge-health") { [self] _, _ -> Response in
            let pool = status().pool
            return .json(pool.bridgeHealth, status: pool.unavailable == 0 ? .ok : .serviceUnavailable)
        }
        router.get("/api/v1/status") { [self] _, _ -> Response in
            .json(Self.statusBody(status()))
        }
        router.get("/**") { _, _ -> Response in
            .text(
                "Not Found\n\nEndpoints:\n  /health\n  /bridge-health\n  /api/v1/status\n",
                status: .notFound
            )
        }
        return router
    }

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
