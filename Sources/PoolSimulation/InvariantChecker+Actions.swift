package import LinkCore
package import Timekeeping

/// What comes out.
extension InvariantChecker {
    package mutating func acted(_ action: LinkPool.Action, at now: Instant) {
        require(mayAct, .foreignAnswer, "an answer that nobody waited for led to \(action)")
        switch action {
        case .dial(let link, let endpoint, let address): dialled(link, endpoint, address, at: now)
        case .authenticate(let link):
            require(links[link]?.state == .open, .saidInOrder, "authenticates on \(link), which is not open")
            links[link]?.state = .authenticating
        case .send(let id, let join, let link, let timeLeft): sent(id, join, on: link, timeLeft, at: now)
        case .withdraw(let id, let link):
            require(links[link]?.state == .ready, .saidInOrder, "withdraws on \(link), which is not ready")
            require(has(\.cancels, links[link]), .saidInOrder, "withdraws from a bridge that does not know it")
            require(links[link]?.carried[id] != nil, .saidInOrder, "withdraws what was not asked there")
        case .ping(let link, let asksLoad):
            require(links[link]?.state == .ready, .saidInOrder, "pings on \(link), which is not ready")
            let reports = has(\.reportsLoad, links[link])
            require(!asksLoad || reports, .saidInOrder, "asks the load of a bridge that does not report it")
        case .errandReady(let link):
            require(links[link]?.state == .ready, .saidInOrder, "an errand on \(link), which is not ready")
        case .close(let link, _):
            let record = links.removeValue(forKey: link)
            require(record != nil, .saidInOrder, "closes \(link), which is not there")
            if case .dialIn? = record?.kind { forgetQuestions(to: record?.bridge) }
        case .finish(let id, let join, let outcome, let receipt):
            finished(id, join, outcome, receipt, at: now)
        case .statusChanged(let change):
            let before = told.updateValue(change.status, forKey: change.endpoint) ?? .disconnected
            require(before != change.status, .status, "tells \(change.status) twice of \(change.endpoint)")
        case .notice:
            break
        case .drained:
            require(drainEnd != nil && !saidDrained, .draining, "says that it is drained, unasked or again")
            let left = openCount
            require(left == 0, .draining, "says that it is drained with \(left) open requests")
            saidDrained = true
        }
    }

    private mutating func dialled(_ link: LinkID, _ endpoint: EndpointID, _ address: String, at now: Instant) {
        require(!isStopped, .saidInOrder, "dials after it was stopped")
        guard let mode = configured[address] else {
            require(false, .removedBridge, "dials \(address), which is not configured")
            return
        }
        require(links[link] == nil, .saidInOrder, "\(link) is used again")
        switch mode {
        case .persistent:
            // The first wait may be shorter than the shortest pause, by its jitter.
            let shortest = min(
                configuration.minimumRedialGap,
                configuration.backoffBase * (1 - configuration.backoffJitter)
            )
            if let last = lastDial[address] {
                require(now - last >= shortest, .dialPace, "dials \(address) again after \(now - last)")
            }
            if let refusal = lastRefusal[address] {
                let longest = configuration.backoffCap * (1 - configuration.backoffJitter)
                require(
                    now - refusal >= longest,
                    .dialPace,
                    "dials \(address) \(now - refusal) after it refused the secret"
                )
                lastRefusal[address] = nil
            }
            lastDial[address] = now
            links[link] = LinkRecord(kind: .pool, endpoint: endpoint, address: address, state: .dialling)
        case .stateless:
            links[link] = LinkRecord(kind: .single, endpoint: endpoint, address: address, state: .dialling)
        }
    }

    private mutating func sent(
        _ id: RequestID,
        _ join: Ticket,
        on link: LinkID,
        _ timeLeft: Duration?,
        at now: Instant
    ) {
        guard let record = links[link], record.state == .ready, let bridge = record.bridge else {
            require(false, .saidInOrder, "sends on \(link), which is not ready")
            return
        }
        require(drainEnd == nil || open[id] != nil, .draining, "sends a request it did not accept")
        require(open[id]?.join == join, .ownAnswer, "sends \(id) with somebody else's request")
        if case .dialIn(false) = record.kind {
            require(record.traits?.era != .stateless, .saidInOrder, "asks where the stateless era does not listen")
        }
        var isRemoved = false
        if case .pool = record.kind, let address = record.address { isRemoved = configured[address] == nil }
        if case .single = record.kind {
            require(record.carried.isEmpty, .saidInOrder, "asks twice on a connection for one request")
        } else {
            require(record.isWritable, .writability, "sends on \(link), which takes no more")
        }
        require(timeLeft == nil || has(\.takesDeadline, record), .saidInOrder, "tells a deadline unasked")
        if let timeLeft { require(timeLeft > .zero, .deadline, "sends with \(timeLeft) left") }
        let mayAsk = links[link]?.carried.updateValue(false, forKey: id) ?? true
        require(mayAsk, .boundedAttempts, "puts \(id) twice on \(link)")
        open[id]?.asked.append(bridge)
        sent.append((id, bridge, isRemoved))
    }

    private mutating func finished(
        _ id: RequestID,
        _ join: Ticket,
        _ outcome: LinkPool.Outcome,
        _ receipt: LinkPool.Receipt,
        at now: Instant
    ) {
        guard let record = open.removeValue(forKey: id) else {
            require(false, .oneOutcome, "ends \(id) again, or after it was cancelled")
            return
        }
        require(record.join == join, .ownAnswer, "\(id) comes back as another request")
        switch outcome {
        case .answered(let ticket, _), .failed(.refused(let ticket)):
            guard let answer = answer(of: ticket) else {
                require(false, .ownAnswer, "\(id) gets an answer that nobody gave")
                break
            }
            require(answer.request == id, .ownAnswer, "\(id) gets the answer to \(answer.request)")
            require(record.asked.contains(answer.bridge), .ownAnswer, "\(answer.bridge) answers \(id) unasked")
        case .failed(.stopping):
            require(drainEnd != nil || isStopped, .draining, "ends \(id) as if it were stopping")
        case .failed(.noBridge), .failed(.busy), .failed(.timedOut), .failed(.unusable):
            break
        }
        if refused == id {
            refused = nil
            if case .failed(.stopping) = outcome {
            } else {
                require(false, .draining, "a draining pool accepts a request")
            }
            require(record.asked.isEmpty, .draining, "a draining pool sends a new request")
        }
        let hedge = configuration.hedges ? 1 : 0
        require(receipt.attempts >= record.asked.count, .boundedAttempts, "the receipt forgets attempts")
        require(
            receipt.attempts <= configuration.maxAttempts + receipt.moves + record.declined + hedge,
            .boundedAttempts,
            "\(receipt.attempts) attempts, \(receipt.moves) moves, \(record.declined) declined"
        )
        require(receipt.moves <= configuration.maxMoves + 1 + hedge, .boundedAttempts, "\(receipt.moves) moves")
        require(receipt.total == now - record.acceptedAt, .ownAnswer, "the receipt is of another request")
        lookAtTrail(receipt, outcome, of: record, at: now)
        require(
            receipt.total <= configuration.requestDeadline + lateness,
            .deadline,
            "\(id) ended after \(receipt.total)"
        )
    }

    /// What is told of the way that a request took is what was seen of it.
    private mutating func lookAtTrail(
        _ receipt: LinkPool.Receipt,
        _ outcome: LinkPool.Outcome,
        of record: RequestRecord,
        at now: Instant
    ) {
        let trail = receipt.trail
        guard trail.dropped == 0 else {
            require(trail.marks.count == PoolDefaults.maxMarks, .trail, "drops marks while there is room")
            return
        }
        var last = record.acceptedAt
        var declined = 0
        var asked: [EndpointID?] = []
        for mark in trail.marks {
            require(mark.at >= last && mark.at <= now, .trail, "\(mark) is out of order")
            last = mark.at
            require((mark.endpoint == nil) == (mark.event == .queued), .trail, "\(mark) is about nobody")
            switch mark.event {
            case .queued: break
            case .sent: asked.append(mark.endpoint)
            case .busy, .refused: declined += 1
            case .timedOut, .linkLost:
                require(asked.contains(mark.endpoint), .trail, "\(mark) of a bridge that was not asked")
            case .unusable: break
            }
        }
        require(asked.count == receipt.attempts, .trail, "\(asked.count) asked, \(receipt.attempts) attempts")
        require(declined <= record.declined, .trail, "\(declined) declined, it was \(record.declined)")
        // Who was given up may answer after all, late or on another link than the one that was lost; and answers that come on
        // another link of a bridge may be by another endpoint.
        guard case .answered(_, let endpoint) = outcome,
            !trail.marks.contains(where: { $0.event == .timedOut || $0.event == .linkLost }), !configuration.hedges,
            let bridge = places.first(where: { $0.endpoint == endpoint })?.bridge, onlyEndpoint(of: bridge) == endpoint
        else { return }
        require(asked.last == endpoint, .trail, "\(endpoint) answered, which was not asked last")
    }
}
