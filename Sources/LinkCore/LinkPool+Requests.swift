import DequeModule
package import Timekeeping

extension LinkPool {
    /// A request between `submit` and `finish`.
    struct PendingRequest: Sendable {
        enum Place: Sendable, Equatable {
            /// In the waiting line; gives up there at this instant.
            case waiting(until: Instant)
            case inFlight(LinkID, since: Instant)
        }

        let id: RequestID
        let sequence: UInt64
        let request: Request
        let acceptedAt: Instant
        let deadline: Instant
        var place: Place
        var firstSent: Instant?
        /// Bridges this request was put to and that have not refused it: whose answer counts, on whichever link it comes.
        var asked: [EndpointID] = []
        /// Bridges that are not to be asked again for this request.
        var spent: [EndpointID] = []
        /// Attempts that count towards the limit.
        var attempts = 0
        /// How many bridges were asked in all.
        var asks = 0
        /// How often it left a lost link.
        var moves = 0
        /// A bridge's refusal, kept for the degradation ladder in case nobody does better.
        var refusal: Answer?
        var retryAfter: Duration?
    }

    /// How many requests have been accepted and not finished.
    package var pendingCount: Int { requests.count }

    // MARK: Events

    /// Accepts a request. It ends in exactly one `finish`, which may be among the actions of this very call.
    @discardableResult
    package mutating func submit(
        _ request: Request,
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
            acceptedAt: now,
            deadline: now + configuration.requestDeadline,
            place: .waiting(until: now)
        )
        guard !stopping else {
            finish(pending, .failed(.stopping), actions: &actions)
            return id
        }
        place(pending, at: now, actions: &actions)
        return id
    }

    /// The caller no longer wants the outcome. There is no `finish`; a later answer is dropped.
    package mutating func cancel(_ id: RequestID, at now: Instant, actions: inout [Action]) {
        guard let pending = requests.removeValue(forKey: id) else { return }
        counters.cancelled += 1
        timers.cancel(.request(id))
        leavePlace(pending)
        drainWaiting(at: now, actions: &actions)
    }

    /// A bridge answered. Counts only for a request that is open and was put to this bridge; the first usable answer of
    /// any attempt wins.
    package mutating func answered(
        _ id: RequestID,
        on link: LinkID,
        _ verdict: Verdict,
        at now: Instant,
        using generator: inout some RandomNumberGenerator,
        actions: inout [Action]
    ) {
        heard(link, at: now)
        guard let endpoint = endpointOfLink[link] else { return }
        guard var pending = requests[id] else {
            counters.lateAnswers += 1
            return
        }
        guard pending.asked.contains(endpoint) else {
            counters.foreignAnswers += 1
            return
        }
        switch verdict {
        case .success(let answer):
            let receipt = Receipt(
                endpoint: endpoint,
                attempts: pending.asks,
                queued: (pending.firstSent ?? now) - pending.acceptedAt,
                total: now - pending.acceptedAt
            )
            remove(pending)
            finish(pending, .answered(answer, receipt), actions: &actions)
        case .refused(let answer):
            pending.refusal = answer
            refused(&pending, by: endpoint, .refusal, at: now, actions: &actions)
        case .busy(let retryAfter):
            endpoints[endpoint.index].busyUntil = now + retryAfter
            pending.retryAfter = retryAfter
            refused(&pending, by: endpoint, .trouble, at: now, actions: &actions)
        }
        drainWaiting(at: now, actions: &actions)
    }

    // MARK: Steps

    /// Sends the request to the next bridge, or has it wait, or ends it.
    private mutating func place(_ pending: PendingRequest, at now: Instant, actions: inout [Action]) {
        var pending = pending
        switch nextEndpoint(except: pending.spent, at: now) {
        case .send(let index):
            send(&pending, to: index, at: now, actions: &actions)
        case .full:
            wait(&pending, until: pending.deadline, at: now, actions: &actions)
        case .busy(let retryAfter):
            finish(pending, .failed(.busy(retryAfter: retryAfter)), actions: &actions)
        case .noneReady:
            dialAllSoon(at: now, actions: &actions)
            if pending.spent.isEmpty, !endpoints.isEmpty {
                let patience = min(pending.deadline, now + configuration.readinessPatience)
                wait(&pending, until: patience, at: now, actions: &actions)
            } else {
                giveUp(pending, actions: &actions)
            }
        }
    }

    private enum Choice {
        case send(Int)
        /// Ready links exist, but each has its window full.
        case full
        /// Ready links exist, but each said busy.
        case busy(retryAfter: Duration)
        /// No ready link that this request has not used up.
        case noneReady
    }

    /// Strict round robin: the first usable endpoint from the rotation on.
    private mutating func nextEndpoint(except spent: [EndpointID], at now: Instant) -> Choice {
        var sawFull = false
        var soonest: Duration?
        for offset in endpoints.indices {
            let index = (rotation + offset) % endpoints.count
            guard case .ready(let ready) = endpoints[index].state, !spent.contains(endpoints[index].id) else {
                continue
            }
            if let until = endpoints[index].busyUntil {
                if until > now {
                    soonest = min(soonest ?? until - now, until - now)
                    continue
                }
                endpoints[index].busyUntil = nil
            }
            guard ready.inFlight < ready.window else {
                sawFull = true
                continue
            }
            rotation = (index + 1) % endpoints.count
            return .send(index)
        }
        if sawFull { return .full }
        if let soonest { return .busy(retryAfter: soonest) }
        return .noneReady
    }

    private mutating func send(
        _ pending: inout PendingRequest,
        to index: Int,
        at now: Instant,
        actions: inout [Action]
    ) {
        guard case .ready(var ready) = endpoints[index].state else { return }
        ready.inFlight += 1
        endpoints[index].state = .ready(ready)
        endpoints[index].requests += 1
        if pending.firstSent == nil {
            pending.firstSent = now
            budget.firstAttempt(at: now)
        }
        pending.attempts += 1
        pending.asks += 1
        pending.asked.append(endpoints[index].id)
        pending.spent.append(endpoints[index].id)
        pending.place = .inFlight(ready.id, since: now)
        requests[pending.id] = pending
        timers.set(.request(pending.id), at: min(now + configuration.attemptTimeout, pending.deadline))
        actions.append(.send(pending.id, pending.request, on: ready.id, deadline: pending.deadline))
    }

    private mutating func wait(
        _ pending: inout PendingRequest,
        until end: Instant,
        at now: Instant,
        actions: inout [Action]
    ) {
        guard waitingCount < configuration.maxWaiting else {
            finish(pending, .failed(.busy(retryAfter: configuration.busyRetryAfter)), actions: &actions)
            return
        }
        if waiting.count > 2 * configuration.maxWaiting {
            waiting.removeAll { requests[$0] == nil }
        }
        pending.place = .waiting(until: end)
        requests[pending.id] = pending
        waiting.append(pending.id)
        waitingCount += 1
        timers.set(.request(pending.id), at: end)
    }

    /// Sends what waits, oldest first, while there is room; ends what can no longer be sent.
    mutating func drainWaiting(at now: Instant, actions: inout [Action]) {
        while let id = waiting.first {
            guard var pending = requests[id], case .waiting(let end) = pending.place else {
                waiting.removeFirst()
                continue
            }
            switch nextEndpoint(except: pending.spent, at: now) {
            case .send(let index):
                leaveLine(pending)
                send(&pending, to: index, at: now, actions: &actions)
            case .full:
                return
            case .busy(let retryAfter):
                leaveLine(pending)
                finish(pending, .failed(.busy(retryAfter: retryAfter)), actions: &actions)
            case .noneReady where pending.spent.isEmpty:
                if end > now + configuration.readinessPatience { shortenPatience(at: now) }
                return
            case .noneReady:
                leaveLine(pending)
                giveUp(pending, actions: &actions)
            }
        }
    }

    private mutating func leaveLine(_ pending: PendingRequest) {
        waiting.removeFirst()
        waitingCount -= 1
        requests[pending.id] = nil
    }

    /// The last ready link is gone: those who were waiting for room on it now wait for a link, which is a shorter wait.
    private mutating func shortenPatience(at now: Instant) {
        let end = now + configuration.readinessPatience
        for id in waiting {
            guard var pending = requests[id], case .waiting(let until) = pending.place, until > end else { continue }
            pending.place = .waiting(until: end)
            requests[id] = pending
            timers.set(.request(id), at: end)
        }
    }

    /// The request's own timer fired: its place in the waiting line or its attempt is over.
    mutating func requestDue(
        _ id: RequestID,
        at now: Instant,
        using generator: inout some RandomNumberGenerator,
        actions: inout [Action]
    ) {
        guard var pending = requests[id] else { return }
        if case .waiting = pending.place, now < pending.deadline {
            switch nextEndpoint(except: pending.spent, at: now) {
            case .full:
                // It waited for a link, and there is one: now it waits for room on it, in its place in the line.
                pending.place = .waiting(until: pending.deadline)
                requests[id] = pending
                timers.set(.request(id), at: pending.deadline)
                return
            case .send(let index):
                // Whoever is before it in the line waits for another bridge. Its entry there is skipped from now on.
                waitingCount -= 1
                send(&pending, to: index, at: now, actions: &actions)
                return
            case .busy, .noneReady:
                break
            }
        }
        leavePlace(pending)
        switch pending.place {
        case .waiting:
            requests[id] = nil
            giveUp(pending, actions: &actions)
        case .inFlight:
            // The bridge may still answer: it stays in `asked`, and the first usable answer of any attempt wins.
            retry(&pending, after: .trouble, at: now, actions: &actions)
        }
        drainWaiting(at: now, actions: &actions)
    }

    /// What made another attempt necessary.
    private enum RetryCause {
        /// The bridge is slow, full or lost: asking elsewhere adds load where there may be too much already, so it costs.
        case trouble
        /// The bridge is well and knows nobody. Each other bridge may be asked, free of charge.
        case refusal
    }

    /// A bridge said no. If it is the one the request waits for, another is asked.
    private mutating func refused(
        _ pending: inout PendingRequest,
        by endpoint: EndpointID,
        _ cause: RetryCause,
        at now: Instant,
        actions: inout [Action]
    ) {
        pending.asked.removeAll { $0 == endpoint }
        requests[pending.id] = pending
        guard case .inFlight(let link, _) = pending.place, endpointOfLink[link] == endpoint else { return }
        leavePlace(pending)
        retry(&pending, after: cause, at: now, actions: &actions)
    }

    private mutating func retry(
        _ pending: inout PendingRequest,
        after cause: RetryCause,
        at now: Instant,
        actions: inout [Action]
    ) {
        requests[pending.id] = nil
        timers.cancel(.request(pending.id))
        guard now < pending.deadline, mayRetry(&pending, after: cause, at: now) else {
            giveUp(pending, actions: &actions)
            return
        }
        counters.retries += 1
        place(pending, at: now, actions: &actions)
    }

    private mutating func mayRetry(_ pending: inout PendingRequest, after cause: RetryCause, at now: Instant) -> Bool {
        switch cause {
        case .trouble:
            return pending.attempts < configuration.maxAttempts && budget.spend(at: now)
        case .refusal:
            pending.attempts -= 1
            return true
        }
    }

    /// In-flight requests of a lost link go to another bridge at once. It is not their fault: the move costs neither an
    /// attempt nor the retry budget, so a small pool that loses one bridge loses no join.
    mutating func moveRequests(from link: LinkID, at now: Instant, actions: inout [Action]) {
        let stranded = requests.values
            .filter { pending in
                if case .inFlight(link, _) = pending.place { true } else { false }
            }
            .sorted { $0.sequence < $1.sequence }
        for var pending in stranded {
            requests[pending.id] = nil
            timers.cancel(.request(pending.id))
            counters.moved += 1
            pending.moves += 1
            guard pending.moves <= configuration.maxMoves else {
                // What lost one link after the other may be what kills them.
                giveUp(pending, actions: &actions)
                continue
            }
            pending.attempts -= 1
            if let lost = pending.spent.popLast() {
                pending.asked.removeAll { $0 == lost }
            }
            place(pending, at: now, actions: &actions)
        }
        drainWaiting(at: now, actions: &actions)
    }

    /// Ends a request for which no further bridge may be asked, with the most telling reason there is.
    private mutating func giveUp(_ pending: PendingRequest, actions: inout [Action]) {
        let failure: Failure
        if let refusal = pending.refusal {
            failure = .refused(refusal)
        } else if let retryAfter = pending.retryAfter {
            failure = .busy(retryAfter: retryAfter)
        } else if pending.firstSent != nil || endpoints.contains(where: \.isReady) {
            failure = .timedOut
        } else {
            failure = .noBridge
        }
        finish(pending, .failed(failure), actions: &actions)
    }

    mutating func finish(_ pending: PendingRequest, _ outcome: Outcome, actions: inout [Action]) {
        requests[pending.id] = nil
        timers.cancel(.request(pending.id))
        switch outcome {
        case .answered: counters.answered += 1
        case .failed: counters.failed += 1
        }
        actions.append(.finish(pending.id, pending.request, outcome))
    }

    private mutating func remove(_ pending: PendingRequest) {
        requests[pending.id] = nil
        timers.cancel(.request(pending.id))
        leavePlace(pending)
    }

    private mutating func leavePlace(_ pending: PendingRequest) {
        switch pending.place {
        case .waiting: waitingCount -= 1
        case .inFlight(let link, _): withReadyLink(link) { $0.inFlight -= 1 }
        }
    }
}
