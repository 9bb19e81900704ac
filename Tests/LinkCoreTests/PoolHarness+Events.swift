import LinkCore
import Timekeeping

extension PoolHarness {
    /// A bridge dials in; a native one still has to be authenticated.
    @discardableResult
    mutating func dialIn(_ bridge: String, native: Bool = false, statelessEra: Bool = false) -> LinkID {
        var link = LinkID(value: 0)
        event { pool, now, generator, actions in
            link = pool.dialledIn(
                DialIn(bridge: bridge, isNative: native, isStatelessEra: statelessEra),
                at: now,
                using: &generator,
                actions: &actions
            )
        }
        return link
    }

    /// A bridge of ours dials in and accepts the secret.
    @discardableResult
    mutating func nativeDialIn(_ bridge: String) -> LinkID {
        let link = dialIn(bridge, native: true)
        authenticate(link, as: bridge)
        return link
    }

    mutating func refuseSecret(_ link: LinkID) {
        event { pool, now, generator, actions in
            pool.authenticationRefused(link, reason: "no", at: now, using: &generator, actions: &actions)
        }
    }

    mutating func cancel(_ id: RequestID) {
        event { pool, now, _, actions in pool.cancel(id, at: now, actions: &actions) }
    }

    mutating func heard(_ link: LinkID) {
        event { pool, now, _, _ in pool.heard(link, at: now) }
    }

    mutating func pong(_ link: LinkID, load: LoadReport? = nil) {
        event { pool, now, _, _ in pool.pongReceived(link, load: load, at: now) }
    }

    mutating func pinged(_ link: LinkID) {
        event { pool, now, _, _ in pool.pinged(link, at: now) }
    }

    mutating func writable(_ link: LinkID, _ isWritable: Bool) {
        event { pool, now, _, actions in
            pool.writabilityChanged(link, isWritable: isWritable, at: now, actions: &actions)
        }
    }

    mutating func reconfigure(_ bridges: [BridgeAddress]) {
        event { pool, now, _, actions in pool.reconfigure(bridges, at: now, actions: &actions) }
    }

    mutating func drain(for time: Duration) {
        event { pool, now, _, actions in pool.drain(until: now + time, at: now, actions: &actions) }
    }

    mutating func errand(to bridge: String) -> LinkID? {
        var link: LinkID?
        event { pool, now, _, actions in link = pool.errand(to: bridge, at: now, actions: &actions) }
        return link
    }

    /// The socket of a dial opens and the bridge accepts the secret.
    @discardableResult
    mutating func connect(_ link: LinkID, as bridge: String, era: BridgeTraits.Era = .native) -> LinkID {
        open(link)
        authenticate(link, as: bridge, traits: BridgeTraits(era: era))
        return link
    }

    /// Passes time in which each of `links` answers its pings at once.
    mutating func advance(by duration: Duration, answeringPingsOn links: [LinkID]) {
        let end = now + duration
        var collected: [Pool.Action] = []
        while let next = pool.nextDeadline(), next <= end {
            advance(by: max(.zero, next - now))
            let happened = actions
            collected += happened
            for link in happened.compactMap(\.pinged) where links.contains(link) { pong(link) }
        }
        now = end
        actions = collected
    }
}

extension PoolHarness {
    var dials: [LinkID] { actions.compactMap(\.dialled) }
    /// Where requests were sent by the last event.
    var sends: [LinkID] { actions.compactMap { $0.sent?.link } }
    var closings: [LinkClosing] { actions.compactMap(\.closed) }
    var statuses: [LinkStatus] { actions.compactMap(\.status) }
    var outcomes: [String] { actions.compactMap { $0.finished?.outcome.word } }
    var notices: [PoolNotice] { actions.compactMap(\.notice) }
    var pings: [LinkID] { actions.compactMap(\.pinged) }
    var withdrawals: [LinkID] { actions.compactMap(\.withdrawn) }
    var drains: Int { actions.count { if case .drained = $0 { true } else { false } } }
}

extension LinkPool.Action {
    var notice: PoolNotice? {
        if case .notice(let notice) = self { notice } else { nil }
    }

    var pinged: LinkID? {
        if case .ping(let link, _) = self { link } else { nil }
    }

    var withdrawn: LinkID? {
        if case .withdraw(_, let link) = self { link } else { nil }
    }

    var change: StatusChange? {
        if case .statusChanged(let change) = self { change } else { nil }
    }
}
