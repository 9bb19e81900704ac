public import Timekeeping

/// Bridges that dial in, and how all that leads to one bridge becomes one endpoint.
extension LinkPool {
    /// A bridge proved the secret on a connection that it opened itself. It is one logical link with what leads there already;
    /// a native bridge that has a link keeps that and loses this connection.
    ///
    /// - Returns: the connection's id from now on. It may be among those to close already.
    public mutating func dialledIn(
        _ dialIn: DialIn,
        at now: Instant,
        using generator: inout some RandomNumberGenerator,
        actions: inout [Action]
    ) -> LinkID {
        let link = makeLinkID()
        guard phase == .running else {
            actions.append(.close(link, .stopping))
            return link
        }
        if let known = endpoint(of: dialIn.bridge), let previous = endpoints[known].dialledIn {
            actions.append(.close(previous, .replaced))
            lost(previous, .lost("replaced"), at: now, using: &generator, actions: &actions)
        }
        guard let index = endpoint(of: dialIn.bridge) ?? makePlace(for: dialIn, at: now, actions: &actions) else {
            actions.append(.close(link, .tooMany))
            return link
        }
        if dialIn.isNative {
            if let dialled = self.link(endpoints[index].dialled), dialled.isReady, dialled.purpose == .pool {
                actions.append(.close(link, .duplicate))
                // If the bridge does not know of the link that we have, that one may be dead.
                doubt(dialled.id, at: now, actions: &actions)
                return link
            }
            for other in endpoints.indices
            where endpoints[other].bridge == dialIn.bridge && endpoints[other].mode == .persistent {
                abandonDial(other, actions: &actions)
            }
        }
        adopt(link, dialIn, index, at: now, actions: &actions)
        // It is alive: no reason to wait for the next dial.
        for other in endpoints.indices where endpoints[other].bridge == dialIn.bridge || endpoints[other].bridge == nil
        {
            dialSoon(other, at: now, actions: &actions)
        }
        drainWaiting(at: now, actions: &actions)
        return link
    }

    private mutating func adopt(
        _ link: LinkID,
        _ dialIn: DialIn,
        _ index: Int,
        at now: Instant,
        actions: inout [Action]
    ) {
        let state: Link.State = dialIn.isNative ? .authenticating : .ready(since: now)
        links[link] = Link(id: link, endpoint: endpoints[index].id, purpose: .dialIn, state: state)
        links[link]?.isStatelessEra = dialIn.isStatelessEra
        links[link]?.isNativeDialIn = dialIn.isNative
        endpoints[index].dialledIn = link
        timers.cancel(.forget(endpoints[index].id))
        if dialIn.isNative {
            timers.set(.opening(link), at: now + configuration.authenticationTimeout)
            actions.append(.authenticate(link))
        } else {
            let known = endpoints[index].traits
            if endpoints[index].address == nil { endpoints[index].isRefused = false }
            if dialIn.isStatelessEra {
                introduce(index, as: dialIn.bridge, BridgeTraits(era: .stateless))
            } else if let known, known.era != .native, endpoints[index].address != nil {
                introduce(index, as: dialIn.bridge, known)
            } else {
                introduce(index, as: dialIn.bridge, BridgeTraits(era: .current))
            }
            // It went back to older software: a link of before may be dead.
            if known?.era == .native, let dialled = endpoints[index].dialled {
                doubt(dialled, at: now, actions: &actions)
            }
            becameReady(link, index, at: now, actions: &actions)
        }
        for other in endpoints.indices where endpoints[other].bridge == dialIn.bridge {
            refreshStatus(other, at: now, actions: &actions)
        }
    }

    /// The endpoint that stands for a known bridge: where it has a link, else where it has dialled in, else any.
    private func endpoint(of bridge: String) -> Int? {
        let known = endpoints.indices.filter { endpoints[$0].bridge == bridge }
        return known.first { endpoints[$0].dialled != nil && hasLink(endpoints[$0]) }
            ?? known.first { endpoints[$0].dialledIn != nil }
            ?? known.first { endpoints[$0].mode == .persistent && !endpoints[$0].isRetiring }
            ?? known.first
    }

    /// An endpoint for a bridge that nothing is known of; nil if there are too many already.
    private mutating func makePlace(for dialIn: DialIn, at now: Instant, actions: inout [Action]) -> Int? {
        let unlisted = endpoints.filter { $0.address == nil }
        if unlisted.count >= PoolDefaults.maxDialInOnly {
            guard let absent = unlisted.filter({ $0.dialledIn == nil }).min(by: { $0.since < $1.since }) else {
                return nil
            }
            forget(absent.id, at: now, actions: &actions)
        }
        var endpoint = makeEndpoint(address: nil, mode: .persistent, at: now)
        endpoint.bridge = dialIn.bridge
        endpoints.append(endpoint)
        return endpoints.count - 1
    }

    // MARK: Identity

    /// A link has proved itself as the bridge's: whatever else leads to that bridge is brought together with it.
    ///
    /// - Returns: the link's endpoint; nil if the link could not stay and was closed.
    mutating func identify(
        _ known: Link,
        as bridge: String,
        _ traits: BridgeTraits?,
        at now: Instant,
        using generator: inout some RandomNumberGenerator,
        actions: inout [Action]
    ) -> Int? {
        guard let index = index(of: known.endpoint) else { return nil }
        if let former = endpoints[index].bridge, former != bridge {
            if known.purpose == .dialIn {
                actions.append(.close(known.id, .authenticationRefused))
                lost(known.id, .lost("named itself otherwise"), at: now, using: &generator, actions: &actions)
                return nil
            }
            for leftover in [endpoints[index].dialled, endpoints[index].dialledIn] {
                // It is of the bridge that lived at this address before.
                guard let leftover, leftover != known.id, links[leftover]?.isReady == true else { continue }
                actions.append(.close(leftover, .replaced))
                lost(leftover, .lost("replaced"), at: now, using: &generator, actions: &actions)
            }
        }
        guard links[known.id] != nil, let index = self.index(of: known.endpoint) else { return nil }
        // A bridge that was once seen to be of the stateless era may omit the ping that gave it away.
        let wasStateless = endpoints.contains { $0.bridge == bridge && $0.traits?.era == .stateless }
        let presumed = BridgeTraits(era: known.isStatelessEra || wasStateless ? .stateless : .current)
        introduce(index, as: bridge, traits ?? presumed)
        if known.purpose != .dialIn { fold(into: known.endpoint, at: now, actions: &actions) }
        guard links[known.id] != nil, let index = self.index(of: known.endpoint) else { return nil }
        if traits == nil, link(endpoints[index].dialledIn)?.isStatelessEra == true {
            endpoints[index].traits = BridgeTraits(era: .stateless)
        }
        return index
    }

    private mutating func introduce(_ index: Int, as bridge: String, _ traits: BridgeTraits) {
        if endpoints[index].bridge != bridge {
            // Another bridge lives at this address now; what was learned of the old one does not concern it.
            timers.cancel(.readmission(endpoints[index].id))
            endpoints[index].unprompted = .untried
            endpoints[index].outlier = OutlierDetector(
                threshold: configuration.ejectionThreshold,
                base: configuration.ejectionBase,
                cap: configuration.ejectionCap
            )
        }
        endpoints[index].bridge = bridge
        endpoints[index].traits = traits
        endpoints[index].window = max(
            1,
            min(traits.window ?? configuration.maxInFlightPerLink, PoolDefaults.largestWindow)
        )
    }

    /// A bridge that had dialled in turns out to be the one at a configured address, or one at an address that was taken out
    /// of the configuration has another there: one endpoint, one logical link.
    mutating func fold(into id: EndpointID, at now: Instant, actions: inout [Action]) {
        while let index = index(of: id), endpoints[index].address != nil, !endpoints[index].isRetiring,
            let other = endpoints.firstIndex(where: { isSame($0, as: endpoints[index]) })
        {
            absorb(other, into: index, at: now, actions: &actions)
        }
    }

    private func isSame(_ other: Endpoint, as endpoint: Endpoint) -> Bool {
        guard other.id != endpoint.id, let bridge = endpoint.bridge, other.bridge == bridge else { return false }
        return other.address == nil
            || (other.isRetiring && other.mode == .persistent && endpoint.mode == .persistent)
    }

    private mutating func absorb(_ other: Int, into index: Int, at now: Instant, actions: inout [Action]) {
        let absorbed = endpoints[other]
        let id = endpoints[index].id
        if hasLink(absorbed) {
            endpoints[index].traits = absorbed.traits
            endpoints[index].window = absorbed.window
        }
        if let link = absorbed.dialled {
            abandonDial(index, actions: &actions)
            cancelDial(index)
            endpoints[index].dialled = endpoints[index].dialled ?? link
            endpoints[index].isRefused = false
        }
        endpoints[index].dialledIn = endpoints[index].dialledIn ?? absorbed.dialledIn
        let kept = [endpoints[index].dialled, endpoints[index].dialledIn]
        for link in links.values where link.endpoint == absorbed.id {
            // Two of one kind cannot be kept; what is not kept is closed with the endpoint.
            guard kept.contains(link.id) || (link.purpose != .pool && link.purpose != .dialIn) else { continue }
            links[link.id]?.endpoint = id
        }
        for request in requests.keys { requests[request]?.rename(absorbed.id, to: id) }
        endpoints[index].inFlight += absorbed.inFlight
        endpoints[index].requests += absorbed.requests
        endpoints[index].answers += absorbed.answers
        endpoints[index].timeouts += absorbed.timeouts
        endpoints[index].busyAnswers += absorbed.busyAnswers
        endpoints[index].busyUntil = absorbed.busyUntil
        endpoints[index].outlier = absorbed.outlier
        if case .ejected(let until) = absorbed.outlier.state(at: now) { timers.set(.readmission(id), at: until) }
        removeEndpoint(other, actions: &actions)
        if let address = absorbed.address { actions.append(.notice(.removed(absorbed.id, address: address))) }
        if let index = self.index(of: id) { refreshStatus(index, at: now, actions: &actions) }
    }
}
