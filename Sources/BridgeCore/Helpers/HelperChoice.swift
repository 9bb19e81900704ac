public import Kademlia
public import Timekeeping

/// Who needs a helper.
public struct Newcomer: Sendable, Hashable {
    public var id: NodeID
    public var reach: Reach

    public init(id: NodeID, reach: Reach) {
        self.id = id
        self.reach = reach
    }
}

/// Whom the bridge asks to invite a newcomer: the rule. ``HelperPool`` applies it to thousands of candidates in a microsecond.
///
/// **Who can.** A connected peer, unless it is one of these:
/// - the newcomer itself, or one that was tried for it a moment ago;
/// - one that calls itself a bridge;
/// - a browser whose tab is hidden;
/// - one that was not heard for a minute; the next message it sends brings it back;
/// - a browser that has been connected for less than 30 s (protocol.md 5.1). We count from its first socket: the start time
///   it claims is never looked at, neither here nor below;
/// - one that cannot meet this newcomer, whoever dials.
///
/// **Who can meet whom** (protocol.md 4.9; ``Prospect``). Nodes that are no browsers meet if one of them can be dialled.
/// A browser meets a node with a public `wss` address. Of one with a `ws` address only, or with a `wss` address in a private
/// network, it is a *hope*: the page may be plain http, or in that network. Two browsers meet through WebRTC; if one says it
/// is behind a hard NAT, and the other does not say that it is behind an easy one, it is a hope. So is everything with a node
/// that did not say how it can be reached, as in the stateless era, or that announced `0.0.0.0`.
///
/// **Who comes first.** Those who can fall into groups, and only the first group that has anybody is drawn from. In order of
/// weight:
/// 1. *Condition*: awake; then resting because introductions came to nothing (``OutcomeRecord``); then those who leave the
///    pings on all of their sockets unanswered. The last two are asked only if nobody else can help.
/// 2. *Prospect*: a sure meeting before a hope.
/// 3. *Token*: who showed a membership token, was issued one or has invited somebody, before who may have none.
/// 4. *Proof*: who has been connected for a second or answered a ping, before who just came in. In a network that is a second
///    old the genesis peer is all there is, and it is chosen.
///
/// **Who of them.** Two at random, and of the two the one with the lower cost (power of two choices): what was asked of it
/// lately, halved every 10 s, plus less than one assignment's worth for introductions that failed, for a short time connected,
/// a slow round trip, and a socket that we had to open. So load decides where it differs and quality where it does not:
/// nobody is flooded while equals idle, and poor ones get less but are not starved.
///
/// All of that changes with what happens to a peer, or with time, but not with the question. So it is kept ready.
public enum HelperChoice {
    /// In assignments: the integer part is load, everything else together stays below one.
    public static func cost(of candidate: HelperCandidate, at now: Instant) -> Double {
        let connected = Double(now.nanoseconds &- candidate.connectedSince.nanoseconds) / fullUptime
        let roundTrip = candidate.roundTrip.map { Double($0.wholeNanoseconds) / slowRoundTrip } ?? 1
        return candidate.load.value(at: now)
            + BridgeDefaults.outcomeCost * (1 - candidate.outcomes.successRate)
            + BridgeDefaults.uptimeCost * (1 - min(max(connected, 0), 1))
            + BridgeDefaults.roundTripCost * min(max(roundTrip, 0), 1)
            + (candidate.dialledUs ? 0 : BridgeDefaults.notDialledCost)
    }

    private static let fullUptime = Double(BridgeDefaults.fullUptime.wholeNanoseconds)
    private static let slowRoundTrip = Double(BridgeDefaults.slowRoundTrip.wholeNanoseconds)
}

/// Candidates that are equally good for a newcomer, whoever it is, and equally reachable.
///
/// Condition, token and proof make the *row*, the best first; a newcomer takes of each row the groups of those it can reach.
struct HelperGroup: Sendable, Hashable {
    enum Condition: Int, Sendable, CaseIterable {
        case awake, resting, unresponsive
    }

    /// Its place in a table of all groups.
    let index: Int

    init(_ condition: Condition, holdsToken: Bool, isProven: Bool, _ reach: Reach) {
        let row = condition.rawValue * Self.rowsPerCondition + (holdsToken ? 0 : 2) + (isProven ? 0 : 1)
        index = row * Self.groupsPerRow + reach.index
    }

    var row: Int { index / Self.groupsPerRow }
    /// Which of the row's groups it is, as a bit.
    var bit: UInt8 { 1 << UInt8(index % Self.groupsPerRow) }

    static let rowsPerCondition = 4
    static let rowCount = Condition.allCases.count * rowsPerCondition
    static let groupsPerRow = Reach.allCases.count
    static let count = rowCount * groupsPerRow
}

/// Where a candidate stands at one instant.
struct HelperStanding: Sendable, Hashable {
    /// Nil for one that helps nobody for now.
    var group: HelperGroup?
    /// When time alone will change that. Falling silent is not in here: every message would move it.
    var changesAt: Instant?

    init(of candidate: HelperCandidate, at now: Instant) {
        guard candidate.kind != .bridge, !candidate.isTabHidden, !candidate.isSilent(at: now) else { return }
        if candidate.kind == .browser {
            let ready = candidate.connectedSince + BridgeDefaults.browserProvingTime
            guard ready <= now else {
                changesAt = ready
                return
            }
        }
        var isProven = true
        if candidate.roundTrip == nil {
            let proven = candidate.connectedSince + BridgeDefaults.helperProvingTime
            isProven = proven <= now
            if !isProven { changesAt = proven }
        }
        var condition = HelperGroup.Condition.awake
        if let rested = candidate.outcomes.restsUntil, now < rested {
            condition = .resting
            changesAt = min(changesAt ?? rested, rested)
        }
        if candidate.isUnresponsive { condition = .unresponsive }
        group = HelperGroup(condition, holdsToken: candidate.holdsToken, isProven: isProven, candidate.reach)
    }
}
