import Scheduling
import Timekeeping

/// How a request comes to a bridge: at once, or after a wait for a place on a link.
extension LinkPool {
    /// Sends the request to the next bridge, or has it wait, or ends it.
    mutating func place(_ pending: PendingRequest, at now: Instant, actions: inout [Action]) {
        follow(choose(except: pending.spent, at: now), pending, at: now, actions: &actions)
    }

    mutating func follow(
        _ choice: Choice,
        _ pending: PendingRequest,
        at now: Instant,
        actions: inout [Action]
    ) {
        var pending = pending
        switch choice {
        case .send(let index, let route):
            begin(&pending, at: index, route, isHedge: false, at: now, actions: &actions)
        case .full:
            someWaitForRoom = true
            wait(&pending, until: pending.deadline, at: now, actions: &actions)
        case .busy(let retryAfter):
            pending.retryAfter = min(pending.retryAfter ?? retryAfter, retryAfter)
            giveUp(pending, at: now, actions: &actions)
        case .nobody:
            dialAllSoon(at: now, actions: &actions)
            if pending.spent.isEmpty, !endpoints.isEmpty {
                wait(&pending, until: now + configuration.readinessPatience, at: now, actions: &actions)
            } else {
                giveUp(pending, at: now, actions: &actions)
            }
        }
    }

    mutating func begin(
        _ pending: inout PendingRequest,
        at index: Int,
        _ route: Route,
        isHedge: Bool,
        at now: Instant,
        actions: inout [Action]
    ) {
        let link: LinkID
        switch route {
        case .open(let open):
            link = open
        case .doubtful(let doubtful?, _):
            link = doubtful
        case .dialPerRequest, .doubtful(nil, _):
            guard let address = endpoints[index].address else { return }
            link = open(.request(pending.id), index, address, at: now, actions: &actions)
        case .none:
            return
        }
        if case .doubtful(_, .unanswering) = route { endpoints[index].unprompted = .onTrial(pending.id) }
        var attempt = Attempt(
            endpoint: endpoints[index].id,
            link: link,
            sentAt: now,
            timesOutAt: now + attemptTimeout(at: endpoints[index])
        )
        attempt.isHedge = isHedge
        if endpoints[index].outlier.state(at: now) == .halfOpen {
            endpoints[index].outlier.probe()
            attempt.isProbe = true
        }
        rotation = (index + 1) % endpoints.count
        links[link]?.inFlight += 1
        endpoints[index].inFlight += 1
        endpoints[index].requests += 1
        if pending.firstSent == nil {
            pending.firstSent = now
            budget.firstAttempt(at: now)
            if configuration.hedges, let p95 = latencies.p95 { pending.hedgeAt = now + p95 }
        }
        pending.waitsUntil = nil
        pending.asks += 1
        pending.attempts.append(attempt)
        pending.trail.note(.sent, attempt.endpoint, at: now)
        pending.spent.append(attempt.endpoint)
        keep(pending)
        if links[link]?.isReady == true { put(pending.id, on: link, to: index, at: now, actions: &actions) }
    }

    /// The link is ready: says the request on it.
    mutating func put(_ id: RequestID, on link: LinkID, to index: Int, at now: Instant, actions: inout [Action]) {
        guard let pending = requests[id] else { return }
        if let bridge = endpoints[index].bridge { requests[id]?.asked.append(bridge) }
        let timeLeft = endpoints[index].traits?.takesDeadline == true ? pending.deadline - now : nil
        actions.append(.send(id, pending.request, on: link, timeLeft: timeLeft))
    }

    /// Stores a pending request and arms its timer.
    mutating func keep(_ pending: PendingRequest) {
        requests[pending.id] = pending
        timers.set(.request(pending.id), at: pending.nextInstant)
    }

    mutating func wait(
        _ pending: inout PendingRequest,
        until end: Instant,
        at now: Instant,
        actions: inout [Action]
    ) {
        pending.waitsUntil = end
        pending.hedgeAt = nil
        pending.trail.noteQueued(at: now)
        keep(pending)
        guard let loser = waiting.append(pending.id, of: pending.source), var turnedAway = requests[loser] else {
            return
        }
        counters.turnedAway += 1
        turnedAway.retryAfter = configuration.busyRetryAfter
        turnedAway.waitsUntil = nil
        finish(turnedAway, .failed(.busy(retryAfter: configuration.busyRetryAfter)), at: now, actions: &actions)
    }

    /// Sends what waits, each source in its turn, while there is room; ends what can no longer be sent.
    mutating func drainWaiting(at now: Instant, actions: inout [Action]) {
        while !waiting.isEmpty {
            var decision: (pending: PendingRequest, choice: Choice)?
            var noneReady = false
            // The line is out of the pool while it is walked through; what is decided of it is done afterwards.
            var line = FairQueue<RequestID>(capacity: 0)
            swap(&line, &waiting)
            line.offer(skippingAtMost: PoolDefaults.drainSkips) { id in
                guard let pending = requests[id] else { return .take }
                // It has no time left for a bridge: its own timer is due and ends it.
                guard pending.deadline > now else { return .skip }
                let choice = choose(except: pending.spent, at: now)
                switch choice {
                case .send, .busy:
                    decision = (pending, choice)
                    return .take
                case .full:
                    return pending.spent.isEmpty ? .stop : .skip
                case .nobody where pending.spent.isEmpty:
                    noneReady = true
                    return .stop
                case .nobody:
                    decision = (pending, choice)
                    return .take
                }
            }
            swap(&line, &waiting)
            if noneReady { shortenPatience(at: now) }
            guard var decision else { return }
            decision.pending.waitsUntil = nil
            follow(decision.choice, decision.pending, at: now, actions: &actions)
        }
    }

    /// The last ready link is gone: those who were waiting for room on it now wait for a link, which is a shorter wait.
    mutating func shortenPatience(at now: Instant) {
        guard someWaitForRoom else { return }
        someWaitForRoom = false
        let end = now + configuration.readinessPatience
        let patient = requests.values
            .filter { ($0.waitsUntil ?? end) > end }
            .sorted { $0.sequence < $1.sequence }
        for var pending in patient {
            pending.waitsUntil = end
            keep(pending)
        }
    }
}
