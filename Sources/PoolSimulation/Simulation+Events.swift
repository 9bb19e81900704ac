import DHTTestKit
import LinkCore
import Timekeeping

/// What is due on the network.
extension Simulation {
    mutating func apply(_ event: Event) {
        switch event {
        case .planned(let index):
            carryOut(scenario.plan[index], index)
        case .dialEnds(let link, let succeeds):
            dialEnds(link, succeeds: succeeds)
        case .earlyPing(let link):
            guard let connection = connections[link], isAlive(connection) else { return }
            tell("early ping on \(link.value)", 30, Int(link.value))
            feed { pool, now, _, _ in pool.pinged(link, at: now) }
        case .authenticationEnds(let link):
            authenticationEnds(link)
        case .answer(let answer):
            deliver(answer)
        case .pong(let link, let withLoad):
            guard let connection = connections[link], isAlive(connection) else { return }
            tell("pong on \(link.value)", 31, Int(link.value))
            let load = LoadReport(queueDepth: 1, queueCapacity: 1_024, inFlight: 2, connectedPeers: 25)
            feed { pool, now, _, _ in pool.pongReceived(link, load: withLoad ? load : nil, at: now) }
        case .closed(let link):
            closed(link)
        case .dialsIn(let bridge):
            dialsIn(bridge)
        case .bridgeUp(let bridge, let generation):
            if bridges[bridge].generation == generation { cameUp(bridge) }
        case .writable(let link):
            writabilityChanged(link, isWritable: true)
        case .stop:
            stop()
        }
    }

    /// Whether anything can come through it.
    func isAlive(_ connection: Connection) -> Bool {
        guard let bridge = connection.bridge else { return false }
        return connection.isOpen && !connection.isSilent && bridges[bridge].isUp
            && bridges[bridge].generation == connection.generation
    }

    private mutating func dialEnds(_ link: LinkID, succeeds: Bool) {
        guard let connection = connections[link], let bridge = connection.bridge, bridges[bridge].isUp, succeeds else {
            closed(link)
            return
        }
        tell("opened \(link.value)", 32, Int(link.value))
        connections[link]?.isOpen = true
        connections[link]?.generation = bridges[bridge].generation
        checker.opened(link)
        feed { pool, now, _, actions in pool.opened(link, at: now, actions: &actions) }
    }

    private mutating func authenticationEnds(_ link: LinkID) {
        guard let connection = connections[link], isAlive(connection), let bridge = connection.bridge else { return }
        let state = bridges[bridge]
        if state.refusesSecretUntil > now {
            tell("secret refused on \(link.value)", 33, Int(link.value))
            rarities.add(.secretRefused)
            checker.closed(link, refusedSecret: true, at: now)
            feed { pool, now, generator, actions in
                pool.authenticationRefused(link, reason: "no", at: now, using: &generator, actions: &actions)
            }
            return
        }
        // Somebody else with the secret, who said another name when it dialled in.
        var chance = draw(.claim, Int(link.value))
        let isImpostor = connection.isDialIn && !isCalm && chance.oneIn(40)
        let node = isImpostor ? bridges[Int.random(in: bridges.indices, using: &chance)].script.node : state.script.node
        tell("authenticated \(link.value) as \(node)", 34, Int(link.value))
        connections[link]?.isAuthenticated = true
        let isNative = state.script.era == .native
        let traits = isNative ? state.script.traits : BridgeTraits(era: state.script.era)
        checker.authenticated(link, bridge: node, traits: traits)
        feed { pool, now, generator, actions in
            pool.authenticated(
                link,
                bridge: node,
                traits: isNative ? traits : nil,
                at: now,
                using: &generator,
                actions: &actions
            )
        }
    }

    private mutating func deliver(_ answer: Answer) {
        let bridge = bridges[answer.bridge]
        guard bridge.isUp, bridge.generation == answer.generation else { return }
        let link: LinkID
        switch bridge.script.era {
        case .native, .stateless:
            link = answer.asked
        case .current:
            guard let own = bridge.script.answersWhereAsked ? answer.asked : bridge.dialIn else { return }
            link = own
        }
        guard let connection = connections[link], isAlive(connection) else { return }
        let patience =
            bridge.script.era == .native
            ? scenario.configuration.attemptTimeout : scenario.configuration.existingEraAttemptTimeout
        if now - answer.askedAt == patience, checker.open[answer.id] != nil { rarities.add(.answerAndTimeoutInOneTick) }
        let wasOpen = checker.open[answer.id] != nil
        let wasStateless = connections[answer.asked]?.isStatelessMode == true
        hand(answer.id, answer.kind, from: bridge.script.node, on: link)
        if wasOpen, checker.open[answer.id] == nil, answer.kind == .success {
            if link != answer.asked { rarities.add(.currentEraAnswerViaOtherLink) }
            if wasStateless { rarities.add(.statelessRequestServed) }
        }
    }

    /// An answer arrives.
    mutating func hand(_ id: RequestID, _ kind: InvariantChecker.AnswerKind, from node: String, on link: LinkID) {
        tell("\(kind) for \(id.short) from \(node) on \(link.value)", 35, Int(link.value))
        let answer = checker.ticket(for: SimulatedAnswer(request: id, bridge: node))
        let verdict: LinkPool.Verdict
        switch kind {
        case .success: verdict = .success(answer)
        case .refused: verdict = .refused(answer)
        case .busy: verdict = .busy(retryAfter: .milliseconds(700))
        case .unusable: verdict = .unusable
        }
        checker.answered(id, on: link, kind)
        feed { pool, now, generator, actions in
            pool.answered(id, on: link, verdict, at: now, using: &generator, actions: &actions)
        }
    }

    mutating func closed(_ link: LinkID) {
        if let connection = connections[link] {
            guard !connection.isSilent else { return }
            connections[link] = nil
            if let bridge = connection.bridge { lostDialIn(bridge, link) }
        } else if !buried.contains(link) {
            return
        }
        tell("closed \(link.value)", 36, Int(link.value))
        checker.closed(link, at: now)
        feed { pool, now, generator, actions in
            pool.closed(link, reason: "reset", at: now, using: &generator, actions: &actions)
        }
    }

    mutating func writabilityChanged(_ link: LinkID, isWritable: Bool) {
        guard connections[link] != nil else { return }
        tell("link \(link.value) is \(isWritable ? "writable" : "full")", 37, Int(link.value))
        checker.writabilityChanged(link, isWritable: isWritable)
        feed { pool, now, _, actions in
            pool.writabilityChanged(link, isWritable: isWritable, at: now, actions: &actions)
        }
    }

    mutating func dialsIn(_ index: Int) {
        let bridge = bridges[index]
        bridges[index].isDialInPlanned = false
        guard bridge.isUp, bridge.refusesSecretUntil <= now else {
            if bridge.script.dialsIn { planDialIn(index, after: .seconds(5)) }
            return
        }
        if let old = bridge.dialIn, let connection = connections[old] {
            // It knows no other way than to give up the old one, which the pool may hear of later, or never.
            guard connection.isSilent || isCalm else { return closedThenAgain(old, index) }
            if !connection.isSilent { return }
        }
        let isNative = bridge.script.era == .native
        let traits = isNative ? bridge.script.traits : BridgeTraits(era: bridge.script.era)
        let dialIn = DialIn(
            bridge: bridge.script.node,
            isNative: isNative,
            isStatelessEra: bridge.script.era == .stateless
        )
        var batch: [LinkPool.Action] = []
        let link = pool.dialledIn(dialIn, at: now, using: &generator, actions: &batch)
        tell("\(bridge.script.node) (\(bridge.script.era)) dials in: \(link.value)", 38, Int(link.value))
        connections[link] = Connection(
            id: link,
            bridge: index,
            generation: bridge.generation,
            isDialIn: true,
            isOpen: true,
            isAuthenticated: !isNative
        )
        bridges[index].dialIn = link
        checker.dialledIn(link, bridge: bridge.script.node, isNative: isNative, traits: traits)
        finishFeeding(&batch)
    }

    /// The bridge dials in anew before the pool heard that its old connection is gone.
    private mutating func closedThenAgain(_ old: LinkID, _ bridge: Int) {
        connections[old]?.isSilent = true
        dialsIn(bridge)
    }

    mutating func stop() {
        guard !isStopped else { return }
        tell("stop", 39)
        isStopped = true
        checker.stopped()
        feed { pool, now, _, actions in pool.stop(at: now, actions: &actions) }
    }
}
