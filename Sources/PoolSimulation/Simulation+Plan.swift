import DHTTestKit
import LinkCore
import Scheduling
import Timekeeping

/// What happens from outside.
extension Simulation {
    mutating func carryOut(_ planned: PlannedEvent, _ index: Int) {
        guard !isStopped else { return }
        var chance = SeededGenerator(seed: planned.salt)
        tell("[\(index)] \(planned.kind)", 40, index)
        switch planned.kind {
        case .join: join(salt: planned.salt)
        case .cancel: cancel(using: &chance)
        case .loseLink:
            if let link = anyConnection(using: &chance, where: { $0.isOpen && !$0.isSilent }) { closed(link) }
        case .silenceLink:
            if let link = anyConnection(using: &chance, where: { $0.isOpen }) { connections[link]?.isSilent = true }
        case .stallWriting: stallWriting(using: &chance)
        case .crash: crash(Int.random(in: bridges.indices, using: &chance), using: &chance)
        case .crashAll:
            for bridge in bridges.indices { crash(bridge, using: &chance) }
        case .replace: replace(using: &chance)
        case .dialIn:
            let bridge = Int.random(in: bridges.indices, using: &chance)
            if !bridges[bridge].isDialInPlanned { dialsIn(bridge) }
        case .refuseSecret: refuseSecret(using: &chance)
        case .wedge:
            let bridge = Int.random(in: bridges.indices, using: &chance)
            bridges[bridge].wedgedUntil = now + .milliseconds(Int.random(in: 1_000...60_000, using: &chance))
        case .foreignAnswer: foreignAnswer(using: &chance)
        case .unknownAnswer:
            guard let link = anyConnection(using: &chance, where: \.isAuthenticated) else { return }
            hand(RequestID(using: &chance), .success, from: "nobody", on: link)
        case .staleReport: staleReport(using: &chance)
        case .errand: errand(using: &chance)
        case .chatter:
            guard let link = anyConnection(using: &chance, where: { isAlive($0) }) else { return }
            feed { pool, now, _, _ in pool.heard(link, at: now) }
        case .reload: reload(using: &chance)
        case .drain: drain(using: &chance)
        }
    }

    mutating func join(salt: UInt64) {
        joins += 1
        let number = joins
        var batch: [LinkPool.Action] = []
        let id = pool.submit(
            Ticket(value: UInt64(number)),
            source: SourceID(value: salt % 7),
            at: now,
            using: &generator,
            actions: &batch
        )
        tell("join \(number) is \(id.short)", 41, number)
        watch.submitted = id
        checker.submitted(id, join: Ticket(value: UInt64(number)), at: now)
        finishFeeding(&batch)
    }

    private mutating func cancel(using chance: inout SeededGenerator) {
        guard let id = checker.anyOpen(using: &chance) else { return }
        tell("cancel \(id.short)", 42)
        checker.cancelled(id)
        feed { pool, now, _, actions in pool.cancel(id, at: now, actions: &actions) }
    }

    private func anyConnection(
        using chance: inout SeededGenerator,
        where isFit: (Connection) -> Bool
    ) -> LinkID? {
        connections.values.filter(isFit).map(\.id).sorted { $0.value < $1.value }.randomElement(using: &chance)
    }

    private mutating func stallWriting(using chance: inout SeededGenerator) {
        guard let link = anyConnection(using: &chance, where: \.isAuthenticated) else { return }
        schedule(.writable(link), at: now + .milliseconds(Int.random(in: 1...20_000, using: &chance)))
        writabilityChanged(link, isWritable: false)
    }

    // MARK: Bridges

    mutating func crash(_ bridge: Int, using chance: inout SeededGenerator) {
        guard bridges[bridge].isUp else { return }
        bridges[bridge].isUp = false
        bridges[bridge].generation += 1
        let longest = chance.oneIn(3) ? 60_000 : 3_000
        let away = Duration.milliseconds(Int.random(in: 10...longest, using: &chance))
        let node = bridges[bridge].script.node
        tell("\(node) crashes for \(away)", 43, bridge)
        schedule(.bridgeUp(bridge, generation: bridges[bridge].generation), at: now + away)
        // The kernel resets its connections, or the machine is gone and nobody says anything.
        let isSilent = chance.oneIn(3)
        let theirs = connections.values.filter { $0.bridge == bridge }.map(\.id).sorted { $0.value < $1.value }
        for link in theirs {
            if isSilent {
                connections[link]?.isSilent = true
            } else {
                schedule(.closed(link), at: now + .microseconds(Int64.random(in: 0...20_000, using: &chance)))
            }
        }
        if chance.oneIn(6) { changeEra(of: bridge, using: &chance) }
    }

    /// It comes back as another version of the program.
    private mutating func changeEra(of bridge: Int, using chance: inout SeededGenerator) {
        let successor = ScriptedBridge(index: bridge, using: &chance)
        bridges[bridge].script.era = successor.era
        bridges[bridge].script.traits = successor.traits
        bridges[bridge].script.answersWhereAsked = successor.answersWhereAsked
    }

    mutating func cameUp(_ bridge: Int) {
        guard !bridges[bridge].isUp else { return }
        let node = bridges[bridge].script.node
        tell("\(node) is back", 44, bridge)
        bridges[bridge].isUp = true
        if let link = bridges[bridge].dialIn, connections[link]?.isSilent ?? true { bridges[bridge].dialIn = nil }
        if bridges[bridge].script.dialsIn { planDialIn(bridge) }
    }

    /// Another bridge moves in at an address, or two exchange theirs.
    private mutating func replace(using chance: inout SeededGenerator) {
        guard let site = residents.indices.randomElement(using: &chance) else { return }
        rarities.add(.bridgeReplaced)
        var leaving = [residents[site]].compactMap(\.self)
        if residents.count > 1, chance.oneIn(2) {
            let other = Int.random(in: residents.indices, using: &chance)
            leaving += [residents[other]].compactMap(\.self)
            residents.swapAt(site, other)
        } else {
            residents[site] = bridges.count
            bridges.append(BridgeState(script: ScriptedBridge(index: bridges.count, using: &chance)))
            if bridges[bridges.count - 1].script.dialsIn { planDialIn(bridges.count - 1) }
        }
        let name = name(of: residents[site])
        tell("site \(site) is now \(name)", 45, site)
        for bridge in leaving { crash(bridge, using: &chance) }
    }

    private mutating func refuseSecret(using chance: inout SeededGenerator) {
        let bridge = Int.random(in: bridges.indices, using: &chance)
        bridges[bridge].refusesSecretUntil = now + .milliseconds(Int.random(in: 1_000...90_000, using: &chance))
        if chance.oneIn(2) { crash(bridge, using: &chance) }
    }

    // MARK: Nonsense

    private mutating func foreignAnswer(using chance: inout SeededGenerator) {
        guard let (id, bridge) = recent.randomElement(using: &chance) else { return }
        let link = anyConnection(using: &chance) { connection in
            connection.isAuthenticated && connection.bridge != bridge && isAlive(connection)
        }
        guard let link, let stranger = connections[link]?.bridge else { return }
        let kinds: [InvariantChecker.AnswerKind] = [.success, .refused, .busy, .unusable]
        let kind = kinds[Int.random(in: kinds.indices, using: &chance)]
        hand(id, kind, from: bridges[stranger].script.node, on: link)
    }

    private mutating func staleReport(using chance: inout SeededGenerator) {
        guard let link = buried.randomElement(using: &chance), connections[link] == nil else { return }
        let id = recent.randomElement(using: &chance)?.id ?? RequestID(using: &chance)
        let report = Int.random(in: 0..<6, using: &chance)
        tell("stale report \(report) of \(link.value)", 46, report)
        checker.expectsNothing()
        feed { pool, now, generator, actions in
            switch report {
            case 0: pool.opened(link, at: now, actions: &actions)
            case 1:
                pool.authenticated(link, bridge: "stale", traits: nil, at: now, using: &generator, actions: &actions)
            case 2: pool.authenticationRefused(link, reason: "no", at: now, using: &generator, actions: &actions)
            case 3: pool.pongReceived(link, at: now)
            case 4: pool.answered(id, on: link, .unusable, at: now, using: &generator, actions: &actions)
            default: pool.writabilityChanged(link, isWritable: true, at: now, actions: &actions)
            }
        }
    }

    private mutating func errand(using chance: inout SeededGenerator) {
        let bridge = Int.random(in: bridges.indices, using: &chance)
        let node = bridges[bridge].script.node
        var link: LinkID?
        feed { pool, now, _, actions in link = pool.errand(to: node, at: now, actions: &actions) }
        if let link, connections[link]?.isAuthenticated == true { rarities.add(.errandServed) }
    }

    // MARK: The operator

    private mutating func reload(using chance: inout SeededGenerator) {
        guard !modes.isEmpty, checker.drainEnd == nil else { return }
        switch Int.random(in: 0..<8, using: &chance) {
        case 0:
            for site in modes.indices { modes[site] = modes[site].map { _ in .stateless } }
        case 1:
            for site in modes.indices { modes[site] = modes[site].map { _ in .persistent } }
        default:
            let site = Int.random(in: modes.indices, using: &chance)
            switch Int.random(in: 0..<3, using: &chance) {
            case 0: modes[site] = modes[site] == nil ? Scenario.mode(using: &chance) : nil
            case 1: modes[site] = modes[site] == .stateless ? .persistent : .stateless
            default: modes[site] = modes[site] ?? .persistent
            }
        }
        if connections.values.contains(where: { !$0.isDialIn && !$0.isAuthenticated }) {
            rarities.add(.reloadDuringDial)
        }
        var list = modes.indices.compactMap { site in
            modes[site].map { BridgeAddress(scenario.sites[site].address, mode: $0) }
        }
        if chance.oneIn(4) { list.shuffle(using: &chance) }
        reconfigure(list)
    }

    mutating func reconfigure(_ list: [BridgeAddress]) {
        let text = list.map { "\($0.address) \($0.mode)" }.joined(separator: ", ")
        tell("reload: \(text)", 47, list.count)
        checker.reconfigured(Dictionary(uniqueKeysWithValues: list.map { ($0.address, $0.mode) }))
        feed { pool, now, _, actions in pool.reconfigure(list, at: now, actions: &actions) }
    }

    private mutating func drain(using chance: inout SeededGenerator) {
        let end = now + .milliseconds(Int.random(in: 0...8_000, using: &chance))
        tell("drain until \(end.text)", 48)
        if checker.openCount > 0 { rarities.add(.drainWithPending) }
        checker.draining(until: end)
        schedule(.stop, at: end + scenario.lateness + .seconds(1))
        feed { pool, now, _, actions in pool.drain(until: end, at: now, actions: &actions) }
    }
}
