import Timekeeping

/// How links end.
extension LinkPool {
    mutating func openingTimedOut(
        _ link: LinkID,
        at now: Instant,
        using generator: inout some RandomNumberGenerator,
        actions: inout [Action]
    ) {
        guard let known = links[link] else { return }
        switch known.state {
        case .dialling:
            actions.append(.close(link, .connectTimeout))
            lost(link, .connectTimeout, at: now, using: &generator, actions: &actions)
        case .authenticating:
            actions.append(.close(link, .authenticationTimeout))
            lost(link, .authenticationTimeout, at: now, using: &generator, actions: &actions)
        case .ready:
            // A trial or an errand has served its purpose.
            discard(link, .done, actions: &actions)
            guard let index = index(of: known.endpoint), endpoints[index].dialled == link else { return }
            endpoints[index].dialled = nil
            planDial(index, at: now + configuration.pingInterval)
        }
    }

    mutating func keepaliveDue(
        _ link: LinkID,
        at now: Instant,
        using generator: inout some RandomNumberGenerator,
        actions: inout [Action]
    ) {
        guard let decision = links[link]?.keepalive?.tick(at: now) else { return }
        switch decision {
        case .ping(let next):
            ping(link, next: next, actions: &actions)
        case .wait(let until):
            timers.set(.keepalive(link), at: until)
        case .giveUp(let silence):
            actions.append(.close(link, .silent))
            lost(link, .silent(silence), at: now, using: &generator, actions: &actions)
        }
    }

    /// A request timed out and nothing was heard since it was sent: the link may be dead. It leaves the rotation, and a ping
    /// that has ten seconds decides.
    mutating func suspect(_ link: LinkID, at now: Instant, actions: inout [Action]) {
        guard links[link]?.isReady == true else { return }
        links[link]?.isSuspect = true
        doubt(link, at: now, actions: &actions)
    }

    mutating func doubt(_ link: LinkID, at now: Instant, actions: inout [Action]) {
        guard let next = links[link]?.keepalive?.pingNow(at: now) else { return }
        ping(link, next: next, actions: &actions)
    }

    private mutating func ping(_ link: LinkID, next: Instant, actions: inout [Action]) {
        guard let known = links[link], let index = index(of: known.endpoint) else { return }
        endpoints[index].pings += 1
        timers.set(.keepalive(link), at: next)
        actions.append(.ping(link, asksLoad: endpoints[index].traits?.reportsLoad == true))
    }

    /// A connection is over: what leads to the bridge otherwise takes over, a redial is planned, requests move.
    mutating func lost(
        _ link: LinkID,
        _ error: LinkError,
        at now: Instant,
        using generator: inout some RandomNumberGenerator,
        actions: inout [Action]
    ) {
        guard let known = links.removeValue(forKey: link), let index = index(of: known.endpoint) else { return }
        timers.cancel(.opening(link))
        timers.cancel(.keepalive(link))
        if known.isReady { counters.linksLost += 1 }
        let bridge = endpoints[index].bridge
        switch known.purpose {
        case .trial where known.isReady:
            // It was there, which is all that was asked.
            endpoints[index].dialled = nil
            planDial(index, at: now + configuration.pingInterval)
        case .pool, .trial:
            if case .ready(let since) = known.state, now - since >= configuration.stableAfter {
                endpoints[index].backoff.reset()
            }
            endpoints[index].dialled = nil
            endpoints[index].isReachable = false
            endpoints[index].lastError = error
            endpoints[index].isRefused = error.isRefusal
            planRedial(index, after: error, at: now, using: &generator)
        case .dialIn:
            endpoints[index].dialledIn = nil
            if error.isRefusal { endpoints[index].isRefused = true }
            if error.isRefusal || !endpoints[index].isRefused { endpoints[index].lastError = error }
            if endpoints[index].address == nil {
                timers.set(.forget(endpoints[index].id), at: now + PoolDefaults.dialInMemory)
            } else if endpoints[index].dialled == nil, endpoints[index].nextAttempt == nil {
                // Its own link was why we did not dial.
                planDial(index, at: earliestDial(index, from: now))
            }
        case .request, .errand:
            // One lost connection of many says little; one that never came about says that the bridge is gone.
            // The first such news counts; the many others that were on their way there are the same failure.
            if !known.isReady, endpoints[index].mode == .stateless, endpoints[index].isReachable {
                endpoints[index].isReachable = false
                endpoints[index].lastError = error
                endpoints[index].isRefused = error.isRefusal
                if endpoints[index].dialled == nil { planRedial(index, after: error, at: now, using: &generator) }
            }
        }
        refreshStatus(index, at: now, actions: &actions)
        if let bridge { releaseAliases(of: bridge, at: now, actions: &actions) }
        moveRequests(from: known, at: now, actions: &actions)
        drainWaiting(at: now, actions: &actions)
        settle(at: now, actions: &actions)
    }

    private mutating func planRedial(
        _ index: Int,
        after error: LinkError,
        at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) {
        let wait =
            error.isRefusal
            ? endpoints[index].backoff.longest(using: &generator) : endpoints[index].backoff.next(using: &generator)
        planDial(index, at: now + wait)
    }

    func earliestDial(_ index: Int, from now: Instant) -> Instant {
        let gap = endpoints[index].isRefused ? configuration.backoffCap : configuration.minimumRedialGap
        return max(now, endpoints[index].lastDial.map { $0 + gap } ?? now)
    }

    /// Other addresses of a bridge that has lost its link are ways to it now.
    mutating func releaseAliases(of bridge: String, at now: Instant, actions: inout [Action]) {
        for index in endpoints.indices where endpoints[index].bridge == bridge {
            let endpoint = endpoints[index]
            guard endpoint.address != nil, endpoint.dialled == nil, endpoint.mode == .persistent else { continue }
            if case .linked = obstacle(toDialling: endpoint) { continue }
            refreshStatus(index, at: now, actions: &actions)
            if endpoint.nextAttempt == nil { planDial(index, at: earliestDial(index, from: now)) }
        }
    }
}
