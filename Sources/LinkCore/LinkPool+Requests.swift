package import Timekeeping

extension LinkPool {
    /// How many requests have been accepted and not finished.
    package var pendingCount: Int { requests.count }

    /// How many of them wait for a place on a link.
    package var waitingCount: Int { waiting.count }

    // MARK: Events

    /// Accepts a request. It ends in exactly one `finish`, which may be among the actions of this very call.
    ///
    /// - Parameter source: requests of one source wait behind each other, not in front of others.
    @discardableResult
    package mutating func submit(
        _ request: Request,
        source: SourceID = SourceID(value: 0),
        at now: Instant,
        using generator: inout some RandomNumberGenerator,
        actions: inout [Action]
    ) -> RequestID {
        let id = RequestID(using: &generator)
        counters.accepted += 1
        let pending = PendingRequest(
            id: id,
            sequence: makeSequence(),
            request: request,
            source: source,
            acceptedAt: now,
            deadline: now + configuration.requestDeadline
        )
        guard phase == .running else {
            finish(pending, .failed(.stopping), at: now, actions: &actions)
            return id
        }
        place(pending, at: now, actions: &actions)
        return id
    }

    /// The caller no longer wants the outcome. There is no `finish`; a later answer is dropped.
    package mutating func cancel(_ id: RequestID, at now: Instant, actions: inout [Action]) {
        guard let pending = requests.removeValue(forKey: id) else { return }
        counters.cancelled += 1
        takeBack(pending, except: nil, actions: &actions)
        drainedIfEmpty(actions: &actions)
        drainWaiting(at: now, actions: &actions)
        settle(at: now, actions: &actions)
    }

    /// A bridge answered. Counts only for a request that is open and was put to this bridge, on whichever of its links the
    /// answer comes (protocol.md 3.5); the first usable answer of any attempt wins.
    package mutating func answered(
        _ id: RequestID,
        on link: LinkID,
        _ verdict: Verdict,
        at now: Instant,
        using generator: inout some RandomNumberGenerator,
        actions: inout [Action]
    ) {
        heard(link, at: now)
        guard let known = links[link], known.isReady, let own = index(of: known.endpoint) else { return }
        guard var pending = requests[id] else {
            counters.lateAnswers += 1
            return
        }
        guard let bridge = endpoints[own].bridge, pending.asked.contains(bridge) else {
            counters.foreignAnswers += 1
            return
        }
        // A bridge that is reached in two ways may answer on the one where it was not asked.
        let attempt =
            pending.attempts.first { $0.endpoint == known.endpoint }
            ?? pending.attempts.first { self.bridge(of: $0.endpoint) == bridge }
        let endpoint = attempt?.endpoint ?? known.endpoint
        guard let index = index(of: endpoint) else { return }
        switch verdict {
        case .success(let answer):
            endpoints[index].answers += 1
            if let attempt {
                latencies.record(now - attempt.sentAt)
                if attempt.isHedge { counters.hedgesWon += 1 }
            }
            bridgeAnswered(index, at: now, actions: &actions)
            finish(pending, .answered(answer, by: endpoint), at: now, actions: &actions)
        case .refused(let answer):
            endpoints[index].answers += 1
            pending.refusal = answer
            bridgeAnswered(index, at: now, actions: &actions)
            pending.asked.removeAll { $0 == bridge }
            declined(&pending, by: endpoint, .refusal, at: now, actions: &actions)
        case .busy(let retryAfter):
            endpoints[index].busyAnswers += 1
            endpoints[index].busyUntil = now + retryAfter
            pending.retryAfter = min(pending.retryAfter ?? retryAfter, retryAfter)
            bridgeAnswered(index, at: now, actions: &actions)
            pending.asked.removeAll { $0 == bridge }
            declined(&pending, by: endpoint, .busy, at: now, actions: &actions)
        case .unusable:
            pending.sawUnusable = true
            bridgeFailed(index, isProbe: attempt?.isProbe == true, at: now, actions: &actions)
            pending.asked.removeAll { $0 == bridge }
            declined(&pending, by: endpoint, .failure, at: now, actions: &actions)
        }
        drainWaiting(at: now, actions: &actions)
        settle(at: now, actions: &actions)
    }

    // MARK: Placing

    /// Sends the request to the next bridge, or has it wait, or ends it.
    private mutating func place(_ pending: PendingRequest, at now: Instant, actions: inout [Action]) {
        follow(choose(except: pending.spent, at: now), pending, at: now, actions: &actions)
    }

    private mutating func follow(
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

    private mutating func begin(
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
    private mutating func keep(_ pending: PendingRequest) {
        requests[pending.id] = pending
        timers.set(.request(pending.id), at: pending.nextInstant)
    }

    private mutating func wait(
        _ pending: inout PendingRequest,
        until end: Instant,
        at now: Instant,
        actions: inout [Action]
    ) {
        pending.waitsUntil = end
        pending.hedgeAt = nil
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
    private mutating func shortenPatience(at now: Instant) {
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

    // MARK: Time

    /// The request's own timer fired.
    mutating func requestDue(_ id: RequestID, at now: Instant, actions: inout [Action]) {
        guard let pending = requests[id] else { return }
        if pending.waitsUntil != nil {
            waitedLong(pending, at: now, actions: &actions)
        } else if now >= pending.deadline {
            for attempt in pending.attempts where !attempt.isOverdue && attempt.timesOutAt <= now {
                tookTooLong(attempt, of: id, at: now, actions: &actions)
            }
            giveUp(pending, at: now, actions: &actions)
        } else {
            attemptsDue(pending, at: now, actions: &actions)
        }
        drainWaiting(at: now, actions: &actions)
        settle(at: now, actions: &actions)
    }

    private mutating func waitedLong(_ pending: PendingRequest, at now: Instant, actions: inout [Action]) {
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

    private mutating func attemptsDue(_ pending: PendingRequest, at now: Instant, actions: inout [Action]) {
        var pending = pending
        for position in pending.attempts.indices where pending.attempts[position].timesOutAt <= now {
            guard !pending.attempts[position].isOverdue else { continue }
            pending.attempts[position].isOverdue = true
            // Whoever else can be asked is asked now.
            pending.hedgeAt = nil
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
    private mutating func replace(
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

    private mutating func hedge(_ pending: inout PendingRequest, at now: Instant, actions: inout [Action]) -> Bool {
        guard pending.asks == 1, case .send(let index, let route) = choose(except: pending.spent, at: now),
            budget.spend(at: now)
        else { return false }
        counters.hedges += 1
        begin(&pending, at: index, route, isHedge: true, at: now, actions: &actions)
        return true
    }

    private mutating func tookTooLong(
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
    private enum RetryCause {
        /// The bridge's answer is none.
        case failure
        /// The bridge is full. Asking elsewhere adds load where there may be too much already, so it costs budget.
        case busy
        /// The bridge is well and knows nobody. Each other bridge may be asked, free of charge.
        case refusal
    }

    private mutating func spendRetry(at now: Instant) -> Bool {
        guard budget.spend(at: now) else {
            counters.retriesDenied += 1
            return false
        }
        counters.retries += 1
        return true
    }

    /// A bridge said no. If it is the last that has the request, another is asked.
    private mutating func declined(
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

    // MARK: Ending

    /// Ends a request for which no further bridge may be asked, with the most telling reason there is.
    private mutating func giveUp(_ pending: PendingRequest, at now: Instant, actions: inout [Action]) {
        let failure: Failure
        if let refusal = pending.refusal {
            failure = .refused(refusal)
        } else if let retryAfter = pending.retryAfter {
            failure = .busy(retryAfter: retryAfter)
        } else if pending.sawUnusable {
            failure = .unusable
        } else if pending.firstSent != nil || endpoints.contains(where: { $0.status == .connected }) {
            failure = .timedOut
        } else {
            failure = .noBridge
        }
        finish(pending, .failed(failure), at: now, actions: &actions)
    }

    mutating func finish(_ pending: PendingRequest, _ outcome: Outcome, at now: Instant, actions: inout [Action]) {
        requests[pending.id] = nil
        switch outcome {
        case .answered: counters.answered += 1
        case .failed(.noBridge): counters.noBridge += 1
        case .failed(.busy): counters.busy += 1
        case .failed(.timedOut): counters.timedOut += 1
        case .failed(.refused): counters.refused += 1
        case .failed(.unusable): counters.unusable += 1
        case .failed(.stopping): counters.stopped += 1
        }
        let receipt = Receipt(
            attempts: pending.asks,
            moves: pending.moves,
            queued: (pending.firstSent ?? now) - pending.acceptedAt,
            total: now - pending.acceptedAt
        )
        var winner: EndpointID?
        if case .answered(_, let endpoint) = outcome { winner = endpoint }
        takeBack(pending, except: winner, actions: &actions)
        actions.append(.finish(pending.id, pending.request, outcome, receipt))
        drainedIfEmpty(actions: &actions)
    }

    /// Frees whatever a request occupies, and tells the bridges that still have it.
    private mutating func takeBack(_ pending: PendingRequest, except winner: EndpointID?, actions: inout [Action]) {
        timers.cancel(.request(pending.id))
        if pending.waitsUntil != nil { waiting.remove(pending.id, of: pending.source) }
        for attempt in pending.attempts {
            if attempt.endpoint != winner, let index = index(of: attempt.endpoint),
                endpoints[index].traits?.cancels == true, links[attempt.link]?.isReady == true,
                links[attempt.link]?.purpose == .pool || links[attempt.link]?.purpose == .dialIn
            {
                actions.append(.withdraw(pending.id, on: attempt.link))
            }
            release(attempt, actions: &actions)
        }
    }

    /// An attempt is over: its place is free, and so is the connection that was only for it.
    private mutating func release(_ attempt: Attempt, actions: inout [Action]) {
        links[attempt.link]?.inFlight -= 1
        if case .request = links[attempt.link]?.purpose { discard(attempt.link, .done, actions: &actions) }
        guard let index = index(of: attempt.endpoint) else { return }
        endpoints[index].inFlight -= 1
        if attempt.isProbe { endpoints[index].outlier.probeEndedOpenly() }
        if case .onTrial = endpoints[index].unprompted { endpoints[index].unprompted = .untried }
    }
}
