package import Kademlia
package import Timekeeping

/// What decides whether a peer can help a newcomer in. No references inside, so that thousands are scanned in microseconds.
package struct HelperCandidate: Sendable, Hashable {
    package var id: NodeID
    /// What kind of node it says it is; `unknown` for the stateless era, whose hello does not tell (protocol.md 4.2).
    package var kind: NodeKind
    /// When a message of the DHT was last heard from it, on any of its sockets.
    package var lastHeard: Instant
    /// Since when we have been connected without a break: its observed, not its claimed, uptime.
    package var connectedSince: Instant
    /// The round trip of our latest answered ping.
    package var roundTrip: Duration?
    /// It says its browser tab is hidden; such tabs leave the network within 30 s (protocol.md 5.6).
    package var isTabHidden: Bool
    /// It showed a membership token or was issued one. A helper without one ignores the instruction silently
    /// (protocol.md 4.8).
    package var holdsToken: Bool
    /// One of its sockets was opened by it; stateless peers are deaf for a second on sockets we opened (protocol.md 4.1).
    package var dialledUs: Bool
    package var reach: Reach
    /// It leaves the pings on all of its sockets unanswered: it may have forgotten them without closing (protocol.md 4.7).
    package var isUnresponsive = false
    package var load = AssignmentLoad()

    package init(
        id: NodeID,
        kind: NodeKind = .unknown,
        lastHeard: Instant,
        connectedSince: Instant,
        roundTrip: Duration? = nil,
        isTabHidden: Bool = false,
        holdsToken: Bool = false,
        dialledUs: Bool = false,
        reach: Reach = .unknown
    ) {
        self.id = id
        self.kind = kind
        self.lastHeard = lastHeard
        self.connectedSince = connectedSince
        self.roundTrip = roundTrip
        self.isTabHidden = isTabHidden
        self.holdsToken = holdsToken
        self.dialledUs = dialledUs
        self.reach = reach
    }
}

package enum NodeKind: Sendable, Hashable {
    case server
    case browser
    case bridge
    case unknown
}

/// How a node can be reached by one that is not connected to it (protocol.md 4.9).
package enum Reach: Sendable, Hashable {
    /// It accepts WebSocket connections at an address it announced.
    case dialable
    /// A browser: it dials others, and meets other browsers through WebRTC.
    case browser
    /// It can't be dialled and is no browser.
    case unreachable
    /// It did not say.
    case unknown
}

/// How often a helper was asked lately: a count that halves every `BridgeDefaults.assignmentHalfLife`.
package struct AssignmentLoad: Sendable, Hashable {
    private var value: Double = 0
    private var since: Instant = .zero

    package init() {}

    package func value(at now: Instant) -> Double {
        guard value > 0 else { return 0 }
        let halves = (now - since).fractionalMilliseconds / BridgeDefaults.assignmentHalfLife.fractionalMilliseconds
        // Ten half-lives leave a thousandth, which decides nothing.
        guard halves < 10 else { return 0 }
        var decayed = value
        var left = halves
        while left >= 1 {
            decayed /= 2
            left -= 1
        }
        // Linear within one half-life: close enough to the exponential, and free of a maths library.
        return decayed * (1 - left / 2)
    }

    package mutating func add(at now: Instant) {
        value = value(at: now) + 1
        since = now
    }
}

/// Whom the bridge asks to invite a newcomer: a pure function of what is known and of the generator.
///
/// 1. *Who can at all*: connected and heard within a minute, not a bridge, not the newcomer, not a hidden tab, and not known
///    to be unreachable for this newcomer.
/// 2. *Who can best*: only the best class of those counts. Who answers pings beats who does not; a way to reach each other
///    that is known beats one that is hoped for; a membership token that was seen beats one that may be there.
/// 3. *Who of them*: two at random, and of the two the one with the lower cost (power of two choices): what was asked of it
///    lately, and less than one assignment's worth for a short life, a slow round trip, or a socket that we opened. So load
///    decides when it differs and quality when it does not, and nobody is flooded while equals idle.
package enum HelperChoice {
    /// - Returns: the helper, or nil when nobody qualifies.
    package static func choose(
        among candidates: [HelperCandidate],
        newcomer: NodeID,
        newcomerReach: Reach,
        at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> HelperCandidate? {
        let best = bestClass(of: candidates, newcomer: newcomer, newcomerReach: newcomerReach, at: now)
        guard let only = best.first else { return nil }
        guard best.count > 1 else { return candidates[only] }
        let first = Int.random(in: 0..<best.count, using: &generator)
        var second = Int.random(in: 0..<(best.count - 1), using: &generator)
        if second >= first { second += 1 }
        let (one, other) = (candidates[best[first]], candidates[best[second]])
        return cost(other, at: now) < cost(one, at: now) ? other : one
    }

    /// The places of those who qualify best. Not generic, so that the scan is compiled for what it scans.
    private static func bestClass(
        of candidates: [HelperCandidate],
        newcomer: NodeID,
        newcomerReach: Reach,
        at now: Instant
    ) -> [Int] {
        let heardSince = now - BridgeDefaults.helperSilenceLimit
        var bestRank = 1
        var best: [Int] = []
        best.reserveCapacity(candidates.count)
        for index in candidates.indices {
            let rank = rank(
                candidates[index],
                newcomer: newcomer,
                newcomerReach: newcomerReach,
                heardSince: heardSince
            )
            if rank > bestRank {
                bestRank = rank
                best.removeAll(keepingCapacity: true)
            }
            if rank == bestRank { best.append(index) }
        }
        return best
    }

    /// 0 for a candidate that does not qualify, otherwise its class: the higher the better.
    static func rank(
        _ candidate: HelperCandidate,
        newcomer: NodeID,
        newcomerReach: Reach,
        heardSince: Instant
    ) -> Int {
        guard candidate.kind != .bridge, candidate.id != newcomer, !candidate.isTabHidden,
            candidate.lastHeard >= heardSince
        else { return 0 }
        let bonus = (candidate.isUnresponsive ? 0 : 4) + (candidate.holdsToken ? 1 : 0)
        return switch meeting(candidate.reach, newcomerReach) {
        case .possible: 3 + bonus
        case .unknown: 1 + bonus
        case .impossible: 0
        }
    }

    private enum Meeting { case possible, unknown, impossible }

    /// Whether helper and newcomer can connect to each other, whichever of them dials (protocol.md 2.7, 4.9).
    private static func meeting(_ helper: Reach, _ newcomer: Reach) -> Meeting {
        switch (helper, newcomer) {
        case (.dialable, _), (_, .dialable), (.browser, .browser): .possible
        case (.unknown, _), (_, .unknown): .unknown
        case (.unreachable, _), (_, .unreachable): .impossible
        }
    }

    /// In assignments: the integer part is load, everything else together stays below one.
    static func cost(_ candidate: HelperCandidate, at now: Instant) -> Double {
        let fullUptime = 3_600.0  // The existing bridges stop counting after an hour, too (protocol.md 5.1).
        let uptime = min((now - candidate.connectedSince).fractionalMilliseconds / 1_000, fullUptime) / fullUptime
        let slow = 1_000.0  // Milliseconds; beyond a second one round trip is as bad as another.
        let roundTrip = min(candidate.roundTrip?.fractionalMilliseconds ?? slow, slow) / slow
        return candidate.load.value(at: now) + 0.4 * (1 - uptime) + 0.3 * roundTrip
            + (candidate.dialledUs ? 0 : 0.29)
    }
}
