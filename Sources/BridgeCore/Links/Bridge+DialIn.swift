import Relaying
public import Timekeeping
public import WireMessages

/// Bootstraps that the bridge dials, because they cannot reach it or do not know it (protocol.md 3.1 (c)).
extension Bridge {
    /// How an existing link of ours is explained to a bridge that dials in besides.
    static let alreadyLinked = "Another link leads to this bridge"

    mutating func startDialIns(at now: Moment) -> [BridgeAction] {
        dialIns.indices.flatMap { dialBootstrap(BootstrapID(index: $0), at: now) }
    }

    mutating func dialBootstrap(_ bootstrap: BootstrapID, at now: Moment) -> [BridgeAction] {
        guard !isStopping, dialIns[bootstrap.index].begin(at: now.instant) else { return [] }
        return [changed(bootstrap, isNews: false), .dialBootstrap(bootstrap)]
    }

    /// A dial of ours led to an open socket.
    public mutating func reached(
        _ bootstrap: BootstrapID,
        as connection: ConnectionID,
        at now: Moment,
        using generator: inout some RandomNumberGenerator
    ) -> [BridgeAction] {
        guard !isStopping, connections.count < configuration.maximumConnections else {
            let setback = DialIn.Setback.lost("Too many connections")
            return [.close(connection, isStopping ? .stopping : .full)]
                + end(bootstrap, setback, at: now, using: &generator)
        }
        guard dialIns[bootstrap.index].opened() else { return [.close(connection, .alreadyConnected)] }
        var opened = Connection(role: .registering, at: now.instant)
        opened.bootstrap = bootstrap
        connections[connection] = opened
        timers.set(.registration(connection), at: now.instant + BridgeDefaults.registrationTimeout)
        let registration = Registration(
            nodeID: configuration.nodeID,
            startTime: configuration.startTime,
            address: address,
            timestamp: now.unixMilliseconds,
            relayLoad: Int64(relays.count),
            relayCapacity: Int64(relays.capacity)
        )
        return [.register(connection, registration)]
    }

    /// A dial of ours failed.
    public mutating func notReached(
        _ bootstrap: BootstrapID,
        error: String,
        at now: Moment,
        using generator: inout some RandomNumberGenerator
    ) -> [BridgeAction] {
        end(bootstrap, .lost(error), at: now, using: &generator)
    }

    /// A message of a bootstrap that we dialled. What it asks before it has registered us is not answered, but a ping is.
    public mutating func received(
        _ message: BootstrapToDialInBridge,
        on connection: ConnectionID,
        at now: Moment,
        using generator: inout some RandomNumberGenerator
    ) -> [BridgeAction] {
        guard let known = connections[connection], let bootstrap = known.bootstrap else { return [] }
        switch (known.role, message) {
        case (.registering, .registered):
            return registered(connection, at: bootstrap, now)
        case (.registering, .versionMismatch(let mismatch)), (.link, .versionMismatch(let mismatch)):
            let text = mismatch.message ?? "The bootstrap speaks another version"
            dialIns[bootstrap.index].judge(.refused(shortened(text)))
            return close(connection, .versionMismatch)
        case (.registering, .error(let notice)):
            // It closes after that, or says nothing more (protocol.md 2.3, 2.5).
            dialIns[bootstrap.index].judge(.refused(shortened(notice.error ?? notice.message ?? "Refused")))
            return []
        case (.registering, .link(.ping(let ping))):
            return [.sendToBootstrap(connection, pong(to: ping, on: connection, at: now))]
        case (.registering, .link(.bootstrapAuth(let auth))):
            // Who knows the secret knows us, whatever became of `registered`.
            return authenticate(auth, on: connection, at: now)
        case (.link, .link(let question)):
            return received(question, on: connection, at: now, using: &generator)
        case (.registering, .link), (_, .response), (_, .error), (_, .registered), (_, .versionMismatch), (_, .link):
            return []
        }
    }

    /// From here on the bootstrap may ask. It is treated as an existing one until it proves the secret.
    private mutating func registered(
        _ connection: ConnectionID,
        at bootstrap: BootstrapID,
        _ now: Moment
    ) -> [BridgeAction] {
        guard links.count < configuration.maximumLinks else { return close(connection, .full) }
        return openLink(connection, features: nil, at: now)
    }

    /// The one connection to a bootstrap that we dialled is gone.
    mutating func dialInClosed(
        _ bootstrap: BootstrapID,
        by ending: SocketEnding,
        at now: Moment,
        using generator: inout some RandomNumberGenerator
    ) -> [BridgeAction] {
        end(bootstrap, setback(of: bootstrap, ending), at: now, using: &generator)
    }

    private func setback(of bootstrap: BootstrapID, _ ending: SocketEnding) -> DialIn.Setback {
        let text = shortened(ending.reason.isEmpty ? "Connection closed" : ending.reason)
        guard ending.isRemote else { return .lost(text) }
        if ending.reason.hasPrefix(Self.alreadyLinked) { return .alreadyLinked(text) }
        switch (dialIns[bootstrap.index].phase, ending.code) {
        // Going away, restarting, overloaded (RFC 6455, 7.4.1 and the IANA registry): it will be back.
        case (.registering, 1001), (.registering, 1012), (.registering, 1013): return .lost(text)
        case (.registering, _): return .refused(text)
        case (.idle, _), (.waiting, _), (.dialling, _), (.registered, _): return .lost(text)
        }
    }

    private mutating func end(
        _ bootstrap: BootstrapID,
        _ setback: DialIn.Setback,
        at now: Moment,
        using generator: inout some RandomNumberGenerator
    ) -> [BridgeAction] {
        let (wait, isNews) = dialIns[bootstrap.index].ended(setback, at: now.instant, using: &generator)
        timers.set(.dialIn(bootstrap), at: now.instant + wait)
        return [changed(bootstrap, isNews: isNews && !isStopping)]
    }

    func changed(_ bootstrap: BootstrapID, isNews: Bool) -> BridgeAction {
        .dialInChanged(bootstrap, dialIns[bootstrap.index].status, isNews: isNews)
    }

    /// A remote's text for logs and reports.
    private func shortened(_ text: String) -> String {
        String(text.prefix(BridgeDefaults.explanationLength))
    }
}
