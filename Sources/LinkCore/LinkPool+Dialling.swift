public import Timekeeping

extension LinkPool {
    // MARK: Events

    /// The socket of a dial is open.
    public mutating func opened(_ link: LinkID, at now: Instant, actions: inout [Action]) {
        guard links[link]?.state == .dialling else { return }
        links[link]?.state = .authenticating
        timers.set(.opening(link), at: now + configuration.authenticationTimeout)
        actions.append(.authenticate(link))
    }

    /// The bridge pinged, in JSON.
    public mutating func pinged(_ link: LinkID, at now: Instant) {
        heard(link, at: now)
        if links[link]?.state == .authenticating { links[link]?.isStatelessEra = true }
    }

    /// The bridge accepted the secret and named itself.
    ///
    /// - Parameters:
    ///   - bridge: the bridge's node id, which is its identity whatever address it was dialled at.
    ///   - traits: what it announced; nil if it announced nothing, as bridges of the existing network.
    public mutating func authenticated(
        _ link: LinkID,
        bridge: String,
        traits: BridgeTraits? = nil,
        at now: Instant,
        using generator: inout some RandomNumberGenerator,
        actions: inout [Action]
    ) {
        guard let known = links[link], known.state == .authenticating else { return }
        timers.cancel(.opening(link))
        guard let index = identify(known, as: bridge, traits, at: now, using: &generator, actions: &actions) else {
            drainWaiting(at: now, actions: &actions)
            return
        }
        endpoints[index].isRefused = false
        // It may be another program now, which deserves another trial.
        if endpoints[index].unprompted == .silent, known.purpose == .pool || known.purpose == .trial {
            endpoints[index].unprompted = .untried
        }
        switch known.purpose {
        case .pool, .dialIn:
            if let holder = endpoints.first(where: { $0.bridge == bridge && hasLink($0) }) {
                closeDuplicate(link, of: index, at: now, actions: &actions)
                // Whoever has just answered may have been started anew: then the link that stays is dead.
                for kept in [holder.dialled, holder.dialledIn].compactMap(\.self) {
                    doubt(kept, at: now, actions: &actions)
                }
            } else {
                becameReady(link, index, at: now, actions: &actions)
                releaseDials(to: bridge, at: now, actions: &actions)
            }
        case .request(let id):
            foundReachable(index, at: now)
            links[link]?.state = .ready(since: now)
            put(id, on: link, to: index, at: now, actions: &actions)
        case .errand:
            foundReachable(index, at: now)
            links[link]?.state = .ready(since: now)
            timers.set(.opening(link), at: now + PoolDefaults.errandTime)
            actions.append(.errandReady(link))
        case .trial:
            foundReachable(index, at: now)
            links[link]?.state = .ready(since: now)
            timers.set(.opening(link), at: now + PoolDefaults.errandTime)
        }
        refreshStatus(index, at: now, actions: &actions)
        drainWaiting(at: now, actions: &actions)
        if known.purpose != .dialIn, links[link] != nil, let own = self.index(of: known.endpoint),
            endpoints[own].traits?.era == .native, let leftover = endpoints[own].dialledIn,
            links[leftover]?.isReady == true
        {
            // A native bridge has no other link beside this one: that is of the software it was before.
            actions.append(.close(leftover, .replaced))
            lost(leftover, .lost("replaced"), at: now, using: &generator, actions: &actions)
        }
    }

    /// The bridge refused the secret. It stays out of the rotation and is tried again at the longest wait.
    public mutating func authenticationRefused(
        _ link: LinkID,
        reason: String,
        at now: Instant,
        using generator: inout some RandomNumberGenerator,
        actions: inout [Action]
    ) {
        guard links[link]?.state == .authenticating else { return }
        actions.append(.close(link, .authenticationRefused))
        lost(link, .authenticationRefused(reason), at: now, using: &generator, actions: &actions)
    }

    /// The dial failed, or the connection is gone. Unknown ids are ignored: the pool closed them itself.
    public mutating func closed(
        _ link: LinkID,
        reason: String,
        at now: Instant,
        using generator: inout some RandomNumberGenerator,
        actions: inout [Action]
    ) {
        guard let known = links[link] else { return }
        let error: LinkError = known.state == .dialling ? .dialFailed(reason) : .lost(reason)
        lost(link, error, at: now, using: &generator, actions: &actions)
    }

    /// Asks for a connection on which something other than a request can be said to a bridge.
    ///
    /// - Returns: one that is ready now; or, in stateless mode, one that `errandReady` will name; nil if there is none, or none
    ///   on which the bridge would survive it (protocol.md 3.6).
    public mutating func errand(to bridge: String, at now: Instant, actions: inout [Action]) -> LinkID? {
        if let linked = endpoints.first(where: { $0.bridge == bridge && isInvitable($0) && $0.mode == .persistent }) {
            if let dialled = link(linked.dialled), dialled.isReady { return dialled.id }
            return linked.dialledIn
        }
        guard
            let index = endpoints.firstIndex(where: {
                $0.bridge == bridge && $0.mode == .stateless && $0.isReachable && !$0.isRetiring
            }),
            let address = endpoints[index].address,
            links.values.count(where: { $0.purpose == .errand && $0.endpoint == endpoints[index].id })
                < PoolDefaults.maxErrands
        else { return nil }
        return open(.errand, index, address, at: now, actions: &actions)
    }

    /// Any frame came on the link: a sign of life.
    public mutating func heard(_ link: LinkID, at now: Instant) {
        links[link]?.keepalive?.heard(at: now)
        if links[link]?.isSuspect == true { links[link]?.isSuspect = false }
    }

    /// The answer to a ping came.
    public mutating func pongReceived(_ link: LinkID, load: LoadReport? = nil, at now: Instant) {
        guard let known = links[link], let index = index(of: known.endpoint) else { return }
        links[link]?.isSuspect = false
        if let roundTrip = links[link]?.keepalive?.pongReceived(at: now) { endpoints[index].roundTrip = roundTrip }
        if let load { endpoints[index].load = load }
    }

    /// The other end reads slower than we write, or again as fast.
    public mutating func writabilityChanged(
        _ link: LinkID,
        isWritable: Bool,
        at now: Instant,
        actions: inout [Action]
    ) {
        guard links[link] != nil else { return }
        links[link]?.isWritable = isWritable
        if isWritable { drainWaiting(at: now, actions: &actions) }
    }

    // MARK: Dialling

    mutating func dial(_ index: Int, at now: Instant, actions: inout [Action]) {
        let endpoint = endpoints[index]
        guard phase != .stopped, endpoint.dialled == nil, !endpoint.isRetiring, let address = endpoint.address else {
            return
        }
        cancelDial(index)
        switch obstacle(toDialling: endpoint) {
        case .linked:
            refreshStatus(index, at: now, actions: &actions)
        case .trying:
            planDial(index, at: now + configuration.minimumRedialGap)
            refreshStatus(index, at: now, actions: &actions)
        case nil:
            let purpose: Link.Purpose = endpoint.mode == .persistent ? .pool : .trial
            endpoints[index].lastDial = now
            endpoints[index].dialled = open(purpose, index, address, at: now, actions: &actions)
            refreshStatus(index, at: now, actions: &actions)
        }
    }

    /// Dials a new connection of the endpoint.
    mutating func open(
        _ purpose: Link.Purpose,
        _ index: Int,
        _ address: String,
        at now: Instant,
        actions: inout [Action]
    ) -> LinkID {
        let link = makeLinkID()
        links[link] = Link(id: link, endpoint: endpoints[index].id, purpose: purpose, state: .dialling)
        endpoints[index].dials += 1
        counters.dials += 1
        timers.set(.opening(link), at: now + configuration.connectTimeout)
        actions.append(.dial(link, endpoints[index].id, address: address))
        return link
    }

    /// A join found no ready bridge: whoever waits for a redial is dialled now, but at most once per second each.
    mutating func dialAllSoon(at now: Instant, actions: inout [Action]) {
        for index in endpoints.indices { dialSoon(index, at: now, actions: &actions) }
    }

    /// Cuts the wait of an endpoint short. Not of one that refused the secret: knocking more often will not change its mind.
    mutating func dialSoon(_ index: Int, at now: Instant, actions: inout [Action]) {
        let endpoint = endpoints[index]
        guard endpoint.dialled == nil, !endpoint.isRefused, let planned = endpoint.nextAttempt else { return }
        let earliest = endpoint.lastDial.map { $0 + configuration.minimumRedialGap } ?? now
        if earliest <= now {
            dial(index, at: now, actions: &actions)
        } else if planned > earliest {
            planDial(index, at: earliest)
        }
    }

    mutating func planDial(_ index: Int, at instant: Instant) {
        guard endpoints[index].address != nil, !endpoints[index].isRetiring, phase != .stopped else { return }
        endpoints[index].nextAttempt = instant
        timers.set(.redial(endpoints[index].id), at: instant)
    }

    mutating func cancelDial(_ index: Int) {
        endpoints[index].nextAttempt = nil
        timers.cancel(.redial(endpoints[index].id))
    }

    /// The bridge has its link: no other way to it is tried until that is lost.
    private mutating func releaseDials(to bridge: String, at now: Instant, actions: inout [Action]) {
        for index in endpoints.indices where endpoints[index].bridge == bridge && endpoints[index].dialled == nil {
            guard case .linked = obstacle(toDialling: endpoints[index]) else { continue }
            cancelDial(index)
            refreshStatus(index, at: now, actions: &actions)
        }
    }

    /// The bridge has its link already: this one is not kept, and its endpoint waits until that link is lost.
    private mutating func closeDuplicate(_ link: LinkID, of index: Int, at now: Instant, actions: inout [Action]) {
        discard(link, .duplicate, actions: &actions)
        if endpoints[index].dialled == link { endpoints[index].dialled = nil }
        if endpoints[index].dialledIn == link {
            endpoints[index].dialledIn = nil
            if endpoints[index].address == nil {
                timers.set(.forget(endpoints[index].id), at: now + PoolDefaults.dialInMemory)
            }
        }
        if endpoints[index].dialled == nil, endpoints[index].mode == .persistent { cancelDial(index) }
    }

    // MARK: Becoming ready

    mutating func becameReady(_ link: LinkID, _ index: Int, at now: Instant, actions: inout [Action]) {
        let keepalive = Keepalive(
            interval: configuration.pingInterval,
            timeout: configuration.pingTimeout,
            openedAt: now
        )
        links[link]?.state = .ready(since: now)
        links[link]?.keepalive = keepalive
        timers.set(.keepalive(link), at: keepalive.firstTick)
        endpoints[index].busyUntil = nil
        endpoints[index].linksOpened += 1
        counters.linksOpened += 1
    }

    private mutating func foundReachable(_ index: Int, at now: Instant) {
        endpoints[index].isReachable = true
        endpoints[index].linksOpened += 1
        endpoints[index].backoff.reset()
        counters.linksOpened += 1
        if endpoints[index].dialled == nil { planDial(index, at: now + configuration.pingInterval) }
    }

    /// Gives up a dial of the pool that is under way.
    mutating func abandonDial(_ index: Int, actions: inout [Action]) {
        guard let link = endpoints[index].dialled, links[link]?.isReady == false else { return }
        endpoints[index].dialled = nil
        discard(link, .duplicate, actions: &actions)
    }

    /// Closes a link on which nothing is in flight.
    mutating func discard(_ link: LinkID, _ reason: LinkClosing, actions: inout [Action]) {
        links[link] = nil
        timers.cancel(.opening(link))
        timers.cancel(.keepalive(link))
        actions.append(.close(link, reason))
    }
}
