public import Timekeeping

/// Reload, drain and stop.
extension LinkPool {
    /// The configuration names these bridges now. Those that stay keep their links and what is in flight; new ones are dialled;
    /// those that are gone get no new request, and are closed when the last answer has come.
    public mutating func reconfigure(_ bridges: [BridgeAddress], at now: Instant, actions: inout [Action]) {
        guard phase == .running else { return }
        let next = endpoints.indices.contains(rotation) ? endpoints[rotation].id : nil
        var wanted: [BridgeAddress] = []
        for bridge in bridges where !wanted.contains(where: { $0.address == bridge.address }) { wanted.append(bridge) }
        for id in endpoints.map(\.id) {
            guard let index = index(of: id), let address = endpoints[index].address else { continue }
            if let kept = wanted.first(where: { $0.address == address }) {
                endpoints[index].isRetiring = false
                if kept.mode != endpoints[index].mode { change(index, to: kept.mode, at: now, actions: &actions) }
            } else {
                retire(index, actions: &actions)
            }
        }
        for bridge in wanted where !endpoints.contains(where: { $0.address == bridge.address }) {
            endpoints.append(makeEndpoint(address: bridge.address, mode: bridge.mode, at: now))
        }
        let order = wanted.map(\.address)
        func place(_ endpoint: Endpoint) -> Int { order.firstIndex { $0 == endpoint.address } ?? order.count }
        endpoints.sort { (place($0), $0.id) < (place($1), $1.id) }
        rotation = next.flatMap { index(of: $0) } ?? 0
        for id in endpoints.map(\.id) { fold(into: id, at: now, actions: &actions) }
        settle(at: now, actions: &actions)
        for id in endpoints.map(\.id) {
            // One may have taken over the link of an address that was removed.
            guard let index = index(of: id), endpoints[index].dialled == nil, endpoints[index].nextAttempt == nil else {
                continue
            }
            let earliest = earliestDial(index, from: now)
            if endpoints[index].isRefused, earliest > now {
                planDial(index, at: earliest)
            } else {
                dial(index, at: now, actions: &actions)
            }
        }
        drainWaiting(at: now, actions: &actions)
    }

    /// Accepts nothing new from now on. What is in flight has until `end`; `drained` says that the last has ended.
    public mutating func drain(until end: Instant, at now: Instant, actions: inout [Action]) {
        guard phase == .running else { return }
        phase = .draining
        timers.set(.drainEnd, at: end)
        drainedIfEmpty(actions: &actions)
    }

    /// Ends every request and closes every link. The pool accepts nothing afterwards.
    public mutating func stop(at now: Instant, actions: inout [Action]) {
        phase = .stopped
        endRequests(at: now, actions: &actions)
        for link in links.keys.sorted(by: { $0.value < $1.value }) { discard(link, .stopping, actions: &actions) }
        for index in endpoints.indices {
            timers.cancel(.redial(endpoints[index].id))
            timers.cancel(.readmission(endpoints[index].id))
            timers.cancel(.forget(endpoints[index].id))
            endpoints[index].nextAttempt = nil
            endpoints[index].dialled = nil
            endpoints[index].dialledIn = nil
            endpoints[index].isReachable = false
            refreshStatus(index, at: now, actions: &actions)
        }
        timers.cancel(.drainEnd)
    }

    // MARK: Steps

    /// The time for what was in flight is up.
    mutating func endDrain(at now: Instant, actions: inout [Action]) {
        endRequests(at: now, actions: &actions)
        actions.append(.drained)
    }

    private mutating func endRequests(at now: Instant, actions: inout [Action]) {
        for pending in requests.values.sorted(by: { $0.sequence < $1.sequence }) {
            finish(pending, .failed(.stopping), at: now, actions: &actions)
        }
    }

    mutating func drainedIfEmpty(actions: inout [Action]) {
        guard phase == .draining, requests.isEmpty, timers.contains(.drainEnd) else { return }
        timers.cancel(.drainEnd)
        actions.append(.drained)
    }

    private mutating func change(_ index: Int, to mode: LinkMode, at now: Instant, actions: inout [Action]) {
        endpoints[index].mode = mode
        endpoints[index].isReachable = mode == .stateless && link(endpoints[index].dialled)?.isReady == true
        cancelDial(index)
        // A dial under way serves the other mode; a link with requests on it is closed when they have ended.
        if let dialled = link(endpoints[index].dialled), dialled.inFlight == 0 {
            endpoints[index].dialled = nil
            discard(dialled.id, .reconfigured, actions: &actions)
        }
        isUnsettled = true
        refreshStatus(index, at: now, actions: &actions)
        if mode == .stateless, let bridge = endpoints[index].bridge {
            releaseAliases(of: bridge, at: now, actions: &actions)
        }
    }

    private mutating func retire(_ index: Int, actions: inout [Action]) {
        endpoints[index].isRetiring = true
        isUnsettled = true
        cancelDial(index)
        if let dialled = link(endpoints[index].dialled), !dialled.isReady {
            endpoints[index].dialled = nil
            discard(dialled.id, .reconfigured, actions: &actions)
        }
    }

    /// What was to happen once the last request of a bridge had ended: the end of a removed one, the change of a link's mode.
    mutating func settle(at now: Instant, actions: inout [Action]) {
        guard isUnsettled else { return }
        isUnsettled = false
        for id in endpoints.map(\.id) {
            guard let index = index(of: id) else { continue }
            if endpoints[index].mode == .stateless, let dialled = link(endpoints[index].dialled),
                dialled.purpose == .pool
            {
                if dialled.inFlight == 0 {
                    endpoints[index].dialled = nil
                    discard(dialled.id, .reconfigured, actions: &actions)
                    planDial(index, at: now + configuration.pingInterval)
                    if let bridge = endpoints[index].bridge { releaseAliases(of: bridge, at: now, actions: &actions) }
                } else {
                    isUnsettled = true
                }
            }
            guard endpoints[index].isRetiring else { continue }
            guard endpoints[index].inFlight == 0 else {
                isUnsettled = true
                continue
            }
            let bridge = endpoints[index].bridge
            let address = endpoints[index].address
            if let dialled = endpoints[index].dialled {
                endpoints[index].dialled = nil
                discard(dialled, .reconfigured, actions: &actions)
            }
            if endpoints[index].dialledIn != nil {
                // It dialled in: it stays, as one that is not configured.
                endpoints[index].address = nil
                // What the dialled link showed of its era goes with that: on its own link it answers, or is of no use.
                if endpoints[index].traits?.era == .stateless, link(endpoints[index].dialledIn)?.isStatelessEra == false
                {
                    endpoints[index].traits = BridgeTraits(era: .current)
                }
                endpoints[index].mode = .persistent
                endpoints[index].isRetiring = false
                refreshStatus(index, at: now, actions: &actions)
            } else {
                removeEndpoint(index, actions: &actions)
            }
            actions.append(.notice(.removed(id, address: address)))
            if let bridge { releaseAliases(of: bridge, at: now, actions: &actions) }
        }
    }

    mutating func removeEndpoint(_ index: Int, actions: inout [Action]) {
        let id = endpoints[index].id
        timers.cancel(.redial(id))
        timers.cancel(.readmission(id))
        timers.cancel(.forget(id))
        let left = links.values.filter { $0.endpoint == id }.map(\.id)
        for link in left.sorted(by: { $0.value < $1.value }) { discard(link, .reconfigured, actions: &actions) }
        endpoints.remove(at: index)
        if rotation > index { rotation -= 1 }
        if rotation >= endpoints.count { rotation = 0 }
    }

    /// A bridge that dialled in once has been away for long.
    mutating func forget(_ id: EndpointID, at now: Instant, actions: inout [Action]) {
        guard let index = index(of: id), endpoints[index].address == nil, endpoints[index].dialledIn == nil else {
            return
        }
        removeEndpoint(index, actions: &actions)
        actions.append(.notice(.removed(id, address: nil)))
    }
}
