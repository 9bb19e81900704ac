package import BridgeLink
import Histogram
import LinkCore
import Telemetry
import Timekeeping
import WireMessages

extension PoolReport {
    /// What can be asked: an address that leads to a bridge which has its link elsewhere counts, too.
    package var available: Int { endpoints.count { $0.isAvailable } }
    package var unavailable: Int { endpoints.count - available }

    /// The body of `/bridge-health`: the keys that existing monitors read (protocol.md 6.1.3), then ours.
    package var bridgeHealth: [UInt8] {
        let unixNow = SystemClock.unixMilliseconds()
        let healthy = unavailable == 0
        return RawJSON.object { body in
            body.member("healthy", healthy)
            body.key("bridgeAvailability")
            body.beginObject()
            body.member("available", Int64(available))
            body.member("total", Int64(endpoints.count))
            body.member("unavailable", Int64(unavailable))
            body.key("results")
            body.beginArray()
            for endpoint in endpoints { write(endpoint, unixNow, to: &body) }
            body.endArray()
            body.key("connectedBridgeNodes")
            body.beginArray()
            for endpoint in endpoints where endpoint.isAvailable { write(endpoint, unixNow, to: &body) }
            body.endArray()
            body.endObject()
            body.member("timestamp", unixNow)
            body.member(
                "message",
                healthy
                    ? "All bridges are available" : "\(unavailable) of \(endpoints.count) bridges are not available"
            )
        }.bytes
    }

    /// The `pool` section of `/api/v1/status`.
    func write(to body: inout JSONWriter) {
        let unixNow = SystemClock.unixMilliseconds()
        let inFlight = endpoints.reduce(0) { $0 + $1.inFlight }
        let window = endpoints.reduce(0) { $0 + ($1.isAvailable ? $1.window : 0) }
        body.beginObject()
        body.member("available", Int64(available))
        body.member("total", Int64(endpoints.count))
        body.member("pending", Int64(pending))
        body.member("waiting", Int64(waiting))
        body.member("inFlight", Int64(inFlight))
        body.member("window", Int64(window))
        body.key("bridges")
        body.beginArray()
        for endpoint in endpoints { write(endpoint, unixNow, to: &body) }
        body.endArray()
        body.key("requests")
        writeCounters(to: &body)
        body.key("times")
        body.beginObject()
        Self.write(statistics.answerTimes, as: "answeredMicroseconds", to: &body)
        Self.write(statistics.failureTimes, as: "failedMicroseconds", to: &body)
        Self.write(statistics.queueTimes, as: "queuedMicroseconds", to: &body)
        body.endObject()
        Self.write(statistics.concurrency, as: "inFlightWhenSent", to: &body)
        body.endObject()
    }

    private func writeCounters(to body: inout JSONWriter) {
        let named: KeyValuePairs<StaticString, Int> = [
            "accepted": counters.accepted, "answered": counters.answered, "refused": counters.refused,
            "busy": counters.busy, "timedOut": counters.timedOut, "noBridge": counters.noBridge,
            "unusable": counters.unusable, "stopped": counters.stopped, "cancelled": counters.cancelled,
            "retries": counters.retries, "retriesDenied": counters.retriesDenied,
            "secondOpinions": counters.secondOpinions, "failovers": counters.moved, "hedges": counters.hedges,
            "hedgesWon": counters.hedgesWon, "turnedAway": counters.turnedAway, "lateAnswers": counters.lateAnswers,
            "foreignAnswers": counters.foreignAnswers, "unknownAnswers": statistics.unknownAnswers,
            "unreadableMessages": statistics.unreadableMessages, "floods": statistics.floods,
            "outcomesSent": statistics.outcomesSent, "outcomesDropped": statistics.outcomesDropped,
            "dials": counters.dials,
            "linksOpened": counters.linksOpened, "linksLost": counters.linksLost, "ejections": counters.ejections,
        ]
        body.beginObject()
        for (name, value) in named { body.member(name, Int64(value)) }
        body.endObject()
    }

    /// Count and percentiles of a histogram.
    private static func write(_ histogram: Histogram<UInt32>, as name: StaticString, to body: inout JSONWriter) {
        body.key(name)
        body.beginObject()
        body.member("count", Int64(clamping: histogram.totalCount))
        body.member("p50", Int64(clamping: histogram.valueAtPercentile(50)))
        body.member("p90", Int64(clamping: histogram.valueAtPercentile(90)))
        body.member("p99", Int64(clamping: histogram.valueAtPercentile(99)))
        body.member("max", Int64(clamping: histogram.max))
        body.endObject()
    }

    private func write(_ endpoint: EndpointReport, _ unixNow: Int64, to body: inout JSONWriter) {
        func unix(_ instant: Instant) -> Int64 { unixNow - (now - instant).wholeMilliseconds }
        body.beginObject()
        if let bridge = endpoint.bridge { body.member("nodeId", bridge) }
        body.member("address", endpoint.address ?? "dialled in")
        body.member("available", endpoint.isAvailable)
        body.member("state", endpoint.isAvailable ? "CONNECTED" : "DISCONNECTED")
        body.member("lastActivity", unix(endpoint.lastHeard ?? endpoint.since))
        body.member("connectAttempts", Int64(endpoint.dials))
        body.member("status", endpoint.status.rawValue)
        body.member("since", unix(endpoint.since))
        body.member("rotation", endpoint.rotation.rawValue)
        body.member("mode", endpoint.mode.rawValue)
        if let era = endpoint.era { body.member("era", era.name) }
        body.member("dialledIn", endpoint.hasDialledIn)
        if let alias = endpoint.aliasOf, let other = endpoints.first(where: { $0.id == alias }) {
            body.member("sameBridgeAs", other.address ?? "dialled in")
        }
        if let error = endpoint.lastError { body.member("error", "\(error)") }
        if let next = endpoint.nextAttempt { body.member("nextAttemptInMs", max(0, (next - now).wholeMilliseconds)) }
        body.member("connectionsOpened", Int64(endpoint.linksOpened))
        body.member("pings", Int64(endpoint.pings))
        if let roundTrip = endpoint.roundTrip { body.member("roundTripMs", roundTrip.wholeMilliseconds) }
        body.member("inFlight", Int64(endpoint.inFlight))
        body.member("window", Int64(endpoint.window))
        body.member("requests", Int64(endpoint.requests))
        body.member("answers", Int64(endpoint.answers))
        body.member("timeouts", Int64(endpoint.timeouts))
        body.member("busyAnswers", Int64(endpoint.busyAnswers))
        body.member("consecutiveFailures", Int64(endpoint.consecutiveFailures))
        if let load = endpoint.load {
            body.key("load")
            body.beginObject()
            body.member("queueDepth", Int64(load.queueDepth))
            body.member("queueCapacity", Int64(load.queueCapacity))
            body.member("inFlight", Int64(load.inFlight))
            body.member("connectedPeers", Int64(load.connectedPeers))
            body.endObject()
        }
        body.endObject()
    }
}

extension EndpointReport {
    /// Requests can go to it, now or once it has room: it has a link, and answers there.
    package var isAvailable: Bool {
        guard status == .connected else { return false }
        return aliasOf != nil || (rotation != .unanswering && rotation != .retiring && rotation != .none)
    }
}

extension BridgeTraits.Era {
    var name: String {
        switch self {
        case .native: "native"
        case .stateless: "stateless"
        case .current: "current"
        }
    }
}
