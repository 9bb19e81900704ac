import BridgeCore
import DHTTestKit
import Kademlia
import Timekeeping

extension Instant {
    /// When helper tests play: long after the origin, so that everybody can be old.
    static let helperTestTime = Instant.zero + .seconds(10_000)
}

extension HelperCandidate {
    /// A good one: a server of the current era with an hour of uptime. Ages count back from `now`.
    static func helper(
        _ id: NodeID,
        kind: NodeKind = .server,
        heard: Duration = .zero,
        connected: Duration = .seconds(3_600),
        roundTrip: Duration? = .milliseconds(10),
        hidden: Bool = false,
        token: Bool = true,
        dialledUs: Bool = true,
        reach: Reach = .dialable(secure: false),
        at now: Instant = .helperTestTime
    ) -> HelperCandidate {
        HelperCandidate(
            id: id,
            kind: kind,
            lastHeard: now - heard,
            connectedSince: now - connected,
            roundTrip: roundTrip,
            isTabHidden: hidden,
            holdsToken: token,
            dialledUs: dialledUs,
            reach: reach
        )
    }

    static func browser(
        _ id: NodeID,
        _ nat: NAT = .unknown,
        connected: Duration = .seconds(3_600),
        hidden: Bool = false
    ) -> HelperCandidate {
        .helper(id, kind: .browser, connected: connected, hidden: hidden, reach: .browser(nat))
    }

    func with(_ change: (inout HelperCandidate) -> Void) -> HelperCandidate {
        var result = self
        change(&result)
        return result
    }
}

extension HelperPool {
    init(_ candidates: [HelperCandidate]) {
        self.init()
        for candidate in candidates { insert(candidate) }
    }

    /// Everybody whom some of 200 choices fall on.
    mutating func choices(
        for newcomer: NodeID = 0x99,
        _ reach: Reach = .dialable(secure: false),
        excluding tried: [NodeID] = [],
        at now: Instant = .helperTestTime
    ) -> Set<NodeID> {
        var generator = SeededGenerator(seed: 7)
        let newcomer = Newcomer(id: newcomer, reach: reach)
        return Set(
            (0..<200).compactMap { _ in choose(for: newcomer, excluding: tried, at: now, using: &generator)?.id }
        )
    }
}

/// Everybody whom some of 200 choices among these fall on.
func choices(
    _ candidates: [HelperCandidate],
    for reach: Reach = .dialable(secure: false),
    excluding tried: [NodeID] = [],
    at now: Instant = .helperTestTime
) -> Set<NodeID> {
    var pool = HelperPool(candidates)
    return pool.choices(reach, excluding: tried, at: now)
}
