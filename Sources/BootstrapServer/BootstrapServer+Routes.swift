package import BridgeLink
import HTTPRoutes
import Hummingbird
import LinkCore
import Telemetry
import Timekeeping
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
            return .json(Self.bridgeHealth(of: pool), status: pool.unavailable == 0 ? .ok : .serviceUnavailable)
        }
        router.get("/**") { _, _ -> Response in
            .text("Not Found\n\nEndpoints:\n  /health\n  /bridge-health\n", status: .notFound)
        }
        return router
    }

    /// The keys that existing monitors read, then ours: `status` in the words of the pool, and what an operator asks next.
    package static func bridgeHealth(of pool: PoolReport) -> [UInt8] {
        let now = SystemClock.unixMilliseconds()
        let healthy = pool.unavailable == 0
        let body = RawJSON.object { body in
            body.member("healthy", healthy)
            body.key("bridgeAvailability")
            body.beginObject()
            body.member("available", Int64(pool.available))
            body.member("total", Int64(pool.endpoints.count))
            body.member("unavailable", Int64(pool.unavailable))
            body.key("results")
            body.beginArray()
            for endpoint in pool.endpoints {
                write(endpoint, of: pool, now: now, to: &body)
            }
            body.endArray()
            body.endObject()
            body.member("timestamp", now)
            body.member(
                "message",
                healthy
                    ? "All bridges are available"
                    : "\(pool.unavailable) of \(pool.endpoints.count) bridges are not available"
            )
        }
        return body.bytes
    }

    private static func write(_ endpoint: EndpointReport, of pool: PoolReport, now: Int64, to body: inout JSONWriter) {
        body.beginObject()
        if let bridge = endpoint.bridge { body.member("nodeId", bridge) }
        body.member("address", endpoint.address)
        body.member("available", endpoint.status == .connected)
        body.member("state", endpoint.status == .connected ? "CONNECTED" : "DISCONNECTED")
        body.member("status", endpoint.status.rawValue)
        body.member("since", now - (pool.now - endpoint.since).wholeMilliseconds)
        if let error = endpoint.lastError { body.member("error", "\(error)") }
        body.member("connectAttempts", Int64(endpoint.dials))
        body.member("connectionsOpened", Int64(endpoint.linksOpened))
        body.member("inFlight", Int64(endpoint.inFlight))
        body.member("requests", Int64(endpoint.requests))
        if let roundTrip = endpoint.roundTrip { body.member("roundTripMs", roundTrip.wholeMilliseconds) }
        if let next = endpoint.nextAttempt { body.member("nextAttemptInMs", (next - pool.now).wholeMilliseconds) }
        body.endObject()
    }
}

extension PoolReport {
    package var available: Int { endpoints.count { $0.status == .connected } }
    package var unavailable: Int { endpoints.count - available }
}
