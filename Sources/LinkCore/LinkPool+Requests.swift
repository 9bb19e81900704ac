public import Scheduling
public import Timekeeping

extension LinkPool {
    /// How many requests have been accepted and not finished.
    public var pendingCount: Int { requests.count }

    /// How many of them wait for a place on a link.
    public var waitingCount: Int { waiting.count }

    // MARK: Events

    /// Accepts a request. It ends in exactly one `finish`, which may be among the actions of this very call.
    ///
    /// - Parameter source: requests of one source wait behind each other, not in front of others.
    @discardableResult
    public mutating func submit(
        _ request: Ticket,
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
    ///
    /// - Returns: what it cost until now; nil if it has ended already.
    @discardableResult
    public mutating func cancel(_ id: RequestID, at now: Instant, actions: inout [Action]) -> Receipt? {
        guard let pending = requests.removeValue(forKey: id) else { return nil }
        counters.cancelled += 1
        takeBack(pending, except: nil, actions: &actions)
        drainedIfEmpty(actions: &actions)
        drainWaiting(at: now, actions: &actions)
        settle(at: now, actions: &actions)
        return pending.receipt(at: now)
    }

    /// What the owner knows an open request by; nil for one that has ended.
    public func ticket(of id: RequestID) -> Ticket? { requests[id]?.request }

    /// A bridge answered. Counts only for a request that is open and was put to this bridge, on whichever of its links the
    /// answer comes (protocol.md 3.5); the first usable answer of any attempt wins.
    ///
    /// - Returns: whether it counted.
    @discardableResult
    public mutating func answered(
        _ id: RequestID,
        on link: LinkID,
        _ verdict: Verdict,
        at now: Instant,
        using generator: inout some RandomNumberGenerator,
        actions: inout [Action]
    ) -> Bool {
        heard(link, at: now)
        guard let known = links[link], known.isReady, let own = index(of: known.endpoint) else { return false }
        guard var pending = requests[id] else {
            counters.lateAnswers += 1
            return false
        }
        guard let bridge = endpoints[own].bridge, pending.asked.contains(bridge) else {
            counters.foreignAnswers += 1
            return false
        }
        // A bridge that is reached in two ways may answer on the one where it was not asked.
        let attempt =
            pending.attempts.first { $0.endpoint == known.endpoint }
            ?? pending.attempts.first { self.bridge(of: $0.endpoint) == bridge }
        let endpoint = attempt?.endpoint ?? known.endpoint
        guard let index = index(of: endpoint) else { return false }
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
            pending.trail.note(.refused, endpoint, at: now)
            bridgeAnswered(index, at: now, actions: &actions)
            pending.asked.removeAll { $0 == bridge }
            declined(&pending, by: endpoint, .refusal, at: now, actions: &actions)
        case .busy(let retryAfter):
            endpoints[index].busyAnswers += 1
            endpoints[index].busyUntil = now + retryAfter
            pending.retryAfter = min(pending.retryAfter ?? retryAfter, retryAfter)
            pending.trail.note(.busy, endpoint, at: now)
            bridgeAnswered(index, at: now, actions: &actions)
            pending.asked.removeAll { $0 == bridge }
            declined(&pending, by: endpoint, .busy, at: now, actions: &actions)
        case .unusable:
            pending.sawUnusable = true
            pending.trail.note(.unusable, endpoint, at: now)
            bridgeFailed(index, isProbe: attempt?.isProbe == true, at: now, actions: &actions)
            pending.asked.removeAll { $0 == bridge }
            declined(&pending, by: endpoint, .failure, at: now, actions: &actions)
        }
        drainWaiting(at: now, actions: &actions)
        settle(at: now, actions: &actions)
        return true
    }

    // MARK: Ending

    /// Ends a request for which no further bridge may be asked, with the most telling reason there is.
    mutating func giveUp(_ pending: PendingRequest, at now: Instant, actions: inout [Action]) {
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
        var winner: EndpointID?
        if case .answered(_, let endpoint) = outcome { winner = endpoint }
        takeBack(pending, except: winner, actions: &actions)
        actions.append(.finish(pending.id, pending.request, outcome, pending.receipt(at: now)))
        drainedIfEmpty(actions: &actions)
    }

    /// Frees whatever a request occupies, and tells the bridges that still have it.
    mutating func takeBack(_ pending: PendingRequest, except winner: EndpointID?, actions: inout [Action]) {
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
    mutating func release(_ attempt: Attempt, actions: inout [Action]) {
        links[attempt.link]?.inFlight -= 1
        if case .request = links[attempt.link]?.purpose { discard(attempt.link, .done, actions: &actions) }
        guard let index = index(of: attempt.endpoint) else { return }
        endpoints[index].inFlight -= 1
        if attempt.isProbe { endpoints[index].outlier.probeEndedOpenly() }
        if case .onTrial = endpoints[index].unprompted { endpoints[index].unprompted = .untried }
    }
}

extension LinkPool.PendingRequest {
    func receipt(at now: Instant) -> LinkPool.Receipt {
        LinkPool.Receipt(
            attempts: asks,
            moves: moves,
            queued: (firstSent ?? now) - acceptedAt,
            total: now - acceptedAt,
            trail: trail
        )
    }
}
