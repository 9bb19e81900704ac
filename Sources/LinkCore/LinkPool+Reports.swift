import Scheduling
public import Timekeeping

/// What the pool tells of itself.
extension LinkPool {
    /// A bridge that can be asked or told something now.
    public struct ReadyBridge: Sendable, Equatable {
        public var endpoint: EndpointID
        public var bridge: String
        /// `errand` can reach it: it would survive an invitation (protocol.md 3.6).
        public var canBeInvited: Bool
    }

    /// The bridges that requests can go to now, in the order of the rotation.
    public func readyBridges(at now: Instant) -> [ReadyBridge] {
        endpoints.compactMap { endpoint in
            guard let bridge = endpoint.bridge else { return nil }
            switch route(to: endpoint, at: now) {
            case .none: return nil
            case .open, .doubtful, .dialPerRequest: break
            }
            return ReadyBridge(endpoint: endpoint.id, bridge: bridge, canBeInvited: isInvitable(endpoint))
        }
    }

    func isInvitable(_ endpoint: Endpoint) -> Bool {
        if endpoint.mode == .stateless { return endpoint.isReachable }
        if let dialled = link(endpoint.dialled), dialled.isReady, dialled.purpose == .pool { return true }
        return link(endpoint.dialledIn).map { $0.isReady && $0.isNativeDialIn } == true
    }

    /// Whether a link is ready to carry whatever is to be said, and stays: a bridge's one logical link, not a connection for one
    /// purpose, and not one that a bridge of the existing network dialled.
    public func isStanding(_ id: LinkID) -> Bool {
        guard let link = links[id], link.isReady else { return false }
        return link.purpose == .pool || link.isNativeDialIn
    }

    /// Whether a link is ready, for good or for one purpose.
    public func isReady(_ id: LinkID) -> Bool {
        links[id]?.isReady == true
    }

    /// The id of the bridge at an endpoint, once it was authenticated there.
    public func bridge(of endpoint: EndpointID) -> String? {
        index(of: endpoint).flatMap { endpoints[$0].bridge }
    }

    /// What people call the bridge at an endpoint: its id, or the address while that is not known. Nil if it is gone.
    public func name(of endpoint: EndpointID) -> String? {
        index(of: endpoint).flatMap { endpoints[$0].bridge ?? endpoints[$0].address }
    }

    public func reports(at now: Instant) -> [EndpointReport] {
        endpoints.map { report(of: $0, at: now) }
    }

    private func report(of endpoint: Endpoint, at now: Instant) -> EndpointReport {
        var alias: EndpointID?
        if endpoint.dialled == nil, case .linked(let other)? = obstacle(toDialling: endpoint), other != endpoint.id {
            alias = other
        }
        return EndpointReport(
            id: endpoint.id,
            address: endpoint.address,
            mode: endpoint.mode,
            bridge: endpoint.bridge,
            era: endpoint.traits?.era,
            status: endpoint.status,
            since: endpoint.since,
            rotation: rotationState(of: endpoint, at: now),
            aliasOf: alias,
            hasDialledIn: endpoint.dialledIn != nil,
            lastError: endpoint.lastError,
            nextAttempt: endpoint.nextAttempt,
            dials: endpoint.dials,
            linksOpened: endpoint.linksOpened,
            pings: endpoint.pings,
            roundTrip: endpoint.roundTrip,
            lastHeard: [endpoint.dialled, endpoint.dialledIn].compactMap { link($0)?.keepalive?.lastHeard }.max(),
            load: endpoint.load,
            inFlight: endpoint.inFlight,
            window: endpoint.window,
            requests: endpoint.requests,
            answers: endpoint.answers,
            timeouts: endpoint.timeouts,
            busyAnswers: endpoint.busyAnswers,
            consecutiveFailures: endpoint.outlier.consecutiveFailures
        )
    }

    private func rotationState(of endpoint: Endpoint, at now: Instant) -> EndpointReport.Rotation {
        let link: LinkID?
        switch route(to: endpoint, at: now) {
        case .none(let reason), .doubtful(_, let reason): return reason
        case .open(let open): link = open
        case .dialPerRequest: link = nil
        }
        if let until = endpoint.busyUntil, until > now { return .busy }
        if endpoint.inFlight >= endpoint.window { return .full }
        if let link, links[link]?.isWritable == false { return .full }
        return .active
    }

    /// Contradictions in the pool's own books; empty unless there is a bug. For simulations and tests.
    public func contradictions(at now: Instant) -> [String] {
        var found: [String] = []
        var attempts: [EndpointID: Int] = [:]
        var onLink: [LinkID: Int] = [:]
        var inLine = 0
        for pending in requests.values {
            if pending.waitsUntil != nil {
                inLine += 1
            } else if pending.attempts.isEmpty {
                found.append("\(pending.id) is nowhere")
            }
            if pending.attempts.count > 2 { found.append("\(pending.id) is at \(pending.attempts.count) bridges") }
            for attempt in pending.attempts {
                attempts[attempt.endpoint, default: 0] += 1
                onLink[attempt.link, default: 0] += 1
            }
        }
        if inLine != waiting.count { found.append("the line counts \(waiting.count) of \(inLine)") }
        // Each request has its timer: if it had not, there would be fewer than their owners have.
        var armed = requests.count + (timers.contains(.drainEnd) ? 1 : 0)
        for endpoint in endpoints {
            let actual = attempts[endpoint.id] ?? 0
            if actual != endpoint.inFlight { found.append("\(endpoint.id) counts \(endpoint.inFlight) of \(actual)") }
            for link in [endpoint.dialled, endpoint.dialledIn].compactMap(\.self)
            where links[link]?.endpoint != endpoint.id {
                found.append("\(endpoint.id) has \(link), which is not its")
            }
            let redials = timers.contains(.redial(endpoint.id))
            if redials != (endpoint.nextAttempt != nil) {
                found.append("\(endpoint.id) is to be dialled without timer")
            }
            armed += (redials ? 1 : 0) + (timers.contains(.readmission(endpoint.id)) ? 1 : 0)
            armed += timers.contains(.forget(endpoint.id)) ? 1 : 0
        }
        for link in links.values {
            let isOpening = timers.contains(.opening(link.id))
            let isKept = timers.contains(.keepalive(link.id))
            armed += (isOpening ? 1 : 0) + (isKept ? 1 : 0)
            if !isOpening, !isKept, !isForRequest(link) { found.append("\(link.id) has no timer") }
            if index(of: link.endpoint) == nil { found.append("\(link.id) belongs to nobody") }
            if link.inFlight != onLink[link.id] ?? 0 { found.append("\(link.id) miscounts what is in flight") }
        }
        if timers.count != armed { found.append("\(timers.count) timers, but \(armed) are owned") }
        return found
    }

    private func isForRequest(_ link: Link) -> Bool {
        if case .request(let id) = link.purpose { requests[id] != nil } else { false }
    }
}
