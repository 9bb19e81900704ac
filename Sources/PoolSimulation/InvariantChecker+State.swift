package import LinkCore
package import Timekeeping

/// The pool as a whole, after each event.
extension InvariantChecker {
    /// Up to here the pool's books are read after each event ...
    private static let fewRequests = 8
    /// ... and above after each of so many.
    private static let bookPace = 8

    /// - Returns: the pool's reports, for whoever wants to see more in them.
    @discardableResult
    package mutating func look(
        at pool: inout LinkPool,
        at now: Instant
    ) -> [EndpointReport] {
        let reports = pool.reports(at: now)
        isMerged = reports.count < places.count
        places = reports.map { ($0.id, $0.bridge) }
        lookAtLinks(reports)
        lookAtRequests(pool.pendingCount, waiting: pool.waitingCount, reports, at: now)
        lookAtStatus(reports)
        let counters = pool.counters
        let ended = counters.answered + counters.failed + counters.cancelled
        let pending = pool.pendingCount
        require(counters.accepted == ended + pending, .bounds, "\(counters.accepted) accepted, \(ended) ended")
        // The pool's own books are read in full, which takes longer the more is in them: not every time then.
        looks += 1
        if (open.count <= Self.fewRequests && !isCalm) || looks % Self.bookPace == 0 {
            if let contradiction = pool.contradictions(at: now).first { require(false, .books, contradiction) }
        }
        // If a timer had been due before the event, one may still be.
        let wasLate = nextDeadline.map { $0 < now } ?? false
        nextDeadline = pool.nextDeadline()
        if let next = nextDeadline {
            require(wasLate || next >= now, .books, "a timer is armed \(now - next) in the past")
        }
        if drainEnd != nil, !isStopped {
            require(saidDrained || !open.isEmpty, .draining, "is drained and does not say so")
        }
        require(refused == nil, .draining, "a draining pool accepts a request")
        mayAct = true
        refused = nil
        sent.removeAll(keepingCapacity: true)
        return reports
    }

    private mutating func lookAtLinks(_ reports: [EndpointReport]) {
        // A pool has a handful of links that count here; those of stateless mode do not.
        var linked: [String] = []
        var dialling: [String] = []
        for record in links.values {
            switch record.kind {
            case .single, .dialIn(false): continue
            case .pool, .dialIn(true): break
            }
            if record.state == .ready {
                guard let bridge = record.bridge else { continue }
                require(!linked.contains(bridge), .oneLinkPerBridge, "two authenticated links to \(bridge)")
                linked.append(bridge)
            } else if case .pool = record.kind {
                guard let bridge = reports.first(where: { $0.id == record.endpoint })?.bridge else { continue }
                require(!dialling.contains(bridge), .oneLinkPerBridge, "two dials to \(bridge)")
                dialling.append(bridge)
            }
        }
    }

    private mutating func lookAtRequests(
        _ pending: Int,
        waiting: Int,
        _ reports: [EndpointReport],
        at now: Instant
    ) {
        let known = openCount
        require(pending == known, .bounds, "\(pending) pending, \(known) open")
        require(waiting <= configuration.maxWaiting, .bounds, "\(waiting) in the line")
        let placed = pending - waiting
        let sum = reports.reduce(0) { $0 + $1.inFlight }
        if configuration.hedges {
            require(
                (placed...(2 * max(0, placed))).contains(sum),
                .boundedAttempts,
                "\(sum) attempts for \(placed) requests"
            )
        } else {
            require(sum == placed, .boundedAttempts, "\(sum) attempts for \(placed) requests")
        }
        for report in reports {
            let before = inFlight.updateValue(report.inFlight, forKey: report.id) ?? 0
            // A window may shrink below what is in flight; nothing is added then. Two endpoints may turn out to be one.
            let isFine = report.inFlight <= report.window || report.inFlight <= before || isMerged
            require(isFine, .bounds, "\(report.inFlight) in flight, window \(report.window)")
        }
        for (id, bridge, isRemoved) in sent {
            // A link to a removed address stays if the bridge is configured at another one.
            let isConfigured =
                !isRemoved || reports.contains { $0.bridge == bridge && $0.address.map(isWanted) == true }
            require(isConfigured, .removedBridge, "asks \(bridge), which was removed")
            // A bridge that is reached in two ways may be asked in both.
            guard let record = open[id], let endpoint = onlyEndpoint(of: bridge) else { continue }
            let isAgain = record.declinedBy.contains { $0 == (bridge, endpoint) }
            require(!isAgain, .boundedAttempts, "asks \(bridge) again, which had declined")
        }
        while lineStart < line.count, open[line[lineStart].id] == nil { lineStart += 1 }
        if lineStart > 1_000 {
            line.removeFirst(lineStart)
            lineStart = 0
        }
        if lineStart < line.count {
            let (id, acceptedAt) = line[lineStart]
            let limit = configuration.requestDeadline + lateness
            require(now - acceptedAt <= limit, .deadline, "\(id) is open after \(now - acceptedAt)")
        }
    }

    func onlyEndpoint(of bridge: String) -> EndpointID? {
        guard let first = places.first(where: { $0.bridge == bridge }) else { return nil }
        return places.count { $0.bridge == bridge } == 1 ? first.endpoint : nil
    }

    private func isWanted(_ address: String) -> Bool {
        configured[address] != nil
    }

    private mutating func lookAtStatus(_ reports: [EndpointReport]) {
        for report in reports {
            let word = told[report.id] ?? .disconnected
            require(word == report.status, .status, "\(report.id) is \(report.status), told was \(word)")
            let isLinked = links.values.contains { record in
                guard case .pool = record.kind else { return false }
                return record.state == .ready && record.endpoint == report.id
            }
            if report.status == .connected {
                // A link may have been dialled for another address of the bridge.
                let isThere = links.values.contains { $0.state == .ready && $0.bridge == report.bridge }
                let isTrue = isThere || report.mode == .stateless
                require(isTrue, .status, "\(report.id) is connected without a link")
            } else if report.mode == .persistent {
                require(!isLinked, .status, "\(report.id) is \(report.status) with a link")
            }
        }
    }
}
