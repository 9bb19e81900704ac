package import Timekeeping

extension LinkPool {
    /// One configured bridge and the connection to it, if there is one.
    struct Endpoint: Sendable {
        enum State: Sendable {
            /// No connection; `redial` is armed unless the pool never started or has stopped.
            case waiting
            case dialling(LinkID)
            case authenticating(LinkID)
            case ready(ReadyLink)
        }

        let id: EndpointID
        let address: String
        var state = State.waiting
        var status = LinkStatus.disconnected
        var since = Instant.zero
        var lastError: LinkError?
        var nextAttempt: Instant?
        var lastDial: Instant?
        var backoff: Backoff
        var bridge: String?
        var busyUntil: Instant?
        var dials = 0
        var linksOpened = 0
        var pings = 0
        var requests = 0
        var roundTrip: Duration?

        init(id: EndpointID, address: String, configuration: Configuration) {
            self.id = id
            self.address = address
            backoff = Backoff(
                base: configuration.backoffBase,
                cap: configuration.backoffCap,
                jitter: configuration.backoffJitter
            )
        }

        var link: LinkID? {
            switch state {
            case .waiting: nil
            case .dialling(let link), .authenticating(let link): link
            case .ready(let ready): ready.id
            }
        }
    }

    /// An authenticated link.
    struct ReadyLink: Sendable {
        let id: LinkID
        let authenticatedAt: Instant
        var keepalive: Keepalive
        var window: Int
        var inFlight = 0
    }

    // MARK: Events

    /// The socket of a dial is open.
    package mutating func opened(_ link: LinkID, at now: Instant, actions: inout [Action]) {
        guard let index = endpointOfLink[link]?.index, case .dialling = endpoints[index].state else { return }
        endpoints[index].state = .authenticating(link)
        timers.set(.opening(endpoints[index].id), at: now + configuration.authenticationTimeout)
        actions.append(.authenticate(link))
    }

    /// The bridge accepted the secret and named itself.
    ///
    /// - Parameters:
    ///   - bridge: the bridge's node id, which is its identity whatever address it was dialled at.
    ///   - window: how many requests it takes at once, if it said so.
    package mutating func authenticated(
        _ link: LinkID,
        bridge: String,
        window: Int? = nil,
        at now: Instant,
        using generator: inout some RandomNumberGenerator,
        actions: inout [Action]
    ) {
        guard let index = endpointOfLink[link]?.index, case .authenticating = endpoints[index].state else { return }
        if let twin = endpoints.first(where: { $0.bridge == bridge && $0.id.index != index && $0.isReady }) {
            actions.append(.close(link, .duplicate))
            dropped(index, .duplicate(of: twin.id), at: now, using: &generator, actions: &actions)
            return
        }
        let id = endpoints[index].id
        let keepalive = Keepalive(
            interval: configuration.pingInterval,
            timeout: configuration.pingTimeout,
            openedAt: now
        )
        timers.cancel(.opening(id))
        timers.set(.keepalive(id), at: keepalive.firstTick)
        endpoints[index].bridge = bridge
        endpoints[index].busyUntil = nil
        endpoints[index].linksOpened += 1
        endpoints[index].state = .ready(
            ReadyLink(
                id: link,
                authenticatedAt: now,
                keepalive: keepalive,
                window: max(1, min(window ?? configuration.maxInFlightPerLink, configuration.maxInFlightPerLink))
            )
        )
        setStatus(index, .connected, error: nil, at: now, actions: &actions)
        drainWaiting(at: now, actions: &actions)
    }

    /// The bridge refused the secret. It stays out of the rotation and is tried again at the longest wait.
    package mutating func authenticationRefused(
        _ link: LinkID,
        reason: String,
        at now: Instant,
        using generator: inout some RandomNumberGenerator,
        actions: inout [Action]
    ) {
        guard let index = endpointOfLink[link]?.index, case .authenticating = endpoints[index].state else { return }
        actions.append(.close(link, .authenticationRefused))
        dropped(index, .authenticationRefused(reason), at: now, using: &generator, actions: &actions)
    }

    /// The dial failed, or the connection is gone. Unknown ids are ignored: the pool closed them itself.
    package mutating func closed(
        _ link: LinkID,
        reason: String,
        at now: Instant,
        using generator: inout some RandomNumberGenerator,
        actions: inout [Action]
    ) {
        guard let index = endpointOfLink[link]?.index else { return }
        let error: LinkError
        switch endpoints[index].state {
        case .waiting, .dialling: error = .dialFailed(reason)
        case .authenticating, .ready: error = .lost(reason)
        }
        dropped(index, error, at: now, using: &generator, actions: &actions)
    }

    /// Any frame came on the link: a sign of life.
    package mutating func heard(_ link: LinkID, at now: Instant) {
        withReadyLink(link) { $0.keepalive.heard(at: now) }
    }

    /// The answer to a ping came.
    package mutating func pongReceived(_ link: LinkID, at now: Instant) {
        guard let index = endpointOfLink[link]?.index else { return }
        var roundTrip: Duration?
        withReadyLink(link) { roundTrip = $0.keepalive.pongReceived(at: now) }
        if let roundTrip { endpoints[index].roundTrip = roundTrip }
    }

    // MARK: Reports

    /// Which bridges have a ready link, in endpoint order: their ids and links.
    package var readyLinks: [(bridge: String, link: LinkID)] {
        endpoints.compactMap { endpoint in
            guard case .ready(let ready) = endpoint.state, let bridge = endpoint.bridge else { return nil }
            return (bridge, ready.id)
        }
    }

    /// The id of the bridge at an endpoint, once it was authenticated there.
    package func bridge(of endpoint: EndpointID) -> String? {
        endpoints[endpoint.index].bridge
    }

    package var reports: [EndpointReport] {
        endpoints.map { endpoint in
            var inFlight = 0
            if case .ready(let ready) = endpoint.state { inFlight = ready.inFlight }
            return EndpointReport(
                id: endpoint.id,
                address: endpoint.address,
                bridge: endpoint.bridge,
                status: endpoint.status,
                since: endpoint.since,
                lastError: endpoint.lastError,
                nextAttempt: endpoint.nextAttempt,
                dials: endpoint.dials,
                linksOpened: endpoint.linksOpened,
                pings: endpoint.pings,
                roundTrip: endpoint.roundTrip,
                inFlight: inFlight,
                requests: endpoint.requests
            )
        }
    }

    // MARK: Steps

    mutating func dial(_ index: Int, at now: Instant, actions: inout [Action]) {
        guard !stopping, case .waiting = endpoints[index].state else { return }
        let link = makeLinkID()
        let id = endpoints[index].id
        endpointOfLink[link] = id
        endpoints[index].state = .dialling(link)
        endpoints[index].lastDial = now
        endpoints[index].nextAttempt = nil
        endpoints[index].dials += 1
        timers.cancel(.redial(id))
        timers.set(.opening(id), at: now + configuration.connectTimeout)
        actions.append(.dial(link, id))
        setStatus(index, .connecting, error: endpoints[index].lastError, at: now, actions: &actions)
    }

    /// A join found no ready bridge: whoever waits for a redial is dialled now, but at most once per second each.
    mutating func dialAllSoon(at now: Instant, actions: inout [Action]) {
        for index in endpoints.indices {
            guard case .waiting = endpoints[index].state, endpoints[index].status != .failed else { continue }
            let earliest = (endpoints[index].lastDial ?? now) + configuration.minimumRedialGap
            if earliest <= now || endpoints[index].lastDial == nil {
                dial(index, at: now, actions: &actions)
            } else if let planned = endpoints[index].nextAttempt, planned > earliest {
                endpoints[index].nextAttempt = earliest
                timers.set(.redial(endpoints[index].id), at: earliest)
            }
        }
    }

    mutating func openingTimedOut(
        _ index: Int,
        at now: Instant,
        using generator: inout some RandomNumberGenerator,
        actions: inout [Action]
    ) {
        switch endpoints[index].state {
        case .dialling(let link):
            actions.append(.close(link, .connectTimeout))
            dropped(index, .connectTimeout, at: now, using: &generator, actions: &actions)
        case .authenticating(let link):
            actions.append(.close(link, .authenticationTimeout))
            dropped(index, .authenticationTimeout, at: now, using: &generator, actions: &actions)
        case .waiting, .ready:
            break
        }
    }

    mutating func keepaliveDue(
        _ index: Int,
        at now: Instant,
        using generator: inout some RandomNumberGenerator,
        actions: inout [Action]
    ) {
        guard case .ready(var ready) = endpoints[index].state else { return }
        let decision = ready.keepalive.tick(at: now)
        endpoints[index].state = .ready(ready)
        switch decision {
        case .ping(let next):
            endpoints[index].pings += 1
            timers.set(.keepalive(endpoints[index].id), at: next)
            actions.append(.ping(ready.id))
        case .wait(let until):
            timers.set(.keepalive(endpoints[index].id), at: until)
        case .giveUp(let silence):
            actions.append(.close(ready.id, .silent))
            dropped(index, .silent(silence), at: now, using: &generator, actions: &actions)
        }
    }

    /// The connection of an endpoint is over: plans the redial and moves its requests.
    private mutating func dropped(
        _ index: Int,
        _ error: LinkError,
        at now: Instant,
        using generator: inout some RandomNumberGenerator,
        actions: inout [Action]
    ) {
        if case .ready(let ready) = endpoints[index].state,
            now - ready.authenticatedAt >= configuration.stableAfter
        {
            endpoints[index].backoff.reset()
        }
        guard let link = detachLink(index) else { return }
        let id = endpoints[index].id
        let wait: Duration
        let status: LinkStatus
        switch error {
        case .authenticationRefused:
            wait = endpoints[index].backoff.longest(using: &generator)
            status = .failed
        case .duplicate:
            wait = endpoints[index].backoff.longest(using: &generator)
            status = .disconnected
        case .dialFailed, .connectTimeout, .authenticationTimeout, .silent, .lost:
            wait = endpoints[index].backoff.next(using: &generator)
            status = .disconnected
        }
        endpoints[index].nextAttempt = now + wait
        timers.set(.redial(id), at: now + wait)
        setStatus(index, status, error: error, at: now, actions: &actions)
        moveRequests(from: link, at: now, actions: &actions)
    }

    /// Forgets the endpoint's connection and its timers; answers the id it had.
    mutating func detachLink(_ index: Int) -> LinkID? {
        guard let link = endpoints[index].link else { return nil }
        endpoints[index].state = .waiting
        endpointOfLink[link] = nil
        timers.cancel(.opening(endpoints[index].id))
        timers.cancel(.keepalive(endpoints[index].id))
        return link
    }

    mutating func setStatus(
        _ index: Int,
        _ status: LinkStatus,
        error: LinkError?,
        at now: Instant,
        actions: inout [Action]
    ) {
        endpoints[index].lastError = error
        guard endpoints[index].status != status else { return }
        endpoints[index].status = status
        endpoints[index].since = now
        actions.append(.statusChanged(endpoints[index].id, status))
    }

    mutating func withReadyLink(_ link: LinkID, _ body: (inout ReadyLink) -> Void) {
        guard let index = endpointOfLink[link]?.index, case .ready(var ready) = endpoints[index].state else { return }
        body(&ready)
        endpoints[index].state = .ready(ready)
    }
}

extension LinkPool.Endpoint {
    var isReady: Bool {
        if case .ready = state { true } else { false }
    }
}
