import Timekeeping

extension LinkPool {
    typealias Endpoint = PoolEndpoint
    typealias Link = PoolLink
    typealias Obstacle = DialObstacle
    typealias Route = PoolRoute

    // MARK: What leads where

    func link(_ id: LinkID?) -> Link? {
        guard let id else { return nil }
        return links[id]
    }

    /// A native bridge, or one whose link we dialled: the two kinds of link of which there is only one per bridge. Also one that
    /// only finishes what is in flight, since its endpoint was switched to stateless mode.
    func hasLink(_ endpoint: Endpoint) -> Bool {
        if let dialled = link(endpoint.dialled), dialled.purpose == .pool, dialled.isReady { return true }
        guard let own = link(endpoint.dialledIn) else { return false }
        return own.isReady && own.isNativeDialIn
    }

    func obstacle(toDialling endpoint: Endpoint) -> Obstacle? {
        guard endpoint.mode == .persistent else { return nil }
        if let own = link(endpoint.dialledIn) {
            if own.state == .authenticating { return .trying }
            if own.isNativeDialIn { return .linked(endpoint.id) }
        }
        guard let bridge = endpoint.bridge else { return nil }
        var isTrying = false
        for other in endpoints where other.id != endpoint.id && other.bridge == bridge {
            if hasLink(other) { return .linked(other.id) }
            guard other.mode == .persistent else { continue }
            if other.dialled != nil || link(other.dialledIn)?.state == .authenticating { isTrying = true }
        }
        return isTrying ? .trying : nil
    }

    func route(to endpoint: Endpoint, at now: Instant) -> Route {
        if endpoint.isRetiring { return .none(.retiring) }
        if endpoint.mode == .stateless, endpoint.isReachable {
            if endpoint.traits?.era == .current, link(endpoint.dialledIn) == nil, endpoint.unprompted != .answers {
                return endpoint.unprompted == .untried ? .doubtful(nil, .unanswering) : .none(.unanswering)
            }
            switch endpoint.outlier.state(at: now) {
            case .good, .halfOpen: return .dialPerRequest
            case .ejected, .probing: return .doubtful(nil, .ejected)
            }
        }
        guard let link = usableLink(of: endpoint) else {
            guard let dialled = self.link(endpoint.dialled), dialled.isReady, dialled.purpose == .pool else {
                return .none(.none)
            }
            return endpoint.unprompted == .untried ? .doubtful(dialled.id, .unanswering) : .none(.unanswering)
        }
        if link.isSuspect { return .doubtful(link.id, .suspect) }
        switch endpoint.outlier.state(at: now) {
        case .good, .halfOpen: return .open(link.id)
        case .ejected, .probing: return .doubtful(link.id, .ejected)
        }
    }

    /// The link on which the bridge can be asked and will answer (protocol.md 3.5): a dialled one first, which every bridge
    /// understands, also one whose own link was opened anew and is deaf (3.7).
    private func usableLink(of endpoint: Endpoint) -> Link? {
        let dialledIn = link(endpoint.dialledIn).flatMap { $0.isReady ? $0 : nil }
        if let dialled = link(endpoint.dialled), dialled.purpose == .pool, dialled.isReady {
            switch endpoint.traits?.era {
            case .native, .stateless, nil: return dialled
            case .current: return dialledIn != nil || endpoint.unprompted == .answers ? dialled : nil
            }
        }
        return endpoint.traits?.era == .stateless ? nil : dialledIn
    }

    /// How long an attempt may take there.
    func attemptTimeout(at endpoint: Endpoint) -> Duration {
        endpoint.traits?.era == .native ? configuration.attemptTimeout : configuration.existingEraAttemptTimeout
    }

    // MARK: Status words

    mutating func refreshStatus(_ index: Int, at now: Instant, actions: inout [Action]) {
        let endpoint = endpoints[index]
        let word: LinkStatus
        if link(endpoint.dialledIn)?.isReady == true || link(endpoint.dialled)?.isReady == true
            || (endpoint.mode == .stateless && endpoint.isReachable)
        {
            word = .connected
        } else if endpoint.dialled != nil || endpoint.dialledIn != nil {
            word = .connecting
        } else if case .linked = obstacle(toDialling: endpoint) {
            word = .connected
        } else if endpoint.isRefused {
            word = .failed
        } else {
            word = .disconnected
        }
        if word == .connected, !endpoint.isRefused { endpoints[index].lastError = nil }
        guard word != endpoint.status else { return }
        endpoints[index].status = word
        endpoints[index].since = now
        let isNews = word != .connecting && endpoint.told != word
        if isNews { endpoints[index].told = word }
        actions.append(
            .statusChanged(
                StatusChange(
                    endpoint: endpoint.id,
                    address: endpoint.address,
                    bridge: endpoint.bridge,
                    status: word,
                    error: endpoints[index].lastError,
                    isNews: isNews
                )
            )
        )
    }
}
