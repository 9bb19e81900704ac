import Kademlia
package import Timekeeping
import WireMessages

/// "Who can help this newcomer in?" (protocol.md 3.4), answered from what is known already.
extension Bridge {
    /// Why a request got no helper.
    enum Refusal: Sendable {
        case busy(depth: Int)
        case nobodyQualifies
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
        guard queue.count < configuration.queueCapacity else {
            counters.busy += 1
            return [refuse(request, .busy(depth: queue.count), on: connection, at: now)]
        }
        // A deadline in the request may only shorten ours.
        let patience = request.deadlineMs.map { min(.milliseconds(max($0, 0)), BridgeDefaults.requestDeadline) }
        queue.append(
            RequestQueue.Waiting(
                connection: connection,
                request: request,
                deadline: now.instant + (patience ?? BridgeDefaults.requestDeadline)
            ),
            isCancellable: connections[connection]?.features.contains(.cancel) == true
        )
        guard !isWorkScheduled else { return [] }
        isWorkScheduled = true
        return [.scheduleWork]
    }

    /// Nobody waits for that answer any more. What has been answered, or never came, is not worth a word.
    mutating func cancel(_ request: WireRequestID, of connection: ConnectionID) {
        if queue.cancel(request, of: connection) {
            counters.cancelled += 1
        } else {
            counters.cancelsIgnored += 1
        }
    }

    /// Answers waiting onboarding requests, the oldest first, at most `BridgeDefaults.onboardingBatch` of them; the last
    /// action is `scheduleWork` when more wait.
    package mutating func work(at now: Moment, using generator: inout some RandomNumberGenerator) -> [BridgeAction] {
        var actions: [BridgeAction] = []
        for _ in 0..<BridgeDefaults.onboardingBatch {
            guard let next = queue.popFirst() else { break }
            // Nobody is there to hear the answer, so nobody is asked to help either.
            guard case .link = connections[next.connection]?.role else { continue }
            guard now.instant < next.deadline else {
                counters.expired += 1
                continue
            }
            actions += onboard(next.request, for: next.connection, at: now, using: &generator)
        }
        isWorkScheduled = !queue.isEmpty
        if isWorkScheduled {
            actions.append(.scheduleWork)
        } else if isStopping {
            actions += finishStopping(at: now)
        }
        return actions
    }

    private mutating func onboard(
        _ request: GetOnboardingPeer,
        for connection: ConnectionID,
        at now: Moment,
        using generator: inout some RandomNumberGenerator
    ) -> [BridgeAction] {
        let newcomer = request.newNodeID
        // Asked again within seconds: the same answer, and no second instruction, which would double the dials
        // (protocol.md, trap 22).
        if let earlier = newcomers[newcomer], now.instant - earlier.answeredAt < BridgeDefaults.repeatWindow,
            let helper = peers[earlier.helper]
        {
            counters.answered += 1
            counters.repeated += 1
            let answer = answer(request, helper: earlier.helper, helper.introduction, on: connection, at: now)
            return [.answer(connection, answer)]
        }
        let introduction = Introduction(metadata: request.newNodeMetadata)
        guard let choice = chooseHelper(for: newcomer, introduction.reach, at: now.instant, using: &generator),
            let helper = peers[choice.id],
            let socket = socket(of: choice.id, at: now.instant)
        else {
            counters.failed += 1
            return [refuse(request, .nobodyQualifies, on: connection, at: now)]
        }
        peers.update(choice.id) { _, candidate in candidate.load.add(at: now.instant) }
        // The newcomer adopts the token it is given, and can then help others.
        peers.update(newcomer) { _, candidate in candidate.holdsToken = true }
        newcomers.remember(
            NewcomerBook.Newcomer(helper: choice.id, answeredAt: now.instant, introduction: introduction),
            as: newcomer
        )
        if let address = introduction.address, introduction.kind != .bridge, !peers.contains(newcomer) {
            let jitter = Int64.random(
                in: 0...BridgeDefaults.newcomerDialJitter.wholeMilliseconds,
                using: &generator
            )
            scheduleDial(
                of: newcomer,
                to: address,
                attempts: 1,
                at: now.instant + BridgeDefaults.newcomerDialDelay + .milliseconds(jitter)
            )
        }
        counters.answered += 1
        let instruction = CreateInvitationForPeer(
            targetPeer: choice.id,
            targetNodeID: newcomer,
            targetNodeMetadata: introduction.metadata,
            fromBridge: configuration.nodeID,
            requestID: request.requestID,
            candidateIndex: 0,
            timestamp: now.unixMilliseconds,
            from: configuration.nodeID
        )
        return [
            .sendToPeer(socket, .createInvitationForPeer(instruction)),
            .answer(connection, answer(request, helper: choice.id, helper.introduction, on: connection, at: now)),
        ]
    }

    /// A helper whose sockets all leave pings unanswered is noticed here, when it matters, and another one is chosen.
    private mutating func chooseHelper(
        for newcomer: NodeID,
        _ reach: Reach,
        at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> HelperCandidate? {
        while let choice = HelperChoice.choose(
            among: peers.candidates,
            newcomer: newcomer,
            newcomerReach: reach,
            at: now,
            using: &generator
        ) {
            guard !choice.isUnresponsive, isUnresponsive(choice.id, at: now) else { return choice }
            peers.update(choice.id) { _, candidate in candidate.isUnresponsive = true }
        }
        return nil
    }

    private func answer(
        _ request: GetOnboardingPeer,
        helper: NodeID,
        _ introduction: Introduction,
        on connection: ConnectionID,
        at now: Moment
    ) -> UnsignedAnswer {
        UnsignedAnswer(
            requestID: request.requestID,
            token: OpenNetworkToken(
                holder: request.newNodeID,
                issuer: configuration.nodeID,
                timestamp: now.unixMilliseconds,
                authorizedBy: helper
            ),
            helperMetadata: introduction.metadata,
            namesBridge: name(on: connection) != nil
        )
    }

    /// A failure as existing bootstraps read it, with what ours read besides.
    func refuse(
        _ request: GetOnboardingPeer,
        _ reason: Refusal,
        on connection: ConnectionID,
        at now: Moment
    ) -> BridgeAction {
        var response = OnboardingPeerResponse(
            requestID: request.requestID,
            success: false,
            timestamp: now.unixMilliseconds,
            from: name(on: connection)
        )
        switch reason {
        case .busy(let depth):
            response.error = "Bridge is busy"
            response.code = "busy"
            response.retryAfterMs = BridgeDefaults.busyRetryAfter.wholeMilliseconds
            response.queueDepth = Int64(depth)
        case .nobodyQualifies:
            let text = "No connected peer can help"
            response.error = text
            response.code = "no_helper"
            response.data = .emergency(
                EmergencyState(reason: text, networkState: networkState(except: request.newNodeID, at: now))
            )
        case .stopping:
            response.error = "Bridge is shutting down"
            response.code = "stopping"
        }
        return .sendToBootstrap(connection, .onboardingPeerResponse(response))
    }

    /// Whom a newcomer could try by itself: connected peers that are neither bridges nor hidden tabs, the longest connected
    /// first.
    private func networkState(except newcomer: NodeID, at now: Moment) -> NetworkState {
        let available = peers.candidates
            .filter { $0.kind != .bridge && !$0.isTabHidden && $0.id != newcomer }
            .sorted { ($0.connectedSince, $0.id) < ($1.connectedSince, $1.id) }
            .prefix(BridgeDefaults.emergencyPeers)
            .map { AvailablePeer(nodeID: $0.id, metadata: peers[$0.id]?.introduction.metadata, connected: true) }
        return NetworkState(
            connectedPeerCount: Int64(peers.count),
            routingTableSize: Int64(routing.count),
            availablePeers: Array(available),
            bridgeNodeID: configuration.nodeID,
            timestamp: now.unixMilliseconds
        )
    }
}
