public import Kademlia
public import Timekeeping
public import WireMessages

/// Something to send to a registered peer.
public struct IceDelivery: Sendable, Equatable {
    public var recipient: NodeID
    public var message: BootstrapToPeer

    public init(to recipient: NodeID, _ message: BootstrapToPeer) {
        self.recipient = recipient
        self.message = message
    }
}

/// What was counted since the start.
public struct IceCounters: Sendable, Equatable {
    /// Pairs told to start, and to restart.
    public var started = 0
    public var restarted = 0
    public var timedOut = 0
    public var refused = 0
    /// Waits for a peer that left.
    public var partnersLost = 0

    public init() {}
}

/// What one side brought along.
struct IceSide: Sendable {
    var candidates: RawJSON
    var profile: IceProfile

    /// What it costs to keep.
    var bytes: Int { candidates.bytes.count + profile.json.bytes.count }
}

/// Brings two browsers to start, or restart, their halves of a WebRTC connection at one moment (protocol.md 2.11), so that
/// the packets of both cross on the way and open each side's address translation for the other.
///
///     first asks ──► waits (pending) ──┬─ second asks ─► both go, at one timestamp
///                                      ├─ nobody for 10 s ─► timeout
///                                      ├─ the other one leaves ─► error
///                                      └─ the first one leaves, or is refused when it asks again
///
/// Nobody hears of a wait but who waits: the other one learns of it when it asks for the same pair itself. Starts and restarts
/// of one pair know nothing of each other.
public struct IceDesk: Sendable {
    private struct Key: Hashable, Comparable {
        var kind: IceKind
        var lower: NodeID
        var upper: NodeID

        init(_ kind: IceKind, _ one: NodeID, _ other: NodeID) {
            self.kind = kind
            lower = min(one, other)
            upper = max(one, other)
        }

        static func < (left: Key, right: Key) -> Bool {
            (left.lower, left.upper, left.kind) < (right.lower, right.upper, right.kind)
        }
    }

    private struct Wait: Sendable {
        var requester: NodeID
        var target: NodeID
        var sessionID: String
        var side: IceSide
        /// However often the requester asks again.
        var end: Instant
    }

    /// The waits of one peer.
    private struct Membership: Sendable {
        var asking: Set<Key> = []
        /// Waits of others for it.
        var awaited: Set<Key> = []

        var isEmpty: Bool { asking.isEmpty && awaited.isEmpty }
    }

    public let limits: IceLimits
    public private(set) var counters = IceCounters()

    private var waits: [Key: Wait] = [:]
    /// Of those only who are in a wait.
    private var memberships: [NodeID: Membership] = [:]
    private var deadlines = DeadlineQueue<Key>()
    private var keptBytes = 0

    public init(limits: IceLimits = IceLimits()) {
        self.limits = limits
    }

    /// Requests that wait for the other side.
    public var count: Int { waits.count }
    /// How many peers wait or are waited for.
    public var memberCount: Int { memberships.count }

    /// When ``tick(at:)`` has something to do; nil while nobody waits.
    public mutating func nextDeadline() -> Instant? {
        deadlines.next()
    }

    // MARK: Asking

    /// A registered peer wants to start, or start again, together with another.
    ///
    /// - Parameter isTargetHere: whether the target is registered and no bridge.
    public mutating func coordinate(
        _ request: IceRequest,
        from requester: NodeID,
        isTargetHere: Bool,
        at now: Moment
    ) -> [IceDelivery] {
        func refused(_ reason: IceRefusal, peer: NodeID? = nil) -> [IceDelivery] {
            counters.refused += 1
            return [IceDelivery(to: requester, request.kind.error(reason, request.sessionID, peer: peer))]
        }
        guard let target = request.target.node else { return refused(.targetNotHere) }
        guard target != requester else { return refused(.targetIsSelf) }
        let key = Key(request.kind, requester, target)
        let earlier = waits[key]
        // From here on its earlier request is void, whatever becomes of this one: no wait ends twice.
        if earlier?.requester == requester { remove(key) }
        guard isTargetHere else { return refused(.targetNotHere, peer: target) }
        guard (1...IceDefaults.sessionIDBytes).contains(request.sessionID.utf8.count) else {
            return refused(.invalidSession, peer: target)
        }
        guard let candidates = request.candidates else { return refused(.invalidCandidates, peer: target) }
        let side = IceSide(candidates: candidates, profile: request.profile)
        if let earlier, earlier.requester == target {
            return go(key, earlier, joinedBy: requester, side, at: now)
        }
        guard memberships[requester, default: Membership()].asking.count < limits.waitsPerPeer else {
            return refused(.tooManyWaits, peer: target)
        }
        guard waits.count < limits.waits, keptBytes + side.bytes <= limits.keptBytes else {
            return refused(.busy, peer: target)
        }
        let wait = Wait(
            requester: requester,
            target: target,
            sessionID: earlier?.sessionID ?? request.sessionID,
            side: side,
            end: earlier?.end ?? now.instant + IceDefaults.longestWait
        )
        insert(wait, key, at: now)
        return [IceDelivery(to: requester, key.kind.pending(wait.sessionID, target: target))]
    }

    /// Both have asked.
    private mutating func go(
        _ key: Key,
        _ first: Wait,
        joinedBy second: NodeID,
        _ side: IceSide,
        at now: Moment
    ) -> [IceDelivery] {
        remove(key)
        switch key.kind {
        case .start: counters.started += 1
        case .restart: counters.restarted += 1
        }
        let outlook = IceOutlook(first.side.profile, side.profile)
        let timestamp = now.unixMilliseconds + IceDefaults.lead.wholeMilliseconds
        let session = first.sessionID
        return [
            IceDelivery(to: first.requester, key.kind.go(session, at: timestamp, with: second, side, outlook)),
            IceDelivery(to: second, key.kind.go(session, at: timestamp, with: first.requester, first.side, outlook)),
        ]
    }

    // MARK: Ending

    /// A peer has no registered connection left. Its own requests are void, and who waits for it hears so.
    public mutating func left(_ id: NodeID) -> [IceDelivery] {
        guard let membership = memberships[id] else { return [] }
        for key in membership.asking { remove(key) }
        return membership.awaited.sorted().compactMap { key in
            guard let wait = remove(key) else { return nil }
            counters.partnersLost += 1
            return IceDelivery(to: wait.requester, key.kind.error(.partnerLeft, wait.sessionID, peer: id))
        }
    }

    /// Ends the waits that lasted too long.
    public mutating func tick(at now: Moment) -> [IceDelivery] {
        var deliveries: [IceDelivery] = []
        while let key = deadlines.popDue(at: now.instant) {
            guard let wait = remove(key) else { continue }
            counters.timedOut += 1
            deliveries.append(IceDelivery(to: wait.requester, key.kind.timeout(wait.sessionID)))
        }
        return deliveries
    }

    private mutating func insert(_ wait: Wait, _ key: Key, at now: Moment) {
        waits[key] = wait
        memberships[wait.requester, default: Membership()].asking.insert(key)
        memberships[wait.target, default: Membership()].awaited.insert(key)
        keptBytes += wait.side.bytes
        deadlines.set(key, at: min(now.instant + IceDefaults.patience, wait.end))
    }

    @discardableResult
    private mutating func remove(_ key: Key) -> Wait? {
        guard let wait = waits.removeValue(forKey: key) else { return nil }
        deadlines.cancel(key)
        keptBytes -= wait.side.bytes
        for member in [wait.requester, wait.target] {
            memberships[member]?.asking.remove(key)
            memberships[member]?.awaited.remove(key)
            if memberships[member]?.isEmpty == true { memberships[member] = nil }
        }
        return wait
    }
}
