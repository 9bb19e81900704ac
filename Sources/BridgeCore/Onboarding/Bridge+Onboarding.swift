import Kademlia
import Scheduling
public import Timekeeping
import WireMessages

/// "Who can help this newcomer in?" (protocol.md 3.4), answered from what is known already.
extension Bridge {
    /// Why a request got no helper.
    enum Refusal: Sendable {
        case busy(depth: Int)
        case nobodyQualifies
        /// Its deadline passed while it was in work.
        case timedOut
        case stopping
    }

    mutating func enqueue(
        _ request: GetOnboardingPeer,
        from connection: ConnectionID,
        at now: Moment
    ) -> [BridgeAction] {
        counters.requests += 1
        guard !isStopping else {
            counters.failed += 1
            return [refuse(request, .stopping, on: connection, at: now)]
        }
        guard !isShortOfMemory else {
            counters.busy += 1
            return [refuse(request, .busy(depth: queue.count), on: connection, at: now)]
        }
        // A deadline in the request may only shorten ours.
        let patience = request.deadlineMs.map { min(.milliseconds(max($0, 0)), BridgeDefaults.requestDeadline) }
        let waiting = RequestQueue.Waiting(
            connection: connection,
            request: request,
            deadline: now.instant + (patience ?? BridgeDefaults.requestDeadline),
            source: connections[connection]?.source ?? SourceID(value: connection.value)
        )
        var actions: [BridgeAction] = []
        if let loser = queue.append(waiting, isCancellable: connections[connection]?.features.contains(.cancel) == true)
        {
            if isLink(loser.connection) {
                counters.busy += 1
                actions.append(refuse(loser.request, .busy(depth: queue.count), on: loser.connection, at: now))
            }
        }
        return actions + scheduleWork()
    }

    /// Asks for a turn, if there is anything to do and nobody has asked yet.
    private mutating func scheduleWork() -> [BridgeAction] {
        guard !isWorkScheduled, !queue.isEmpty, assignments.count < configuration.concurrency else { return [] }
        isWorkScheduled = true
        return [.scheduleWork]
    }

    /// Nobody waits for that answer any more. What has been answered, or never came, is not worth a word.
    mutating func cancel(_ request: WireRequestID, of connection: ConnectionID) {
        guard connections[connection]?.features.contains(.cancel) == true else {
            counters.cancelsIgnored += 1
            return
        }
        if queue.cancel(request, of: connection) || assignments.cancel(request, of: connection) {
            counters.cancelled += 1
        } else {
            counters.cancelsIgnored += 1
        }
    }

    /// Takes waiting onboarding requests into work, as many as there is room for and at most `BridgeDefaults.onboardingBatch`;
    /// the last action is `scheduleWork` when more could be taken.
    public mutating func work(at now: Moment, using generator: inout some RandomNumberGenerator) -> [BridgeAction] {
        isWorkScheduled = false
        var actions: [BridgeAction] = []
        for _ in 0..<BridgeDefaults.onboardingBatch {
            guard assignments.count < configuration.concurrency, let next = queue.popFirst() else { break }
            // Nobody is there to hear the answer, so nobody is asked to help either.
            guard isLink(next.connection) else { continue }
            guard now.instant < next.deadline else {
                counters.expired += 1
                continue
            }
            actions += onboard(next, at: now, using: &generator)
        }
        return actions + continueWork(at: now)
    }

    /// A request ended, or several: others may follow, or the shutdown.
    private mutating func continueWork(at now: Moment) -> [BridgeAction] {
        guard isStopping, queue.isEmpty, assignments.isEmpty else { return scheduleWork() }
        return finishStopping(at: now)
    }

    private mutating func onboard(
        _ waiting: RequestQueue.Waiting,
        at now: Moment,
        using generator: inout some RandomNumberGenerator
    ) -> [BridgeAction] {
        let request = waiting.request
        let newcomer = request.newNodeID
        // Asked again within seconds: the same answer, and no second instruction, which would double the dials
        // (protocol.md, trap 22).
        if let earlier = newcomers[newcomer], earlier.mayBeRepeated(at: now.instant),
            let helper = peers[earlier.helper],
            !isUnresponsive(earlier.helper, at: now.instant)
        {
            counters.answered += 1
            counters.repeated += 1
            let repetition = answer(
                request,
                helper: earlier.helper,
                helper.introduction,
                on: waiting.connection,
                at: now
            )
            return [.answer(waiting.connection, repetition)]
        }
        let waiter = Assignment.Waiter(connection: waiting.connection, request: request)
        guard !assignments.join(waiter, until: waiting.deadline, newcomer: newcomer) else { return [] }
        let assignment = Assignment(
            newcomer: newcomer,
            introduction: Introduction(metadata: request.newNodeMetadata),
            waiters: [waiter],
            deadline: waiting.deadline,
            helper: configuration.nodeID,
            earlier: newcomers[newcomer]?.helpers ?? []
        )
        return assign(assignment, at: now, using: &generator)
    }

    /// Chooses a helper and has it told.
    private mutating func assign(
        _ assignment: Assignment,
        at now: Moment,
        using generator: inout some RandomNumberGenerator
    ) -> [BridgeAction] {
        guard let request = assignment.waiters.first?.request else { return [] }
        guard now.instant < assignment.deadline else { return give(up: assignment, .timedOut, at: now) }
        guard assignment.tried.count < BridgeDefaults.candidatesPerRequest,
            let choice = chooseHelper(for: assignment, at: now.instant, using: &generator),
            let socket = socket(of: choice, at: now.instant)
        else { return give(up: assignment, .nobodyQualifies, at: now) }
        var assignment = assignment
        assignment.helper = choice
        let id = assignments.insert(assignment)
        peers.update(choice) { _, candidate in candidate.load.add(at: now.instant) }
        timers.set(
            .instruction(id),
            at: min(now.instant + BridgeDefaults.instructionTimeout, assignment.deadline)
        )
        let instruction = CreateInvitationForPeer(
            targetPeer: choice,
            targetNodeID: assignment.newcomer,
            targetNodeMetadata: assignment.introduction.metadata,
            fromBridge: configuration.nodeID,
            requestID: request.requestID,
            candidateIndex: Int64(assignment.tried.count),
            timestamp: now.unixMilliseconds,
            from: configuration.nodeID
        )
        return [.instruct(id, socket, instruction)]
    }

    /// The helper of a request in work was told, or could not be: its socket had gone, or does not take what we write.
    public mutating func instructed(
        _ id: AssignmentID,
        wasSent: Bool,
        at now: Moment,
        using generator: inout some RandomNumberGenerator
    ) -> [BridgeAction] {
        timers.cancel(.instruction(id))
        guard let assignment = assignments[id] else { return [] }
        guard wasSent, let helper = peers[assignment.helper] else {
            return tryNext(id, at: now, using: &generator) + continueWork(at: now)
        }
        assignments.remove(id)
        // The newcomer adopts the token it is given, and can then help others.
        peers.update(assignment.newcomer) { _, candidate in candidate.holdsToken = true }
        newcomers.remember(
            assignment.helper,
            of: assignment.newcomer,
            assignment.introduction,
            at: now.instant
        )
        planDial(of: assignment, at: now, using: &generator)
        var actions: [BridgeAction] = []
        for waiter in assignment.waiters where isLink(waiter.connection) {
            counters.answered += 1
            let response = answer(
                waiter.request,
                helper: assignment.helper,
                helper.introduction,
                on: waiter.connection,
                at: now
            )
            actions.append(.answer(waiter.connection, response))
        }
        return actions + continueWork(at: now)
    }

    /// Telling the helper takes too long: its event loop or its socket is stuck.
    mutating func instructionOverdue(
        _ id: AssignmentID,
        at now: Moment,
        using generator: inout some RandomNumberGenerator
    ) -> [BridgeAction] {
        guard let assignment = assignments[id] else { return [] }
        var without = assignment
        without.tried.append(assignment.helper)
        // Without anybody else to turn to it is left its time: it may be us that is slow, and a late answer is one.
        if now.instant < assignment.deadline, chooseHelper(for: without, at: now.instant, using: &generator) == nil {
            timers.set(.instruction(id), at: assignment.deadline)
            return []
        }
        return tryNext(id, at: now, using: &generator) + continueWork(at: now)
    }

    private mutating func tryNext(
        _ id: AssignmentID,
        at now: Moment,
        using generator: inout some RandomNumberGenerator
    ) -> [BridgeAction] {
        guard var assignment = assignments.remove(id) else { return [] }
        counters.instructionsFailed += 1
        peers.update(assignment.helper) { _, candidate in candidate.isUnresponsive = true }
        assignment.tried.append(assignment.helper)
        return assign(assignment, at: now, using: &generator)
    }

    /// Ends a request without a helper.
    mutating func give(up assignment: Assignment, _ reason: Refusal, at now: Moment) -> [BridgeAction] {
        assignment.waiters.filter { isLink($0.connection) }.map { waiter in
            switch reason {
            case .timedOut: counters.timedOut += 1
            case .busy, .nobodyQualifies, .stopping: counters.failed += 1
            }
            return refuse(waiter.request, reason, on: waiter.connection, at: now)
        }
    }

    /// A newcomer that can be dialled and does not come by itself is dialled once.
    private mutating func planDial(
        of assignment: Assignment,
        at now: Moment,
        using generator: inout some RandomNumberGenerator
    ) {
        guard let address = assignment.introduction.address, assignment.introduction.kind != .bridge,
            !peers.contains(assignment.newcomer)
        else { return }
        let jitter = Int64.random(in: 0...BridgeDefaults.newcomerDialJitter.wholeMilliseconds, using: &generator)
        scheduleDial(
            of: assignment.newcomer,
            to: address,
            attempts: 1,
            at: now.instant + BridgeDefaults.newcomerDialDelay + .milliseconds(jitter)
        )
    }

    /// A helper whose sockets all leave pings unanswered is noticed here, when it matters, and another one is chosen. Helpers
    /// that this newcomer was sent to before without success come after all others, but for those that may be gone.
    private mutating func chooseHelper(
        for assignment: Assignment,
        at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> NodeID? {
        let newcomer = Newcomer(id: assignment.newcomer, reach: assignment.introduction.reach)
        if !assignment.earlier.isEmpty,
            let fresh = choose(
                for: newcomer,
                excluding: assignment.tried + assignment.earlier,
                at: now,
                using: &generator
            ),
            !fresh.isUnresponsive
        {
            return fresh.id
        }
        return choose(for: newcomer, excluding: assignment.tried, at: now, using: &generator)?.id
    }

    private mutating func choose(
        for newcomer: Newcomer,
        excluding excluded: [NodeID],
        at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> HelperCandidate? {
        while let choice = peers.choose(for: newcomer, excluding: excluded, at: now, using: &generator) {
            guard !choice.isUnresponsive, isUnresponsive(choice.id, at: now) else { return choice }
            peers.update(choice.id) { _, candidate in candidate.isUnresponsive = true }
        }
        return nil
    }

    /// Whether answers can be sent there.
    func isLink(_ connection: ConnectionID) -> Bool {
        switch connections[connection]?.role {
        case .link: true
        case .undecided, .greeting, .registering, .peer, .closing, nil: false
        }
    }
}
