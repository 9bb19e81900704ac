import Scheduling
import Timekeeping

/// What makes a request go to another bridge: time, a no, or the loss of a link.
extension LinkPool {
    // MARK: Time

    /// The request's own timer fired.
    mutating func requestDue(_ id: RequestID, at now: Instant, actions: inout [Action]) {
        guard var pending = requests[id] else { return }
        if pending.waitsUntil != nil {
            waitedLong(pending, at: now, actions: &actions)
        } else if now >= pending.deadline {
            for attempt in pending.attempts where !attempt.isOverdue {
                // Whatever it may have had of its own time: the request's is up.
                pending.trail.note(.timedOut, attempt.endpoint, at: now)
                if attempt.timesOutAt <= now { tookTooLong(attempt, of: id, at: now, actions: &actions) }
            }
            giveUp(pending, at: now, actions: &actions)
        } else {
            attemptsDue(pending, at: now, actions: &actions)
        }
        drainWaiting(at: now, actions: &actions)
        settle(at: now, actions: &actions)
    }

    mutating func waitedLong(_ pending: PendingRequest, at now: Instant, actions: inout [Action]) {
        var pending = pending
        if now < pending.deadline {
            switch choose(except: pending.spent, at: now) {
            case .full:
                // It waited for a link, and there is one: now it waits for room on it, in its place in the line.
                someWaitForRoom = true
                pending.waitsUntil = pending.deadline
                keep(pending)
                return
            case .send(let index, let route):
                // Those before it in the line wait for other bridges.
                waiting.remove(pending.id, of: pending.source)
                begin(&pending, at: index, route, isHedge: false, at: now, actions: &actions)
                return
            case .busy(let retryAfter):
                pending.retryAfter = min(pending.retryAfter ?? retryAfter, retryAfter)
            case .nobody:
                break
            }
        }
        giveUp(pending, at: now, actions: &actions)
    }

    mutating func attemptsDue(_ pending: PendingRequest, at now: Instant, actions: inout [Action]) {
        var pending = pending
        for position in pending.attempts.indices where pending.attempts[position].timesOutAt <= now {
            guard !pending.attempts[position].isOverdue else { continue }
            pending.attempts[position].isOverdue = true
            // Whoever else can be asked is asked now.
            pending.hedgeAt = nil
            pending.trail.note(.timedOut, pending.attempts[position].endpoint, at: now)
            tookTooLong(pending.attempts[position], of: pending.id, at: now, actions: &actions)
        }
        if let overdue = pending.attempts.first(where: { $0.isOverdue }), pending.attempts.count > 1 {
            // The other bridge has it, too. This one may still answer: it stays in `asked`.
            release(overdue, actions: &actions)
            pending.attempts.removeAll { $0.endpoint == overdue.endpoint }
        }
        if let overdue = pending.attempts.first, overdue.isOverdue {
            replace(overdue, of: &pending, at: now, actions: &actions)
            return
        }
        if let hedgeAt = pending.hedgeAt, hedgeAt <= now {
            pending.hedgeAt = nil
            if hedge(&pending, at: now, actions: &actions) { return }
        }
        keep(pending)
    }

    /// The only bridge that has the request is too slow: another is asked, or, if there is none, it gets more time.
    mutating func replace(
        _ overdue: Attempt,
        of pending: inout PendingRequest,
        at now: Instant,
        actions: inout [Action]
    ) {
        let choice = choose(except: pending.spent, at: now)
        switch choice {
        case .send, .full:
            pending.failures += 1
            guard pending.failures < configuration.maxAttempts, spendRetry(at: now) else { break }
            release(overdue, actions: &actions)
            pending.attempts = []
            follow(choice, pending, at: now, actions: &actions)
            return
        case .busy, .nobody:
            let patience = max(configuration.lonelyAttemptTimeout, overdue.timesOutAt - overdue.sentAt)
            let end = overdue.sentAt + patience
            guard pending.failures == 0, now < end else { break }
            pending.attempts[0].timesOutAt = min(end, now + PoolDefaults.lonelyRetryInterval)
            keep(pending)
            return
        }
        giveUp(pending, at: now, actions: &actions)
    }

    mutating func hedge(_ pending: inout PendingRequest, at now: Instant, actions: inout [Action]) -> Bool {
        guard pending.asks == 1, case .send(let index, let route) = choose(except: pending.spent, at: now),
            budget.spend(at: now)
        else { return false }
        counters.hedges += 1
        begin(&pending, at: index, route, isHedge: true, at: now, actions: &actions)
        return true
    }

    mutating func tookTooLong(
        _ attempt: Attempt,
        of id: RequestID,
        at now: Instant,
        actions: inout [Action]
    ) {
        guard let index = index(of: attempt.endpoint) else { return }
        endpoints[index].timeouts += 1
        if endpoints[index].unprompted == .onTrial(id) { endpoints[index].unprompted = .silent }
        if let keepalive = links[attempt.link]?.keepalive, !keepalive.heard(since: attempt.sentAt) {
            suspect(attempt.link, at: now, actions: &actions)
        }
        bridgeFailed(index, isProbe: attempt.isProbe, at: now, actions: &actions)
    }

    // MARK: Another bridge

    /// What made another attempt necessary.
    enum RetryCause {
        /// The bridge's answer is none.
        case failure
        /// The bridge is full. Asking elsewhere adds load where there may be too much already, so it costs budget.
        case busy
        /// The bridge is well and knows nobody. Each other bridge may be asked, free of charge.
        case refusal
    }

    mutating func spendRetry(at now: Instant) -> Bool {
        guard budget.spend(at: now) else {
            counters.retriesDenied += 1
            return false
        }
        counters.retries += 1
        return true
    }

    /// A bridge said no. If it is the last that has the request, another is asked.
    mutating func declined(
        _ pending: inout PendingRequest,
        by endpoint: EndpointID,
        _ cause: RetryCause,
        at now: Instant,
        actions: inout [Action]
    ) {
        guard let attempt = pending.attempts.first(where: { $0.endpoint == endpoint }) else {
            // It comes late: another bridge has the request, or it waits for one.
            if !pending.spent.contains(endpoint) { pending.spent.append(endpoint) }
            requests[pending.id] = pending
            return
        }
        release(attempt, actions: &actions)
        pending.attempts.removeAll { $0.endpoint == endpoint }
        guard pending.attempts.isEmpty else {
            keep(pending)
            return
        }
        let choice = choose(except: pending.spent, at: now)
        switch choice {
        case .nobody, .busy:
            follow(choice, pending, at: now, actions: &actions)
            return
        case .send, .full:
            break
        }
        let mayRetry: Bool
        switch cause {
        case .failure:
            pending.failures += 1
            mayRetry = pending.failures < configuration.maxAttempts && spendRetry(at: now)
        case .busy:
            mayRetry = spendRetry(at: now)
        case .refusal:
            counters.secondOpinions += 1
            mayRetry = true
        }
        if mayRetry {
            follow(choice, pending, at: now, actions: &actions)
        } else {
            giveUp(pending, at: now, actions: &actions)
        }
    }

    /// In-flight requests of a lost link go to another bridge at once. It is not their fault: the move costs neither an
    /// attempt nor the retry budget, so a small pool that loses one bridge loses no join.
    mutating func moveRequests(from link: Link, at now: Instant, actions: inout [Action]) {
        // A bridge of the current era answers on its own link only, wherever it was asked.
        let answersThere =
            link.purpose == .dialIn && index(of: link.endpoint).map { endpoints[$0].traits?.era } == .current
        guard link.inFlight > 0 || answersThere else { return }
        let stranded = requests.values
            .filter { pending in
                pending.attempts.contains { $0.link == link.id || (answersThere && $0.endpoint == link.endpoint) }
            }
            .sorted { $0.sequence < $1.sequence }
        for var pending in stranded {
            guard let attempt = pending.attempts.first(where: { $0.endpoint == link.endpoint }) else { continue }
            counters.moved += 1
            pending.moves += 1
            pending.trail.note(.linkLost, link.endpoint, at: now)
            release(attempt, actions: &actions)
            pending.attempts.removeAll { $0.endpoint == link.endpoint }
            guard pending.attempts.isEmpty else {
                keep(pending)
                continue
            }
            guard pending.moves <= configuration.maxMoves else {
                // What lost one link after the other may be what kills them.
                giveUp(pending, at: now, actions: &actions)
                continue
            }
            pending.spent.removeAll { $0 == link.endpoint }
            place(pending, at: now, actions: &actions)
        }
    }
}
