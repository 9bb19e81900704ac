public import Timekeeping

/// Decides when to ping one link and when to give up on it. The caller owns the socket and the clock.
///
/// A ping is due one interval after the last. From then on any frame counts as life, not only the pong; silence for the
/// whole timeout ends the link. The caller reports frames as they come, which costs one store, and ticks when told to.
public struct Keepalive: Sendable, Equatable {
    public enum OnTick: Equatable {
        /// Send a ping; call `tick` again at `next`.
        case ping(next: Instant)
        /// Nothing is due before this instant.
        case wait(until: Instant)
        /// The remote was silent past the limit. Close the link; do not call `tick` again.
        case giveUp(silentFor: Duration)
    }

    public let interval: Duration
    public let timeout: Duration
    public private(set) var lastHeard: Instant
    private var nextPing: Instant
    private var pingSent: Instant?

    public init(
        interval: Duration = PoolDefaults.pingInterval,
        timeout: Duration = PoolDefaults.pingTimeout,
        openedAt now: Instant
    ) {
        self.interval = interval
        self.timeout = timeout
        self.lastHeard = now
        self.nextPing = now + interval
    }

    /// When `tick` is due first.
    public var firstTick: Instant { nextPing }

    /// Any frame came from the remote.
    public mutating func heard(at now: Instant) {
        lastHeard = max(lastHeard, now)
    }

    /// Whether anything came after the instant.
    public func heard(since instant: Instant) -> Bool {
        lastHeard > instant
    }

    /// A doubt has come up: the ping is due now, unless one is open already. True: send it, and call `tick` at `next`.
    public mutating func pingNow(at now: Instant) -> Instant? {
        if let sent = pingSent, lastHeard < sent { return nil }
        pingSent = now
        nextPing = now + interval
        return now + timeout
    }

    /// A pong came; answers the round trip of the ping it belongs to, if one is open.
    public mutating func pongReceived(at now: Instant) -> Duration? {
        heard(at: now)
        guard let sent = pingSent else { return nil }
        pingSent = nil
        return now - sent
    }

    public mutating func tick(at now: Instant) -> OnTick {
        if let sent = pingSent {
            if lastHeard >= sent {
                pingSent = nil
            } else if now - sent >= timeout {
                return .giveUp(silentFor: now - lastHeard)
            } else {
                return .wait(until: sent + timeout)
            }
        }
        guard now >= nextPing else { return .wait(until: nextPing) }
        pingSent = now
        nextPing = now + interval
        return .ping(next: now + timeout)
    }
}
