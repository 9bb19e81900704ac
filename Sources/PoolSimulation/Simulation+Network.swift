import DHTTestKit
import LinkCore
import Timekeeping

/// What the pool asks for, and what becomes of it.
extension Simulation {
    mutating func perform(_ action: LinkPool.Action) {
        switch action {
        case .dial(let link, let endpoint, let address): dialled(link, endpoint, address)
        case .authenticate(let link): authenticating(link)
        case .send(let id, let join, let link, _):
            tell("    send \(id.short) (join \(join)) on \(link.value)", 11, Int(link.value))
            hash.absorb(id.low)
            asked(id, on: link)
        case .withdraw(let id, let link):
            tell("    withdraw \(id.short) on \(link.value)", 12, Int(link.value))
            rarities.add(.withdrawSent)
        case .ping(let link, let asksLoad):
            tell("    ping \(link.value)", 13, Int(link.value))
            pinged(link, asksLoad: asksLoad)
        case .errandReady(let link):
            tell("    errand ready on \(link.value)", 14, Int(link.value))
            rarities.add(.errandServed)
        case .close(let link, let reason):
            tell("    close \(link.value), \(reason)", 15, Int(link.value))
            if reason == .silent { watch.closedSilent = true }
            closedByPool(link, reason)
        case .finish(let id, let join, let outcome, let receipt):
            tell(
                "    finish \(id.short) (join \(join)): \(outcome.text), \(receipt.attempts) attempts",
                16,
                Int(join.value)
            )
            hash.absorb(receipt.attempts)
            finished(id, outcome, receipt)
        case .statusChanged(let change):
            tell("    endpoint \(change.endpoint.value) \(change.status)", 17, change.endpoint.value)
        case .notice(let notice):
            tell("    \(notice)", 18)
            noticed(notice)
        case .drained:
            tell("    drained", 19)
            schedule(.stop, at: now + .milliseconds(10))
        }
    }

    // MARK: Connections

    private mutating func dialled(_ link: LinkID, _ endpoint: EndpointID, _ address: String) {
        dials += 1
        let site = scenario.sites.firstIndex { $0.address == address }
        let resident = site.flatMap { residents[$0] }
        let name = trace.isKept ? name(of: resident) : ""
        tell("    dial \(link.value): endpoint \(endpoint.value) at \(address), \(name)", 10, Int(link.value))
        if watch.aliases.contains(endpoint) { rarities.add(.aliasReleased) }
        var chance = draw(.dial, dials)
        let isUp = resident.map { bridges[$0].isUp } ?? false
        connections[link] = Connection(
            id: link,
            bridge: resident,
            generation: resident.map { bridges[$0].generation } ?? 0,
            isDialIn: false,
            endpoint: endpoint,
            isStatelessMode: site.flatMap { modes[$0] } == .stateless
        )
        let quick = Duration.microseconds(Int64.random(in: 0...30_000, using: &chance))
        if isCalm {
            schedule(.dialEnds(link, succeeds: isUp), at: now + .milliseconds(1))
        } else if chance.oneIn(isUp ? 30 : 5) {
            // Nobody answers, and nobody says so.
        } else if !isUp || chance.oneIn(15) {
            schedule(.dialEnds(link, succeeds: false), at: now + quick)
        } else {
            let slow = chance.oneIn(20) ? Duration.milliseconds(Int.random(in: 100...12_000, using: &chance)) : quick
            schedule(.dialEnds(link, succeeds: true), at: now + slow)
        }
    }

    private mutating func authenticating(_ link: LinkID) {
        tell("    authenticate \(link.value)", 20, Int(link.value))
        guard let connection = connections[link], let bridge = connection.bridge, !connection.isSilent else { return }
        var chance = draw(.authentication, Int(link.value))
        if isCalm {
            if bridges[bridge].script.era == .stateless { schedule(.earlyPing(link), at: now + .milliseconds(1)) }
            schedule(.authenticationEnds(link), at: now + .milliseconds(2))
            return
        }
        if chance.oneIn(30) { return }
        var wait = Duration.microseconds(Int64.random(in: 0...60_000, using: &chance))
        if chance.oneIn(15) { wait = .milliseconds(Int.random(in: 500...6_000, using: &chance)) }
        if bridges[bridge].script.era == .stateless {
            schedule(.earlyPing(link), at: now + wait / 2)
        }
        schedule(.authenticationEnds(link), at: now + wait)
    }

    private mutating func pinged(_ link: LinkID, asksLoad: Bool) {
        guard let connection = connections[link], !connection.isSilent else { return }
        var chance = draw(.pong, Int(link.value), steps)
        let isSlow = !isCalm && chance.oneIn(25)
        let wait: Int = isSlow ? .random(in: 1_000...12_000, using: &chance) : .random(in: 0...80, using: &chance)
        schedule(.pong(link, withLoad: asksLoad), at: now + .milliseconds(wait))
    }

    private mutating func closedByPool(_ link: LinkID, _ reason: LinkClosing) {
        guard let connection = connections.removeValue(forKey: link) else { return }
        buried.append(link)
        if buried.count > 8 { buried.removeFirst() }
        guard let bridge = connection.bridge else { return }
        lostDialIn(bridge, link, after: reason == .duplicate ? .seconds(30) : nil)
        // Some transports report the end of a connection that was closed on purpose.
        var chance = draw(.closing, Int(link.value))
        if chance.oneIn(3) { schedule(.closed(link), at: now + .milliseconds(1)) }
    }

    mutating func lostDialIn(_ bridge: Int, _ link: LinkID, after wait: Duration? = nil) {
        guard bridges[bridge].dialIn == link else { return }
        bridges[bridge].dialIn = nil
        if bridges[bridge].script.dialsIn { planDialIn(bridge, after: wait) }
    }

    mutating func planDialIn(_ bridge: Int, after wait: Duration? = nil) {
        guard !bridges[bridge].isDialInPlanned else { return }
        bridges[bridge].isDialInPlanned = true
        var chance = draw(.dialIn, bridge, steps)
        let pause = wait ?? .milliseconds(Int.random(in: 0...5_000, using: &chance))
        schedule(.dialsIn(bridge), at: now + pause)
    }

    // MARK: Requests

    private mutating func asked(_ id: RequestID, on link: LinkID) {
        guard let connection = connections[link], let bridge = connection.bridge else { return }
        recent.append((id, bridge))
        if recent.count > 32 { recent.removeFirst() }
        bridges[bridge].questions += 1
        guard !connection.isSilent else { return }
        var chance = draw(.answer, bridge, bridges[bridge].questions)
        let script = bridges[bridge].script
        var answer = Answer(
            id: id,
            asked: link,
            askedAt: now,
            bridge: bridge,
            generation: bridges[bridge].generation,
            kind: .success
        )
        if isCalm {
            schedule(.answer(answer), at: now + .milliseconds(1))
            return
        }
        if chance.oneIn(60) {
            schedule(.closed(link), at: now + .microseconds(Int64.random(in: 0...5_000, using: &chance)))
        }
        let temper = script.temper
        var ticket = Int.random(in: 0..<100, using: &chance)
        func falls(_ share: Int) -> Bool {
            ticket -= share
            return ticket < 0
        }
        var isLate = false
        if bridges[bridge].wedgedUntil > now || falls(temper.silent) {
            return
        } else if falls(temper.refuses) {
            answer.kind = .refused
        } else if falls(temper.busy) {
            answer.kind = .busy
        } else if falls(temper.unusable) {
            answer.kind = .unusable
        } else if falls(temper.dawdles) {
            isLate = true
        }
        let wait = latency(of: script, isLate: isLate, using: &chance)
        schedule(.answer(answer), at: now + wait)
        if Int.random(in: 0..<100, using: &chance) < temper.repeats {
            let gap = chance.oneIn(2) ? Duration.zero : .milliseconds(Int.random(in: 0...4_000, using: &chance))
            schedule(.answer(answer), at: now + wait + gap)
        }
    }

    private func latency(of script: ScriptedBridge, isLate: Bool, using chance: inout SeededGenerator) -> Duration {
        let timeout =
            script.era == .native
            ? scenario.configuration.attemptTimeout : scenario.configuration.existingEraAttemptTimeout
        // On the very instant at which the pool loses patience.
        if chance.oneIn(25) { return timeout }
        if isLate {
            let longest = chance.oneIn(4) ? 60_000 : 9_000
            return .milliseconds(Int.random(in: 500...longest, using: &chance))
        }
        if script.era == .current, chance.oneIn(2) { return chance.oneIn(6) ? .seconds(6) : .seconds(3) }
        if chance.oneIn(10) { return .zero }
        return .microseconds(Int64.random(in: 0...(chance.oneIn(5) ? 500_000 : 20_000), using: &chance))
    }

    private mutating func finished(_ id: RequestID, _ outcome: LinkPool.Outcome, _ receipt: LinkPool.Receipt) {
        switch outcome {
        case .answered:
            if receipt.moves > 0 {
                rarities.add(.moveSucceeded)
            } else if receipt.attempts > 1 {
                rarities.add(.failoverSucceeded)
            }
        case .failed(.busy):
            if let submitted = watch.submitted, submitted != id { rarities.add(.greedySourceDisplaced) }
        case .failed(.stopping):
            if !isStopped, let end = checker.drainEnd, end <= now { rarities.add(.drainTimeUp) }
        case .failed(.noBridge), .failed(.timedOut), .failed(.refused), .failed(.unusable):
            break
        }
    }

    private mutating func noticed(_ notice: PoolNotice) {
        switch notice {
        case .ejected: rarities.add(.ejected)
        case .readmitted: rarities.add(.readmitted)
        case .removed: watch.sawRemoval = true
        case .lastBridgeFailing: break
        }
    }

    func name(of bridge: Int?) -> String {
        bridge.map { "\(bridges[$0].script.node) (\(bridges[$0].script.era))" } ?? "nobody"
    }
}

extension RequestID {
    /// Enough of it to tell requests apart in a trace.
    var short: String { String(description.prefix(8)) }
}

extension LinkPool.Outcome {
    var text: String {
        switch self {
        case .answered(_, let endpoint): "answered by \(endpoint.value)"
        case .failed(let failure): "\(failure)"
        }
    }
}
