import BootstrapCore
import BridgeLink
import LinkCore
import Observation
import Telemetry
import Timekeeping
import WireMessages

/// How a bootstrap server is, in one document: what the live page draws and `causeway status` prints (docs/http-api.md).
///
/// Peers are counted, never listed: the size of the document does not depend on how many there are.
struct Overview {
    enum Extent {
        /// With histories.
        case whole
        /// What changes from second to second.
        case update
    }

    var status: BootstrapStatus
    var now: Moment
    var name: String
    var startedAt: Int64
    var drainsUntil: Int64?
    var series: JoinSeries
    var bridges: [EndpointID: StateHistory]
    var events: [OperatorEvent]
    var probe: ProbeResult?
    var cpuPercent: Double?
    var memoryBytes: Int?
    var room: RoomEstimate

    static let schema: Int64 = 1
    static let maxBridges = 128
    static let maxChanges = 1_024
    static let maxEvents = 100
    static let maxUpdateEvents = 20
    /// Milliseconds for which an event is part of updates: a reader that missed one text has it in the next.
    static let updateEventAge: Int64 = 5_000
    private static let maxNameBytes = 96
    private static let maxErrorBytes = 300

    func json(_ extent: Extent) -> [UInt8] {
        RawJSON.object { body in
            body.member("schema", Self.schema)
            body.member("at", now.unixMilliseconds)
            writeServer(to: &body)
            writeProbe(to: &body)
            body.key("totals")
            body.beginObject()
            status.observed.counts.write(to: &body)
            body.endObject()
            body.key("latest")
            body.beginObject()
            Self.write("second", series.seconds.last, to: &body)
            Self.write("minute", series.minutes.last, to: &body)
            body.endObject()
            writeQueue(to: &body)
            writeBridges(extent, to: &body)
            writePeers(to: &body)
            writeRoom(to: &body)
            writeUnhelped(to: &body)
            writeEvents(extent, to: &body)
            guard extent == .whole else { return }
            body.key("history")
            body.beginObject()
            Self.writeColumns("seconds", Array(series.seconds), to: &body)
            Self.writeColumns("minutes", Array(series.minutes), to: &body)
            body.endObject()
        }.bytes
    }

    private func writeServer(to body: inout JSONWriter) {
        let obstacles = status.obstacles
        body.key("server")
        body.beginObject()
        body.member("version", ProgramVersion.text)
        body.member("node", BoundedText.clean(name, maxBytes: Self.maxNameBytes))
        body.member("startedAt", startedAt)
        body.member("network", status.isNewNetwork ? "new" : "running")
        body.member("ready", obstacles.isEmpty)
        body.key("notReady")
        body.beginArray()
        for obstacle in obstacles.prefix(3) { body.string(BoundedText.clean(obstacle, maxBytes: Self.maxErrorBytes)) }
        body.endArray()
        body.key("draining")
        if status.isDraining {
            body.beginObject()
            body.member("until", orNull: drainsUntil)
            body.endObject()
        } else {
            body.null()
        }
        body.key("cpuPercent")
        if let cpuPercent { body.decimal(cpuPercent, places: 1) } else { body.null() }
        body.member("memoryBytes", orNull: memoryBytes.map(Int64.init))
        body.endObject()
    }

    private func writeProbe(to body: inout JSONWriter) {
        body.key("probe")
        guard let probe else { return body.null() }
        body.beginObject()
        body.member("at", probe.at)
        body.member("ok", probe.isGood)
        body.member("tookUs", orNull: probe.took.map(Self.microseconds))
        body.member("step", orNull: probe.step)
        body.member("error", orNull: probe.error.map { BoundedText.clean($0, maxBytes: Self.maxErrorBytes) })
        body.endObject()
    }

    private func writeQueue(to body: inout JSONWriter) {
        let pool = status.pool
        body.key("queue")
        body.beginObject()
        body.member("inFlight", Int64(pool.endpoints.reduce(0) { $0 + $1.inFlight }))
        body.member("window", Int64(pool.endpoints.reduce(0) { $0 + ($1.isAvailable ? $1.window : 0) }))
        body.member("waiting", Int64(pool.waiting))
        body.member("waitingLimit", Int64(pool.waitingLimit))
        body.endObject()
    }

    // MARK: Bridges

    private func writeBridges(_ extent: Extent, to body: inout JSONWriter) {
        let pool = status.pool
        let ordered = pool.endpoints.filter { $0.address != nil } + pool.endpoints.filter { $0.address == nil }
        let shown = ordered.prefix(Self.maxBridges)
        let changesEach = min(StateHistory.maxChanges, Self.maxChanges / max(1, shown.count))
        body.key("bridges")
        body.beginArray()
        for endpoint in shown {
            body.beginObject()
            write(endpoint, of: pool, to: &body)
            if extent == .whole {
                body.key("changes")
                body.beginArray()
                for change in bridges[endpoint.id]?.changes.suffix(changesEach) ?? [] {
                    body.beginObject()
                    body.member("at", change.at)
                    body.member("state", change.state.rawValue)
                    body.endObject()
                }
                body.endArray()
            }
            body.endObject()
        }
        body.endArray()
    }

    private func write(_ endpoint: EndpointReport, of pool: PoolReport, to body: inout JSONWriter) {
        func unix(_ instant: Instant) -> Int64 { now.unixMilliseconds - (pool.now - instant).wholeMilliseconds }
        let state = bridges[endpoint.id]?.current
        body.member("key", Int64(endpoint.id.value))
        body.member("id", orNull: endpoint.bridge)
        body.member("address", orNull: endpoint.address.map(Self.addressText))
        body.member("state", (state?.state ?? BridgeState(endpoint)).rawValue)
        body.member("since", state?.at ?? unix(endpoint.since))
        body.member("available", endpoint.isAvailable)
        body.member("rotation", endpoint.rotation.rawValue)
        body.member("era", orNull: endpoint.era?.name)
        body.member("mode", endpoint.mode.rawValue)
        body.member("dialledIn", endpoint.hasDialledIn)
        let alias = endpoint.aliasOf.flatMap { alias in pool.endpoints.first { $0.id == alias } }
        body.member("sameBridgeAs", orNull: alias.map { Self.addressText($0.address ?? "dialled in") })
        let error = endpoint.status == .connected ? nil : endpoint.lastError
        body.member("error", orNull: error.map { BoundedText.clean("\($0)", maxBytes: Self.maxErrorBytes) })
        body.member("nextAttemptAt", orNull: endpoint.nextAttempt.map(unix))
        body.member("lastHeardAt", orNull: endpoint.lastHeard.map(unix))
        body.member("roundTripUs", orNull: endpoint.roundTrip.map(Self.microseconds))
        let counts: KeyValuePairs<StaticString, Int> = [
            "inFlight": endpoint.inFlight, "window": endpoint.window, "requests": endpoint.requests,
            "answers": endpoint.answers, "timeouts": endpoint.timeouts, "busyAnswers": endpoint.busyAnswers,
            "dials": endpoint.dials, "linksOpened": endpoint.linksOpened,
        ]
        for (name, count) in counts { body.member(name, Int64(count)) }
        body.key("load")
        guard let load = endpoint.load else { return body.null() }
        body.beginObject()
        body.member("queueDepth", Int64(load.queueDepth))
        body.member("queueCapacity", Int64(load.queueCapacity))
        body.member("inFlight", Int64(load.inFlight))
        body.member("connectedPeers", Int64(load.connectedPeers))
        body.endObject()
    }

    private static func addressText(_ address: String) -> String {
        BoundedText.clean(address, maxBytes: OperatorEvent.maxSubjectBytes)
    }

    // MARK: Peers

    private func writePeers(to body: inout JSONWriter) {
        let profiles = status.statistics.profiles
        body.key("peers")
        body.beginObject()
        body.member("registered", Int64(status.registeredPeers))
        body.member("limit", Int64(status.maxPeers))
        body.member("connections", Int64(status.connections))
        body.key("byKind")
        body.beginObject()
        for kind in PeerKind.allCases {
            body.key(kind.rawValue)
            body.int64(Int64(status.peerKinds[kind]))
        }
        body.endObject()
        body.key("byNat")
        body.beginObject()
        for type in ConnectionProfile.NATType.allCases {
            body.key(type.rawValue)
            body.int64(Int64(profiles.natTypes[type, default: 0]))
        }
        let told = profiles.all.total
        let others = status.registeredPeers - status.peerKinds[.bridge]
        body.member("unreported", Int64(max(0, others - told)))
        body.endObject()
        body.member("profiled", Int64(told))
        body.member("ipv6", Int64(profiles.all.capable))
        body.member("needsRelay", Int64(profiles.needsRelay))
        body.endObject()
    }

    private func writeRoom(to body: inout JSONWriter) {
        body.key("room")
        body.beginObject()
        body.member("peers", orNull: room.peers.map(Int64.init))
        body.member("limitedBy", orNull: room.limitedBy?.rawValue)
        body.member("bytesPerPeer", orNull: room.bytesPerPeer.map(Int64.init))
        body.member("joinsPerSecond", orNull: room.joinsPerSecond.map(Int64.init))
        body.endObject()
    }

    private func writeUnhelped(to body: inout JSONWriter) {
        let total = status.observed.unhelped
        let hour = series.unhelped(inLastMinutes: 60)
        let fiveMinutes = series.unhelped(inLastMinutes: 5)
        body.key("unhelped")
        body.beginArray()
        for reason in UnhelpedReason.allCases where total[reason] > 0 {
            body.beginObject()
            body.member("reason", reason.rawValue)
            body.member("fiveMinutes", Int64(fiveMinutes[reason]))
            body.member("hour", Int64(hour[reason]))
            body.member("total", Int64(total[reason]))
            body.endObject()
        }
        body.endArray()
    }

    private func writeEvents(_ extent: Extent, to body: inout JSONWriter) {
        let shown =
            switch extent {
            case .whole: events.suffix(Self.maxEvents)
            case .update:
                events.filter { $0.at >= now.unixMilliseconds - Self.updateEventAge }.suffix(Self.maxUpdateEvents)
            }
        body.key("events")
        body.beginArray()
        for event in shown { event.write(to: &body) }
        body.endArray()
    }

    // MARK: Joins

    private static func write(_ name: StaticString, _ sample: JoinSample?, to body: inout JSONWriter) {
        body.key(name)
        guard let sample else { return body.null() }
        body.beginObject()
        body.member("at", sample.start)
        sample.counts.write(to: &body)
        for (name, share) in percentiles {
            body.member(name, orNull: sample.answerTimes.quantile(share).map(Int64.init))
        }
        body.member("inFlight", Int64(sample.inFlight))
        body.member("waiting", Int64(sample.waiting))
        body.endObject()
    }

    private static let percentiles: [(StaticString, Double)] = [("p50Us", 0.5), ("p90Us", 0.9), ("p99Us", 0.99)]

    /// One array for each number, oldest first.
    private static func writeColumns(_ name: StaticString, _ samples: [JoinSample], to body: inout JSONWriter) {
        func column(_ name: StaticString, _ value: (JoinSample) -> Int?) {
            body.key(name)
            body.beginArray()
            for sample in samples {
                if let number = value(sample) { body.int64(Int64(number)) } else { body.null() }
            }
            body.endArray()
        }
        body.key(name)
        body.beginObject()
        body.member("start", orNull: samples.first?.start)
        for (name, path) in JoinCounts.columns { column(name) { $0.counts[keyPath: path] } }
        for (name, share) in percentiles { column(name) { $0.answerTimes.quantile(share) } }
        column("inFlight") { $0.inFlight }
        column("waiting") { $0.waiting }
        body.endObject()
    }

    private static func microseconds(_ duration: Duration) -> Int64 { duration.wholeNanoseconds / 1_000 }
}

extension JoinCounts {
    fileprivate func write(to body: inout JSONWriter) {
        for (name, path) in Self.columns { body.member(name, Int64(self[keyPath: path])) }
    }
}

extension OperatorEvent {
    func write(to body: inout JSONWriter) {
        body.beginObject()
        body.member("id", id)
        body.member("at", at)
        body.member("level", level.rawValue)
        body.member("kind", kind.rawValue)
        body.member("subject", orNull: subject)
        body.member("text", text)
        body.endObject()
    }
}

extension BridgeState {
    init(_ endpoint: EndpointReport) {
        switch endpoint.rotation {
        case .retiring: self = .retiring
        case .ejected where endpoint.status == .connected: self = .ejected
        case .active, .busy, .full, .suspect, .ejected, .unanswering, .none:
            switch endpoint.status {
            case .connecting: self = .connecting
            case .connected: self = .connected
            case .disconnected: self = .disconnected
            case .failed: self = .failed
            }
        }
    }
}
