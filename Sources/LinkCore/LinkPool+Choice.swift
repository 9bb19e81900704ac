import Timekeeping

/// Which bridge is asked next.
extension LinkPool {
    enum Choice {
        case send(Int, Route)
        /// There are bridges to ask, but each has its window full.
        case full
        /// There are bridges to ask, but each said busy.
        case busy(retryAfter: Duration)
        /// No bridge is left to ask.
        case nobody
    }

    /// Strict round robin: the first usable endpoint from the rotation on. One that is suspect, ejected or not known to answer
    /// is asked only when there is no better one in the whole pool: the last bridge is never given up for its past.
    mutating func choose(except spent: [EndpointID], at now: Instant) -> Choice {
        var sawGood = false
        var sawFull = false
        var soonest: Duration?
        var lastResort: (index: Int, route: Route)?
        for offset in endpoints.indices {
            let index = (rotation + offset) % endpoints.count
            let route = route(to: endpoints[index], at: now)
            let link: LinkID?
            switch route {
            case .none:
                continue
            case .doubtful(let doubtful, _):
                if lastResort == nil, !spent.contains(endpoints[index].id), hasRoom(index, on: doubtful) {
                    lastResort = (index, route)
                }
                continue
            case .open(let open): link = open
            case .dialPerRequest: link = nil
            }
            sawGood = true
            guard !spent.contains(endpoints[index].id) else { continue }
            if let until = endpoints[index].busyUntil {
                if until > now {
                    soonest = min(soonest ?? until - now, until - now)
                    continue
                }
                endpoints[index].busyUntil = nil
            }
            guard hasRoom(index, on: link) else {
                sawFull = true
                continue
            }
            return .send(index, route)
        }
        if sawFull { return .full }
        if let soonest { return .busy(retryAfter: soonest) }
        if !sawGood, let lastResort {
            return .send(lastResort.index, lastResort.route)
        }
        return .nobody
    }

    private func hasRoom(_ index: Int, on link: LinkID?) -> Bool {
        guard endpoints[index].inFlight < endpoints[index].window else { return false }
        return link.flatMap { links[$0]?.isWritable } ?? true
    }

    /// Whether nobody else would take the requests of this endpoint. One that is on trial itself would not.
    func isLastGood(_ index: Int, at now: Instant) -> Bool {
        !endpoints.indices.contains { other in
            guard other != index else { return false }
            switch route(to: endpoints[other], at: now) {
            case .open, .dialPerRequest: return endpoints[other].outlier.state(at: now) == .good
            case .doubtful, .none: return false
            }
        }
    }

    // MARK: What a bridge's behaviour says of it

    mutating func bridgeAnswered(_ index: Int, at now: Instant, actions: inout [Action]) {
        if endpoints[index].unprompted != .answers, link(endpoints[index].dialledIn) == nil {
            endpoints[index].unprompted = .answers
        }
        guard endpoints[index].outlier.succeeded() else { return }
        timers.cancel(.readmission(endpoints[index].id))
        actions.append(.notice(.readmitted(endpoints[index].id, bridge: endpoints[index].bridge)))
    }

    /// - Parameter isProbe: the failed request was the trial of an ejected bridge.
    mutating func bridgeFailed(_ index: Int, isProbe: Bool, at now: Instant, actions: inout [Action]) {
        let endpoint = endpoints[index]
        let isLast = isLastGood(index, at: now)
        if let until = endpoints[index].outlier.failed(at: now, isProbe: isProbe, isLast: isLast) {
            counters.ejections += 1
            timers.set(.readmission(endpoint.id), at: until)
            actions.append(.notice(.ejected(endpoint.id, bridge: endpoint.bridge, for: until - now)))
        } else if isLast, endpoint.saidThatLastFails.map({ now - $0 >= PoolDefaults.lastFailureReminder }) ?? true,
            endpoints[index].outlier.consecutiveFailures >= configuration.ejectionThreshold
        {
            endpoints[index].saidThatLastFails = now
            actions.append(.notice(.lastBridgeFailing(endpoint.id, bridge: endpoint.bridge)))
        }
    }
}
